// The microphone's side of the audio thread. Out: a frame of 20 ms as mu-law, and its level.

import { encodeAll } from './g711.js';
import { Resampler } from './resample.js';

const FRAME = 160;

class Microphone extends AudioWorkletProcessor {
  constructor() {
    super();
    this.resampler = new Resampler(sampleRate, 8000);
    this.frame = new Float32Array(FRAME);
    this.filled = 0;
  }

  process([[heard]], [[out]]) {
    // Without a microphone there is silence: a call whose frames stop is a call that was lost.
    for (let at = 0; at < out.length; at += 1) {
      this.resampler.push(heard === undefined ? 0 : heard[at]);
      while (this.resampler.ready) {
        this.take(this.resampler.take());
      }
    }
    return true;
  }

  take(sample) {
    this.frame[this.filled] = sample;
    this.filled += 1;
    if (this.filled === FRAME) {
      const energy = this.frame.reduce((sum, one) => sum + one * one, 0);
      const sound = encodeAll(this.frame);
      this.port.postMessage({ sound, level: Math.sqrt(energy / FRAME) }, [sound.buffer]);
      this.filled = 0;
    }
  }
}

registerProcessor('microphone', Microphone);
