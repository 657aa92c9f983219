// What is missing, in words: what has happened, and what to do about it.

const PROBLEMS = {
  not_secure: [
    'This page has no access to a microphone here.',
    'Browsers give it to pages of this machine (http://localhost) and to https only. Open the ' +
      'address by https; docs/browser-phone.md says how to set that up.',
  ],
  old_browser: [
    'This browser cannot make calls.',
    'It has no microphone for pages, or no audio worklets. Use a current Chrome, Edge, Firefox or Safari.',
  ],
  no_microphone: ['No microphone was found.', 'Plug one in, or switch it on, and call again.'],
  microphone_refused: [
    'The microphone is not allowed.',
    'Allow it beside the address of this page, and in the settings of the system, then call again.',
  ],
  microphone_busy: [
    'The microphone cannot be opened.',
    'Another program may be using it. Close that one and call again.',
  ],
  microphone_gone: [
    'The microphone has gone.',
    'The call goes on, and you can still hear. Hang up and call again with another one.',
  ],
  sound_stopped: ['The sound of this page has been stopped.', 'Hang up and call again.'],
  'phone.busy': ['All lines are busy: the engine takes no more calls now.', 'Call again in a moment.'],
  'token.full': ['Too many calls are connecting just now.', 'Call again in a moment.'],
  'phone.number': ['This is no telephone number.', 'Write it like +15551230000, or leave it empty.'],
  'phone.unknown': ['The engine does not know this call any more.', 'Call again.'],
  'site.other': ['The engine refused this page.', 'Open it by the address that the engine has printed.'],
  signed_out: ['You are signed out.', 'Sign in again, then call.'],
  no_answer: ['The engine does not answer.', 'Is it still running? Call again in a moment.'],
  connection_lost: [
    'The connection was lost, and it did not come back in time.',
    'What you booked is kept. Call again.',
  ],
};

const UNKNOWN = ['The call could not be made.', 'Call again; the engine’s log may say more.'];

/** [what has happened, what to do] for a code; `words` are the engine's own. */
export function problem(code, words = '') {
  const [what, advice] = PROBLEMS[code] ?? UNKNOWN;
  return [what, words && code !== 'phone.number' ? `${advice} It said: “${words}”` : advice];
}
