// One media socket of a call, from `connected` to its close.

import { StreamWriter, read } from './carrier.js';

const UNSENT_BYTES = 48 * 1024; // about two and a half seconds of frames

/** Opens at once. `opened()`, `played(message)` and `closed()` are told; `closed` once. */
export class Line {
  constructor(ids, told) {
    const url = new URL(ids.media, window.location.href);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    this.ids = ids;
    this.told = told;
    this.writer = new StreamWriter(ids);
    this.socket = new WebSocket(url);
    this.socket.onopen = () => this.open();
    this.socket.onmessage = ({ data }) => this.take(data);
    this.socket.onclose = () => this.told.closed();
  }

  open() {
    this.writer.opening().forEach((message) => this.socket.send(message));
    this.told.opened();
  }

  take(data) {
    const message = read(data, this.ids.stream_sid);
    if (message !== null) {
      this.told.played(message);
    }
  }

  get usable() {
    return this.socket.readyState === WebSocket.OPEN;
  }

  /** A frame of the caller. What the network cannot take is lost, as on any telephone. */
  hear(mulaw) {
    if (!this.usable) {
      return;
    }
    if (this.socket.bufferedAmount > UNSENT_BYTES) {
      this.writer.skip();
      return;
    }
    this.socket.send(this.writer.media(mulaw));
  }

  echo(marks) {
    if (this.usable) {
      marks.forEach((name) => this.socket.send(this.writer.mark(name)));
    }
  }

  press(digit) {
    if (this.usable) {
      this.socket.send(this.writer.key(digit));
    }
  }

  /** The caller hangs up. */
  stop() {
    if (this.usable) {
      this.socket.send(this.writer.stop());
    }
    this.drop();
  }

  /** It is given up; nothing more is told of it. */
  drop() {
    this.socket.onopen = null;
    this.socket.onmessage = null;
    this.socket.onclose = null;
    this.socket.close();
  }
}
