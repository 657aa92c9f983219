// From one sample rate to another, sample by sample: a windowed sinc, looked up by phase.

const PHASES = 256;
const LOBES = 12; // of the sinc, on either side, at the lower of the two rates
const PASSED = 0.92; // of the lower rate's band

/** The kernel: for each phase, the weights of the newest `taps` samples, oldest first. */
function kernel(half, cutoff) {
  const taps = 2 * half;
  const table = [];
  for (let phase = 0; phase < PHASES; phase += 1) {
    const weights = new Float32Array(taps);
    let sum = 0;
    for (let tap = 0; tap < taps; tap += 1) {
      const at = tap - (half - 1) - phase / PHASES;
      const x = Math.PI * cutoff * at;
      const sinc = x === 0 ? 1 : Math.sin(x) / x;
      const window = 0.5 + 0.5 * Math.cos((Math.PI * at) / half);
      weights[tap] = Math.abs(at) < half ? sinc * window : 0;
      sum += weights[tap];
    }
    table.push(weights.map((weight) => weight / sum));
  }
  return table;
}

/**
 * One stream. Push a sample; then, while `ready`, take the samples that are due.
 *
 * The delay is `LOBES` samples of the lower rate: 1.5 ms at 8 kHz.
 */
export class Resampler {
  constructor(from, to) {
    const lower = Math.min(from, to);
    this.half = Math.ceil((LOBES * from) / lower);
    this.table = kernel(this.half, (PASSED * lower) / from);
    this.step = from / to;
    this.at = 1; // how far past the middle of what is kept the next sample lies
    this.history = new Float32Array(4 * this.half);
    this.end = 2 * this.half;
  }

  push(sample) {
    const taps = 2 * this.half;
    if (this.end === this.history.length) {
      this.history.copyWithin(0, taps);
      this.end = taps;
    }
    this.history[this.end] = sample;
    this.end += 1;
    this.at -= 1;
  }

  get ready() {
    return this.at < 1;
  }

  take() {
    const weights = this.table[Math.floor(this.at * PHASES)];
    const first = this.end - weights.length;
    let sum = 0;
    for (let tap = 0; tap < weights.length; tap += 1) {
      sum += weights[tap] * this.history[first + tap];
    }
    this.at += this.step;
    return sum;
  }
}
