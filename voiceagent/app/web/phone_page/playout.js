// What the carrier's buffer does: sound is played in order, a mark comes back when all before it
// has been played, `clear` empties the buffer and returns every mark.
//
// In front of it stands a jitter buffer. When it is dry, sound waits a moment before it is played,
// so that what comes unevenly is heard evenly; a chop within speech makes the moment longer.

import { LINEAR } from './g711.js';

const RATE = 8000;
const SHORTEST = 0.04 * RATE;
const LONGEST = 0.24 * RATE;
const LONGER = 0.04 * RATE;
const SHORTER = 0.01 * RATE;
const PAUSE = 0.5 * RATE; // a dry buffer for this long is a pause, not a chop
const FADE = 0.96; // of the last sample, at each that follows the end of sound: no click

export class Playout {
  constructor() {
    this.queue = []; // Uint8Array of mu-law, or the name of a mark
    this.offset = 0; // within the first piece
    this.buffered = 0;
    this.wait = SHORTEST;
    this.waited = 0;
    this.holding = true; // dry, or filling up
    this.dry = PAUSE;
    this.last = 0;
    this.chops = 0;
  }

  /** Sound that came. */
  push(mulaw) {
    if (this.buffered === 0 && this.holding && this.dry < PAUSE) {
      this.chops += 1;
      this.wait = Math.min(LONGEST, this.wait + LONGER);
    }
    this.queue.push(mulaw);
    this.buffered += mulaw.length;
  }

  /** A mark behind everything that came so far. */
  mark(name) {
    this.queue.push(name);
  }

  /** Throw everything away; the marks that were waiting. */
  clear() {
    const marks = this.queue.filter((piece) => typeof piece === 'string');
    this.queue = [];
    this.offset = 0;
    this.buffered = 0;
    this.holding = true;
    this.waited = 0;
    this.dry = PAUSE;
    return marks;
  }

  /** Marks that everything before has been played of. */
  marks() {
    const due = [];
    while (typeof this.queue[0] === 'string') {
      due.push(this.queue.shift());
    }
    return due;
  }

  /** The next sample at 8 kHz; silence while there is none. */
  next() {
    if (this.holding && !this.filled()) {
      this.last *= FADE;
      return this.last;
    }
    const piece = this.queue.find((one) => typeof one !== 'string');
    if (piece === undefined) {
      this.holding = true;
      this.waited = 0;
      this.dry = 0;
      this.wait = Math.max(SHORTEST, this.wait - SHORTER);
      this.last *= FADE;
      return this.last;
    }
    this.last = LINEAR[piece[this.offset]];
    this.offset += 1;
    this.buffered -= 1;
    if (this.offset === piece.length) {
      this.queue.splice(this.queue.indexOf(piece), 1);
      this.offset = 0;
    }
    return this.last;
  }

  filled() {
    if (this.buffered === 0) {
      this.dry += 1;
      return false;
    }
    this.waited += 1;
    if (this.waited < this.wait && this.buffered < this.wait) {
      return false;
    }
    this.holding = false;
    return true;
  }
}
