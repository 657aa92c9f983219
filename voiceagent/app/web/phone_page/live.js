// A call as it happens: the engine's events of it, and whether it can still be reached.

const SILENT_MS = 3500;
const AGAIN_MS = 1000;

/**
 * Follows one call until it is over or `close`. `told(event)` hears what happened. The engine says
 * something every second, so after `SILENT_MS` of nothing on an open connection `silent()` is told.
 */
export class Live {
  constructor(path, told, silent) {
    this.path = path;
    this.told = told;
    this.silent = silent;
    this.open();
  }

  open() {
    this.source = new EventSource(this.path);
    this.source.onmessage = ({ data }) => this.take(data);
    this.source.onerror = () => this.broke();
  }

  /** A browser comes back by itself from a lost connection, but not from an answer that is none. */
  broke() {
    clearTimeout(this.timer);
    if (this.source.readyState === EventSource.CLOSED) {
      this.timer = setTimeout(() => this.open(), AGAIN_MS);
    }
  }

  take(data) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.silent(), SILENT_MS);
    const event = JSON.parse(data);
    if (event.kind !== 'beat') {
      this.told(event);
    }
    if (event.kind === 'call_over') {
      this.close();
    }
  }

  close() {
    clearTimeout(this.timer);
    this.source.close();
  }
}
