// The page: one button, a keypad, and what happens.

import { Call } from './call.js';
import { problem } from './problems.js';
import { Transcript } from './transcript.js';
import { Waterfall, legend } from './waterfall.js';

const KEYS = '123456789*0#';
const FULL_LEVEL = 0.25; // root mean square of loud speech

const STATES = {
  asking: 'Waiting for the microphone …',
  ringing: 'Ringing …',
  opening: 'Connecting …',
  talking: 'Connected. Speak as you would on the telephone.',
  away: 'One moment …',
  lost: 'The connection is lost. Trying to come back …',
  over: 'The call is over.',
};

const ENDS = {
  person: 'Here a caller would be connected with a person. This page has no telephone line to do it.',
  message: 'Here a caller would be asked to leave a message. This page cannot take one.',
  goodbye: '',
};

const at = (id) => document.getElementById(id);
const transcript = new Transcript(at('transcript'));
const waterfall = new Waterfall(at('waterfall'));
let call;
let talked = false;
let newest; // what the newest call is told by; older ones have nothing to say any more

function show(state) {
  document.body.dataset.state = state;
  talked = talked || state === 'talking';
  at('status').textContent = state === 'over' && !talked ? 'There is no call.' : STATES[state];
  const live = state !== 'over';
  at('call').textContent = live ? 'Hang up' : 'Call';
  at('keypad').disabled = state !== 'talking';
  at('from').disabled = live;
  if (!live) {
    ['caller', 'agent'].forEach((side) => meter(side, 0));
    call = undefined;
  }
}

function meter(side, level) {
  at(`level-${side}`).value = Math.min(1, level / FULL_LEVEL);
}

function tell(code, words) {
  const [what, advice] = problem(code, words);
  at('problem-what').textContent = what;
  at('problem-advice').textContent = advice;
  at('problem-sign-in').hidden = code !== 'signed_out';
  at('problem').hidden = false;
}

function happened(event) {
  transcript.take(event);
  waterfall.take(event);
  if (event.kind === 'barged_in') {
    flash();
  }
  if (event.kind === 'call_over' && event.outcome !== null) {
    at('outcome').textContent = `Outcome: ${event.outcome}`;
  }
}

function flash() {
  const sign = at('barge-in');
  sign.hidden = false;
  clearTimeout(flash.timer);
  flash.timer = setTimeout(() => {
    sign.hidden = true;
  }, 1500);
}

function begin() {
  talked = false;
  transcript.clear();
  waterfall.clear();
  at('problem').hidden = true;
  at('outcome').textContent = '';
  const told = {
    state: show,
    happened,
    level: meter,
    problem: tell,
    heard: (message) => message.clear && flash(),
    ended: ({ say, then }) => {
      const words = [say, ENDS[then]].filter(Boolean).join(' ');
      if (words) {
        at('outcome').textContent = words;
      }
    },
  };
  newest = told;
  const only = ([name, hear]) => [name, (...args) => newest === told && hear(...args)];
  call = new Call(at('from').value.trim(), Object.fromEntries(Object.entries(told).map(only)));
}

function keypad() {
  for (const key of KEYS) {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = key;
    button.setAttribute('aria-label', { '*': 'star', '#': 'hash' }[key] ?? key);
    button.addEventListener('click', () => call?.press(key));
    at('keys').append(button);
  }
  document.addEventListener('keydown', ({ key, target, repeat, ctrlKey, metaKey, altKey }) => {
    const typed = KEYS.includes(key) && !repeat && !ctrlKey && !metaKey && !altKey;
    if (typed && target.tagName !== 'INPUT') {
      call?.press(key);
    }
  });
}

keypad();
at('legend').replaceChildren(...legend());
at('call').addEventListener('click', () => (call === undefined ? begin() : call.leave()));
window.addEventListener('pagehide', () => call?.leave());
if (!window.isSecureContext) {
  tell('not_secure');
}
