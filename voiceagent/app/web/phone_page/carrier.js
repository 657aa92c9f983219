// Twilio Media Streams, from the carrier's side: what it writes, and what it reads.
// Source: https://www.twilio.com/docs/voice/media-streams/websocket-messages

const FRAME_MS = 20;

/** Writes the messages of one stream; each is one text frame. */
export class StreamWriter {
  constructor(line) {
    this.line = line;
    this.number = 0;
    this.chunk = 0;
  }

  opening() {
    const { account_sid, call_sid, stream_sid, parameters } = this.line;
    const start = {
      accountSid: account_sid,
      streamSid: stream_sid,
      callSid: call_sid,
      tracks: ['inbound'],
      mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
      customParameters: parameters,
    };
    const connected = { event: 'connected', protocol: 'Call', version: '1.0.0' };
    return [JSON.stringify(connected), this.message('start', start)];
  }

  /** A frame of the caller: mu-law, 20 ms. */
  media(mulaw) {
    const timestamp = String(this.chunk * FRAME_MS);
    this.chunk += 1;
    const payload = btoa(String.fromCharCode(...mulaw));
    const media = { track: 'inbound', chunk: String(this.chunk), timestamp, payload };
    return this.message('media', media);
  }

  /** A frame that is not sent: its time has passed all the same. */
  skip() {
    this.chunk += 1;
  }

  mark(name) {
    return this.message('mark', { name });
  }

  key(digit) {
    return this.message('dtmf', { track: 'inbound_track', digit });
  }

  stop() {
    const { account_sid, call_sid } = this.line;
    return this.message('stop', { accountSid: account_sid, callSid: call_sid });
  }

  message(event, body) {
    this.number += 1;
    const { stream_sid } = this.line;
    // The order of the keys is Twilio's, which the engine reads fastest.
    return JSON.stringify({
      event,
      sequenceNumber: String(this.number),
      [event]: body,
      streamSid: stream_sid,
    });
  }
}

/** A message of the engine: {sound}, {mark} or {clear}; null for what no carrier understands. */
export function read(text, streamSid) {
  let message;
  try {
    message = JSON.parse(text);
  } catch {
    return null;
  }
  if (message === null || message.streamSid !== streamSid) {
    return null;
  }
  switch (message.event) {
    case 'media':
      return { sound: Uint8Array.from(atob(message.media.payload), (c) => c.charCodeAt(0)) };
    case 'mark':
      return { mark: String(message.mark.name) };
    case 'clear':
      return { clear: true };
    default:
      return null;
  }
}
