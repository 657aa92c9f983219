// The transcript as it is heard. Words of ours that have not been heard yet are pale; those that
// never will be are struck through.

const WORDS = { caller: 'You', agent: 'Agent', cut: 'you cut in' };

/**
 * Shows turns in a list (`<ol>`). Turns that stand in it already, as `data-turn`, stay as they are.
 * `words` are what the speakers are called, and what an interruption is.
 */
export class Transcript {
  constructor(list, words = WORDS) {
    this.list = list;
    this.words = words;
    this.byKey = new Map(); // of a turn -> its item
  }

  clear() {
    this.list.replaceChildren();
    this.byKey.clear();
  }

  take(event) {
    switch (event.kind) {
      case 'caller_started':
        this.drop('now');
        this.show('now', 'caller', '…');
        break;
      case 'nothing_said': // a cough, a door
      case 'line_closed':
        this.drop('now');
        break;
      case 'turn_so_far':
        this.show('now', 'caller', event.text || '…');
        break;
      case 'turn_said':
        this.rename('now', `turn ${event.index}`);
        this.show(`turn ${event.index}`, 'caller', event.text);
        break;
      case 'heard_so_far':
        this.show(`reply ${event.reply}`, 'agent', event.heard, event.text);
        break;
      case 'turn_written':
        this.written(event);
        break;
      case 'key_used':
        this.note('key pressed');
        break;
      case 'tool_ran':
        this.note(`${event.name}, ${Math.round(event.elapsed_ms)} ms${event.error ? `: ${event.error}` : ''}`);
        break;
      case 'barged_in':
        this.note(this.words.cut);
        break;
      case 'line_opened':
        if (event.resumed) {
          this.note('connected again');
        }
        break;
      case 'missed':
        this.note(`${event.count} events were missed`);
        break;
      default:
    }
  }

  written({ index, reply, speaker, text, heard }) {
    const key = speaker === 'agent' ? `reply ${reply}` : `turn ${index}`;
    if (this.list.querySelector(`[data-turn="${index}"]`) !== null) {
      this.drop(key); // it was on the page when it came
      return;
    }
    if (speaker === 'agent') {
      this.show(key, speaker, heard, text);
      this.byKey.get(key).classList.toggle('cut', heard !== text);
      this.byKey.delete(key);
    } else {
      this.show(key, speaker, text);
    }
  }

  /** A turn: what was heard of it, and what else was meant. */
  show(key, speaker, heard, text = heard) {
    const item = this.byKey.get(key) ?? this.add(key, speaker);
    const words = document.createElement('span');
    words.textContent = heard;
    item.lastChild.replaceChildren(words);
    if (text !== heard) {
      const rest = document.createElement('span');
      rest.className = 'unheard';
      rest.textContent = text.startsWith(heard) ? text.slice(heard.length) : ` ${text}`;
      item.lastChild.append(rest);
    }
    this.follow();
  }

  add(key, speaker) {
    const item = document.createElement('li');
    item.className = speaker;
    const who = document.createElement('b');
    who.textContent = this.words[speaker];
    item.append(who, document.createElement('p'));
    this.list.append(item);
    this.byKey.set(key, item);
    return item;
  }

  drop(key) {
    this.byKey.get(key)?.remove();
    this.byKey.delete(key);
  }

  rename(before, after) {
    const item = this.byKey.get(before);
    this.byKey.delete(before);
    if (item !== undefined) {
      this.byKey.set(after, item);
    }
  }

  note(text) {
    const item = document.createElement('li');
    item.className = 'note';
    item.textContent = text;
    this.list.append(item);
    this.follow();
  }

  follow() {
    const { list } = this;
    list.scrollTop = list.scrollHeight;
  }
}
