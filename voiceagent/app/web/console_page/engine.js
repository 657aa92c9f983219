// Figures of each worker, asked for now and then while somebody looks.

const EVERY_MS = 2000;

const at = (id) => document.getElementById(id);
const list = at('figures');
const workers = Number(list.dataset.workers);
const shown = new Map(); // worker -> its section

function element(tag, ...content) {
  const made = document.createElement(tag);
  made.append(...content);
  return made;
}

function table(title, rows) {
  const body = element('tbody', ...rows.map(([name, value]) => {
    const head = element('th', name);
    head.scope = 'row';
    return element('tr', head, element('td', value));
  }));
  return element('section', element('h2', title), element('table', body));
}

function show(worker, { parts, sections }) {
  const made = element('div');
  made.className = 'worker';
  if (workers > 1) {
    made.append(element('h2', `Worker ${worker}`));
  }
  made.append(table('Parts', Object.entries(parts)));
  sections.forEach(({ title, rows }) => made.append(table(title, rows)));
  const before = shown.get(worker);
  if (before === undefined) {
    list.append(made);
  } else {
    before.replaceWith(made);
  }
  shown.set(worker, made);
}

async function ask(worker) {
  const answer = await fetch(`/calls/${worker}/figures`, { redirect: 'error' });
  if (!answer.ok) {
    throw new Error(answer.statusText);
  }
  show(worker, await answer.json());
}

async function round() {
  if (!document.hidden || shown.size === 0) {
    const asked = await Promise.allSettled(Array.from({ length: workers }, (_, worker) => ask(worker)));
    at('lost').hidden = asked.every(({ status }) => status === 'fulfilled');
  }
  setTimeout(round, EVERY_MS);
}

round();
