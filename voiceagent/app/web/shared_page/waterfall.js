// Where the time of each answer went: a bar a turn, and one that runs while an answer is awaited.

const STAGES = [
  ['endpoint', 'end of turn'],
  ['stt', 'recognition'],
  ['think', 'thinking'],
  ['tools', 'tools'],
  ['tts', 'speech'],
  ['send', 'sending'],
];
const FULL_MS = 2000; // the width of the list; longer answers fill it

/** The legend, as list items. */
export function legend() {
  return STAGES.map(([stage, name]) => {
    const item = document.createElement('li');
    const key = document.createElement('i');
    key.className = stage;
    item.append(key, name);
    return item;
  });
}

/** Shows bars in a list (`<ol>`). */
export class Waterfall {
  constructor(list) {
    this.list = list;
    this.turn = list.children.length; // bars may stand there already
    this.waiting = undefined;
  }

  clear() {
    this.list.replaceChildren();
    this.turn = 0;
    this.waiting = undefined;
  }

  take(event) {
    switch (event.kind) {
      case 'caller_finished':
        this.wait();
        break;
      case 'caller_started':
      case 'nothing_said':
      case 'line_closed':
        this.forget();
        break;
      case 'reply_sounds':
        if (event.latency !== null) {
          this.answered(event.latency);
        }
        break;
      default:
    }
  }

  wait() {
    this.forget();
    const running = document.createElement('div');
    running.className = 'bar running';
    this.waiting = this.row('…', running);
  }

  forget() {
    this.waiting?.remove();
    this.waiting = undefined;
  }

  answered(latency) {
    this.forget();
    this.turn += 1;
    const scale = Math.max(FULL_MS, latency.v2v_ms);
    const bar = document.createElement('div');
    bar.className = 'bar';
    const told = [];
    for (const [stage, name] of STAGES) {
      const ms = latency[`${stage}_ms`];
      if (ms >= 1) {
        const part = document.createElement('i');
        part.className = stage;
        part.style.width = `${(100 * ms) / scale}%`;
        part.title = `${name} ${Math.round(ms)} ms`;
        bar.append(part);
        told.push(part.title);
      }
    }
    const total = `${Math.round(latency.v2v_ms)} ms`;
    bar.setAttribute('role', 'img');
    bar.setAttribute('aria-label', `Answer ${this.turn}: ${total}. ${told.join(', ')}.`);
    this.row(total, bar);
  }

  row(total, bar) {
    const item = document.createElement('li');
    const time = document.createElement('span');
    time.textContent = total;
    item.append(time, bar);
    this.list.append(item);
    this.list.scrollTop = this.list.scrollHeight;
    return item;
  }
}
