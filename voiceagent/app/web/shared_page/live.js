// What happens, as the engine tells it, and whether it can still be reached.

const SILENT_MS = 3500;
const AGAIN_MS = 1000;

/**
 * Follows one path until its call is over, or `close`. `told(event)` hears what happened. The engine
 * says something every second (`beat`, when nothing has happened), so after `SILENT_MS` of nothing
 * on an open connection `silent()` is told; `broken()` is when the connection is lost.
 */
export class Live {
  constructor(path, told, silent, broken = () => {}) {
    this.path = path;
    this.told = told;
    this.silent = silent;
    this.broken = broken;
    this.open();
  }

  open() {
    clearTimeout(this.timer);
    this.source?.close();
    this.source = new EventSource(this.path);
    this.source.onmessage = ({ data }) => this.take(data);
    this.source.onerror = () => this.broke();
  }

  /** A browser comes back by itself from a lost connection, but not from an answer that is none. */
  broke() {
    clearTimeout(this.timer);
    this.broken();
    if (this.source.readyState === EventSource.CLOSED) {
      this.timer = setTimeout(() => this.open(), AGAIN_MS);
    }
  }

  take(data) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.silent(), SILENT_MS);
    const event = JSON.parse(data);
    this.told(event);
    if (event.kind === 'call_over') {
      this.close();
    }
  }

  close() {
    clearTimeout(this.timer);
    this.source.close();
  }
}
