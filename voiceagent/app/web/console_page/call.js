// The page of a live call: what happens is added to what stood on it when it came.

import { Live } from './live.js';
import { Transcript } from './transcript.js';
import { Waterfall } from './waterfall.js';

const CATCH_UP_MS = 250;
const RELOAD_MS = 4000;

const STATES = {
  line_opened: 'On the line',
  caller_started: 'Caller speaks',
  caller_finished: 'Answer awaited',
  nothing_said: 'On the line',
  reply_sounds: 'Agent speaks',
  barged_in: 'Caller cut in',
  line_closed: 'Line lost: it may come back',
  call_over: 'Over',
};

const at = (id) => document.getElementById(id);
const transcript = new Transcript(at('transcript'), {
  caller: 'Caller',
  agent: 'Agent',
  cut: 'caller cut in',
});
const waterfall = new Waterfall(at('waterfall'));
const button = at('hand-over');

function show(event) {
  transcript.take(event);
  waterfall.take(event);
  if (event.kind in STATES) {
    at('activity').textContent = STATES[event.kind];
  }
  if (event.kind === 'turn_written' && event.speaker === 'agent') {
    at('activity').textContent = 'On the line';
  }
  if (event.kind === 'call_over') {
    at('outcome').firstChild.textContent = event.outcome ?? 'over';
    button?.remove();
    setTimeout(() => window.location.reload(), RELOAD_MS); // job, messages and cost are written now
  }
}

// The engine first tells again what it has kept: what was told before the last turn that stands on
// the page already is on the page too.
let early = [];

function take(event) {
  if (early === undefined) {
    show(event);
  } else {
    early.push(event);
  }
}

function caughtUp() {
  const written = (event) =>
    event.kind === 'turn_written' && document.getElementById(`turn-${event.index}`) !== null;
  const told = early.slice(early.findLastIndex(written) + 1);
  early = undefined;
  told.forEach(show);
}

async function handOver() {
  button.disabled = true;
  button.textContent = 'Handing over …';
  try {
    const answer = await fetch(button.dataset.path, { method: 'POST', redirect: 'error' });
    const told = await answer.json().catch(() => ({}));
    if (!answer.ok) {
      throw new Error(told.error?.message ?? 'The engine refused.');
    }
    button.textContent = 'A person takes over';
  } catch (error) {
    button.disabled = false;
    button.textContent = 'Hand over to a person';
    at('activity').textContent = error.message;
  }
}

button?.addEventListener('click', handOver);
function lost() {
  at('activity').textContent = 'The connection to the engine is lost. Trying again …';
}

new Live(at('call').dataset.events, take, lost, lost);
setTimeout(caughtUp, CATCH_UP_MS);
