// Listening in on a live call: mu-law comes as it is spoken, caller and agent by turns.

import { LINEAR } from './g711.js';

const RATE = 8000;
const BEHIND_S = 0.25; // what the network may be late by before there is a gap
const MOST_S = 1.5; // more than this is not waited for: it is skipped
const CALLER_PAN = -0.6;

const button = document.getElementById('listen');
const told = document.getElementById('activity');

class Speaker {
  constructor() {
    this.context = new AudioContext();
    this.sides = [CALLER_PAN, -CALLER_PAN].map((pan) => {
      const side = new StereoPannerNode(this.context, { pan });
      side.connect(this.context.destination);
      return side;
    });
    this.next = 0;
  }

  /** Plays whole pairs of bytes, each side on its own. */
  play(both) {
    const now = this.context.currentTime;
    if (this.next > now + MOST_S) {
      return;
    }
    if (this.next < now) {
      this.next = now + BEHIND_S;
    }
    const samples = both.length / 2;
    this.sides.forEach((side, first) => {
      const buffer = new AudioBuffer({ length: samples, sampleRate: RATE });
      buffer.copyToChannel(
        Float32Array.from({ length: samples }, (_, i) => LINEAR[both[2 * i + first]]),
        0,
      );
      const source = new AudioBufferSourceNode(this.context, { buffer });
      source.connect(side);
      source.start(this.next);
    });
    this.next += samples / RATE;
  }

  close() {
    this.context.close();
  }
}

let stop;

async function listen() {
  const leaving = new AbortController();
  const speaker = new Speaker();
  stop = () => leaving.abort();
  button.textContent = 'Stop listening';
  button.setAttribute('aria-pressed', 'true');
  try {
    const answer = await fetch(button.dataset.path, { signal: leaving.signal, redirect: 'error' });
    if (!answer.ok) {
      const said = await answer.json().catch(() => ({}));
      throw new Error(said.error?.message ?? 'The engine refused.');
    }
    const reader = answer.body.getReader();
    let odd = new Uint8Array();
    for (let got = await reader.read(); !got.done; got = await reader.read()) {
      const bytes = new Uint8Array(odd.length + got.value.length);
      bytes.set(odd);
      bytes.set(got.value, odd.length);
      const whole = bytes.length - (bytes.length % 2);
      odd = bytes.slice(whole);
      if (whole) {
        speaker.play(bytes.subarray(0, whole));
      }
    }
  } catch (error) {
    if (!leaving.signal.aborted) {
      told.textContent = error.message;
    }
  } finally {
    speaker.close();
    stop = undefined;
    button.textContent = 'Listen in';
    button.setAttribute('aria-pressed', 'false');
  }
}

button.addEventListener('click', () => (stop ? stop() : listen()));
