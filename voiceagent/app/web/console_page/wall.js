// The wall: a card a call. What the engine sends is put into cards as text, and only where it has
// changed; a card of a call that is over goes after a while.

import { Live } from './live.js';

const STAYS_MS = 15000;
const SLOW_MS = 1500;

const ACTIVITIES = {
  connected: 'On the line',
  caller: 'Caller speaks',
  thinking: 'Answer awaited',
  agent: 'Agent speaks',
  away: 'Line lost',
  over: 'Over',
};
const WHO = { caller: 'Caller', agent: 'Agent' };

const at = (id) => document.getElementById(id);
const wall = at('wall');
const workers = Number(wall.dataset.workers);
const cards = new Map(); // worker and sid -> Card
const states = new Map(); // worker -> {live, free, draining}

class Card {
  constructor() {
    this.item = document.createElement('li');
    this.link = this.make('a', 'from');
    this.state = this.make('span', 'activity');
    this.clock = this.make('span', 'clock');
    this.words = this.make('p', 'words');
    this.facts = this.make('p', 'facts');
    wall.append(this.item);
  }

  make(tag, name) {
    const made = document.createElement(tag);
    made.className = name;
    this.item.append(made);
    return made;
  }

  /** `skew` is what the worker's clock is ahead of ours, in seconds. */
  show(call, skew) {
    this.call = call;
    this.skew = skew;
    this.item.dataset.activity = call.activity;
    this.item.classList.toggle('slow', call.answer_ms > SLOW_MS);
    put(this.link, call.from || 'no number');
    this.link.href = `/console/calls/${encodeURIComponent(call.sid)}`;
    put(this.state, call.outcome ?? ACTIVITIES[call.activity]);
    put(this.words, call.words ? `${WHO[call.speaker]}: ${call.words}` : '…');
    put(this.facts, facts(call).join(' · '));
    this.tick();
  }

  tick() {
    if (this.call.activity !== 'over') {
      put(this.clock, clock(performance.now() / 1000 + this.skew - this.call.opened_s));
    }
  }
}

function put(element, text) {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

function facts(call) {
  const told = [`${call.turns} ${call.turns === 1 ? 'turn' : 'turns'}`];
  if (call.answer_ms !== null) {
    told.push(`answer ${call.answer_ms} ms`);
  }
  if (call.interruptions) {
    told.push(`cut off ${call.interruptions}×`);
  }
  if (call.tool) {
    told.push(call.failed ? `${call.tool} failed` : call.tool);
  }
  return told;
}

function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}

function take(worker, event) {
  at('lost').hidden = true;
  if (event.kind === 'beat') {
    return;
  }
  const skew = event.now_s - performance.now() / 1000;
  if (event.kind === 'all') {
    const there = new Set(event.calls.map(({ sid }) => `${worker} ${sid}`));
    [...cards.keys()].filter((key) => key.startsWith(`${worker} `) && !there.has(key)).forEach(drop);
  }
  for (const call of event.calls) {
    const key = `${worker} ${call.sid}`;
    let card = cards.get(key);
    if (card === undefined) {
      card = new Card();
      cards.set(key, card);
    }
    card.show(call, skew);
    if (call.activity === 'over') {
      setTimeout(() => cards.get(key)?.call.activity === 'over' && drop(key), STAYS_MS);
    }
  }
  states.set(worker, event);
  sums();
}

function drop(key) {
  cards.get(key)?.item.remove();
  cards.delete(key);
  sums();
}

function sums() {
  const all = [...states.values()];
  const live = [...cards.values()].map(({ call }) => call).filter(({ activity }) => activity !== 'over');
  const total = (name) => String(all.reduce((sum, state) => sum + state[name], 0));
  put(at('live'), total('live'));
  put(at('free'), total('free'));
  put(at('waiting'), String(live.filter(({ activity }) => activity === 'thinking').length));
  const slowest = Math.max(0, ...live.map(({ answer_ms }) => answer_ms ?? 0));
  put(at('slowest'), slowest ? `${slowest} ms` : '–');
  at('draining').hidden = !all.some(({ draining }) => draining);
  at('none').hidden = cards.size > 0;
}

function lost() {
  at('lost').hidden = false;
}

const follows = Array.from(
  { length: workers },
  (_, worker) => new Live(`/calls/${worker}/events`, (event) => take(worker, event), lost, lost),
);
// A browser has six connections to a server for all of its tabs: one that nobody sees gives its own back.
document.addEventListener('visibilitychange', () => {
  follows.forEach((one) => (document.hidden ? one.close() : one.open()));
});
setInterval(() => cards.forEach((card) => card.tick()), 1000);
