// Microphone and loudspeaker of one call.

const ASKED = {
  channelCount: 1,
  echoCancellation: true,
  noiseSuppression: true,
  autoGainControl: true,
};

/** Something is missing; `code` is a key of `problems.js`. */
export class Missing extends Error {
  constructor(code) {
    super(code);
    this.code = code;
  }
}

const REFUSALS = {
  NotAllowedError: 'microphone_refused',
  SecurityError: 'microphone_refused',
  NotFoundError: 'no_microphone',
  OverconstrainedError: 'no_microphone',
  NotReadableError: 'microphone_busy',
  AbortError: 'microphone_busy',
};

async function microphone() {
  if (!window.isSecureContext) {
    throw new Missing('not_secure');
  }
  if (!navigator.mediaDevices?.getUserMedia || !window.AudioWorkletNode) {
    throw new Missing('old_browser');
  }
  try {
    return await navigator.mediaDevices.getUserMedia({ audio: ASKED });
  } catch (error) {
    throw new Missing(REFUSALS[error.name] ?? 'no_microphone');
  }
}

/** The sound of one call. `open` it within a press of a button; `close` it once. */
export class Sound {
  /** `heard({sound, level})`, `played(marks)`, `level(loudspeaker)`, `problem(code)` are told. */
  static async open(told) {
    const stream = await microphone();
    const context = new AudioContext({ latencyHint: 'interactive' });
    try {
      await context.resume();
      await Promise.all(
        ['microphone', 'speaker'].map((name) =>
          context.audioWorklet.addModule(new URL(`./${name}-worklet.js`, import.meta.url)),
        ),
      );
      return new Sound(context, stream, told);
    } catch (error) {
      stream.getTracks().forEach((track) => track.stop());
      await context.close();
      throw error;
    }
  }

  constructor(context, stream, told) {
    this.context = context;
    this.stream = stream;
    this.told = told;
    const one = { channelCount: 1, channelCountMode: 'explicit' };
    this.microphone = new AudioWorkletNode(context, 'microphone', one);
    this.microphone.port.onmessage = ({ data }) => told.heard(data);
    this.speaker = new AudioWorkletNode(context, 'speaker', { numberOfInputs: 0 });
    this.speaker.port.onmessage = ({ data }) => this.take(data);
    context.createMediaStreamSource(stream).connect(this.microphone);
    // Its output is silence; it is connected because what leads nowhere need not be run.
    this.microphone.connect(context.destination);
    this.speaker.connect(context.destination);
    const [track] = stream.getAudioTracks();
    track.onended = () => told.problem('microphone_gone');
    context.onstatechange = () => this.keepAwake();
  }

  /** Play a message of the engine: {sound}, {mark} or {clear}. */
  play(message) {
    this.speaker.port.postMessage(message);
  }

  async close() {
    this.context.onstatechange = null;
    this.stream.getAudioTracks()[0].onended = null;
    this.stream.getTracks().forEach((track) => track.stop());
    await this.context.close();
  }

  take({ marks, level }) {
    if (marks !== undefined) {
      this.told.played(marks);
    }
    if (level !== undefined) {
      this.told.level(level);
      this.play({ latency: this.context.outputLatency || this.context.baseLatency || 0 });
    }
  }

  keepAwake() {
    if (this.context.state === 'suspended' || this.context.state === 'interrupted') {
      this.context.resume().catch(() => this.told.problem('sound_stopped'));
    }
  }
}
