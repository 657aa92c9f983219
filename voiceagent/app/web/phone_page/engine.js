// What the page asks the engine for, besides carrying sound.

/** The engine has said no; `code` is a key of `problems.js`, `words` what it said. */
export class Refused extends Error {
  constructor(code, words = '') {
    super(code);
    this.code = code;
    this.words = words;
  }
}

const ANSWER_MS = 10000;

async function post(path, body, more = {}) {
  let answer;
  try {
    answer = await fetch(path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
      redirect: 'error',
      signal: AbortSignal.timeout(ANSWER_MS),
      ...more,
    });
  } catch {
    throw new Refused('no_answer');
  }
  if (answer.status === 401) {
    throw new Refused('signed_out');
  }
  const text = await answer.text();
  let told = {};
  try {
    told = JSON.parse(text || '{}');
  } catch {
    throw new Refused('no_answer');
  }
  if (!answer.ok) {
    throw new Refused(told.error?.code ?? 'no_answer', told.error?.message ?? '');
  }
  return told;
}

/** Ring; the line to open. */
export async function ring(from) {
  const { line } = await post('phone/calls', { from });
  return line;
}

/** The stream of a call is over: {line}, or {over: {say, then}}. */
export function streamOver(line, from) {
  return post(line.stream, { from });
}

/** The call is over. Also while the page goes away. */
export function hungUp(line) {
  return post(line.over, {}, { keepalive: true, signal: undefined }).catch(() => {});
}
