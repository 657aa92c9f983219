// G.711 mu-law (ITU-T G.711), one byte a sample at 8 kHz; samples are floats from -1 to 1.

const BIAS = 0x84;
const CLIP = 32635;

/** Code of one sample. */
function encode(sample) {
  let linear = Math.round(sample * 32768);
  const sign = linear < 0 ? 0x80 : 0;
  linear = Math.min(Math.abs(linear), CLIP) + BIAS;
  const exponent = Math.max(0, 31 - Math.clz32(linear) - 7);
  const mantissa = (linear >> (exponent + 3)) & 0x0f;
  return ~(sign | (exponent << 4) | mantissa) & 0xff;
}

/** Codes of samples. */
export function encodeAll(samples) {
  return Uint8Array.from(samples, encode);
}

function decoded(code) {
  const bits = ~code & 0xff;
  const magnitude = ((((bits & 0x0f) << 3) + BIAS) << ((bits >> 4) & 0x07)) - BIAS;
  return (bits & 0x80 ? -magnitude : magnitude) / 32768;
}

/** The sample of each code. */
export const LINEAR = Float32Array.from({ length: 256 }, (_, code) => decoded(code));
