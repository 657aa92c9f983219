// The loudspeaker's side of the audio thread. In: {sound}, {mark}, {clear}, {latency}. Out: {marks}
// that were played, {level} ten times a second.

import { Playout } from './playout.js';
import { Resampler } from './resample.js';

const LEVEL_EVERY_S = 0.1;

class Speaker extends AudioWorkletProcessor {
  constructor() {
    super();
    this.playout = new Playout();
    this.resampler = new Resampler(8000, sampleRate);
    this.latency = 0; // frames between here and the ear
    this.underway = []; // marks that were played and not heard yet
    this.energy = 0;
    this.measured = 0;
    this.port.onmessage = ({ data }) => this.take(data);
  }

  take(message) {
    if (message.sound) {
      this.playout.push(message.sound);
    } else if (message.mark !== undefined) {
      this.playout.mark(message.mark);
    } else if (message.clear) {
      const marks = [...this.underway.map(({ name }) => name), ...this.playout.clear()];
      this.underway = [];
      this.port.postMessage({ marks });
    } else if (message.latency !== undefined) {
      this.latency = Math.round(message.latency * sampleRate);
    }
  }

  process(_inputs, [[out, ...others]]) {
    for (let at = 0; at < out.length; at += 1) {
      while (!this.resampler.ready) {
        this.resampler.push(this.playout.next());
      }
      out[at] = this.resampler.take();
      this.energy += out[at] * out[at];
    }
    others.forEach((other) => other.set(out));
    this.report(out.length);
    return true;
  }

  report(frames) {
    const now = currentFrame + frames;
    for (const name of this.playout.marks()) {
      this.underway.push({ name, due: now + this.latency });
    }
    const marks = [];
    while (this.underway.length > 0 && this.underway[0].due <= now) {
      marks.push(this.underway.shift().name);
    }
    if (marks.length > 0) {
      this.port.postMessage({ marks });
    }
    this.measured += frames;
    if (this.measured >= LEVEL_EVERY_S * sampleRate) {
      this.port.postMessage({ level: Math.sqrt(this.energy / this.measured) });
      this.energy = 0;
      this.measured = 0;
    }
  }
}

registerProcessor('speaker', Speaker);
