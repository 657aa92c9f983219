// One call, from the press of the button to its end, as a table: [state][event] -> [state, act].
//
//   asking (the microphone) -> ringing (the engine) -> opening (the socket) -> talking -> over
//                                                          ^                    |
//                                                          +------- away <------+
//
// A call that has lost its socket is away: the engine is asked what now, as a carrier would ask,
// and either gives another token or says how the call ends.

import { Refused, hungUp, ring, streamOver } from './engine.js';
import { Line } from './line.js';
import { Live } from './live.js';
import { Missing, Sound } from './sound.js';

const AGAIN_MS = 400;
const AWAY_MS = 15000;

const LEAVE = { leave: ['over', 'end'] };
const LOST = { closed: ['away', 'ask'], silent: ['away', 'reopen'], ...LEAVE };

export const TABLE = {
  asking: { sound: ['ringing', 'ring'], failed: ['over', 'fail'], ...LEAVE },
  ringing: { line: ['opening', 'openLine'], failed: ['over', 'fail'], ...LEAVE },
  opening: { opened: ['talking', 'talk'], ...LOST },
  talking: LOST,
  away: {
    line: ['opening', 'openLine'],
    failed: ['away', 'askAgain'],
    hopeless: ['over', 'fail'],
    told: ['over', 'finish'],
    ...LEAVE,
  },
  over: {},
};

const HOPELESS = new Set(['signed_out', 'phone.unknown', 'site.other']);

/**
 * `told` hears: state(name, one of the table's or `lost`), happened(event), level(side, value), problem(code, words),
 * heard(message) for each message of the engine, ended({say, then}).
 */
export class Call {
  constructor(from, told) {
    this.from = from;
    this.told = told;
    this.state = 'asking';
    this.awayAt = 0;
    this.start();
  }

  /** Hang up. */
  leave() {
    this.feed('leave');
  }

  press(digit) {
    this.line?.press(digit);
  }

  feed(event, detail) {
    const move = TABLE[this.state][event];
    if (move === undefined) {
      return;
    }
    const before = this.state;
    [this.state] = move;
    if (this.state !== before) {
      this.told.state(this.state);
    }
    this[move[1]](detail);
  }

  // What is done. Each ends with what it has to feed.

  async start() {
    this.told.state('asking');
    try {
      const sound = await Sound.open({
        heard: ({ sound: frame, level }) => {
          this.line?.hear(frame);
          this.told.level('caller', level);
        },
        played: (marks) => this.line?.echo(marks),
        level: (level) => this.told.level('agent', level),
        problem: (code) => this.told.problem(code),
      });
      if (this.state === 'over') {
        await sound.close();
        return;
      }
      this.sound = sound;
      this.feed('sound');
    } catch (error) {
      this.feed('failed', error instanceof Missing ? error : new Missing('sound_stopped'));
    }
  }

  async ring() {
    try {
      const line = await ring(this.from);
      if (this.state === 'over') {
        hungUp(line);
        return;
      }
      this.feed('line', line);
    } catch (error) {
      this.feed('failed', error);
    }
  }

  openLine(ids) {
    if (ids.events !== this.ids?.events) {
      this.live?.close();
      this.live = new Live(
        ids.events,
        (event) => this.told.happened(event),
        () => this.feed('silent'),
      );
    }
    this.ids = ids;
    this.line = new Line(ids, {
      opened: () => this.feed('opened'),
      played: (message) => {
        this.sound.play(message);
        this.told.heard(message);
      },
      closed: () => this.feed('closed'),
    });
  }

  talk() {
    this.awayAt = 0;
  }

  reopen() {
    this.line.drop();
    this.ask();
  }

  async ask() {
    this.awayAt ||= performance.now();
    this.line = undefined;
    this.sound.play({ clear: true }); // as a carrier: what a lost stream had sent is not heard
    try {
      const { line, over } = await streamOver(this.ids, this.from);
      this.feed(line ? 'line' : 'told', line ?? over);
    } catch (error) {
      const late = performance.now() - this.awayAt > AWAY_MS;
      if (late || !(error instanceof Refused) || HOPELESS.has(error.code)) {
        this.feed('hopeless', late ? new Refused('connection_lost') : error);
      } else {
        this.feed('failed');
      }
    }
  }

  askAgain() {
    this.told.state('lost');
    setTimeout(() => this.state === 'away' && this.ask(), AGAIN_MS);
  }

  fail(error) {
    this.told.problem(error.code ?? 'connection_lost', error.words);
    this.end();
  }

  finish(over) {
    this.told.ended(over);
    this.end();
  }

  end() {
    this.line?.stop();
    this.line = undefined;
    if (this.ids !== undefined) {
      hungUp(this.ids);
      setTimeout(() => this.live.close(), 5000); // the outcome is still to come
    }
    this.sound?.close();
  }
}
