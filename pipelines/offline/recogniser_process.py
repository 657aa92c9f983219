"""The recognising process: ``python -m pipelines.offline.recogniser_process REQUEST NICENESS``.

Sound comes over standard input as it is spoken. pocketsphinx decodes it at once, and with it the
sound is kept for Whisper, which listens in the pause in which the turn may end. The process ends
when its input does.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

import numpy as np

from pipelines.offline import language, questions
from pipelines.offline.decoders import DecodedTurn, Decoders
from pipelines.offline.front_end import Centring, FrontEnd, Network
from pipelines.offline.listening import CallerSound, Listening
from pipelines.offline.listening_queue import Purpose
from pipelines.offline.messages import (
    BEAT,
    BEAT_S,
    READY,
    HelperMessage,
    read_message,
    write_message,
)
from pipelines.offline.priority import stand_back
from pipelines.offline.recogniser import Ears, RecogniserAnswer, RecogniserRequest
from pipelines.offline.short_sounds import ShortReading
from pipelines.offline.verdict import Ear, HearingVerdict
from pipelines.offline.voiced import VoiceTrack, VoiceTracks
from voiceagent.core.clock import Clock, SystemClock
from voiceagent.domain.business import Business
from voiceagent.domain.open_question import OpenQuestion

if TYPE_CHECKING:
    from pipelines.offline.short_sound_reader import ShortSoundReader

CALLERS_KEPT: Final = 2000
"""Lines remembered at most; the oldest is forgotten first."""

_OF_NO_TURN: Final = (RecogniserRequest.START, RecogniserRequest.FORGET, RecogniserRequest.SHORT)
"""What asks for something else than a turn that is open."""


class Answers:
    """Where answers go, from any thread.

    Args:
        out: the pipe.
        clock: for beats.
    """

    def __init__(self, out: BinaryIO, clock: Clock) -> None:
        self._out = out
        self._clock = clock
        self._said_s = 0.0
        self._one_at_a_time = threading.Lock()

    def words_so_far(self, stream: int, text: str) -> None:
        """Answer a look at the turn."""
        self._write(HelperMessage(RecogniserAnswer.PARTIAL, stream, text.encode()))

    def meanwhile(self, stream: int, text: str) -> None:
        """What the cheap part has, while the dear one listens."""
        self._write(HelperMessage(RecogniserAnswer.MEANWHILE, stream, text.encode()))

    def tell(self, purpose: Purpose, stream: int, verdict: HearingVerdict) -> None:
        """What was heard, in a pause or at the end."""
        if purpose is Purpose.AHEAD:
            self.words_so_far(stream, verdict.text)
        else:
            self._write(HelperMessage(RecogniserAnswer.FINAL, stream, verdict.written()))

    def short(self, stream: int, reading: ShortReading) -> None:
        """What a short sound says."""
        self._write(HelperMessage(RecogniserAnswer.SHORT, stream, reading.written()))

    def ready(self) -> None:
        """Everything is loaded."""
        self._write(READY)

    def works(self) -> None:
        """A message was served: who waits for another is told that it goes on."""
        if self._clock.monotonic() - self._said_s >= BEAT_S:
            self._write(BEAT)

    def _write(self, message: HelperMessage) -> None:
        self._said_s = self._clock.monotonic()
        with self._one_at_a_time:
            write_message(self._out, message)


class OpenTurn:
    """A turn that is being spoken: decoded, and its sound kept."""

    def __init__(
        self, decoded: DecodedTurn, question: OpenQuestion, track: VoiceTrack | None
    ) -> None:
        self.decoded = decoded
        self.question = question
        self.track = track
        self._sound = bytearray()

    def feed(self, pcm_8k: bytes) -> None:
        """More sound."""
        self._sound += pcm_8k
        self.decoded.feed(pcm_8k)
        if self.track is not None:
            self.track.feed(np.frombuffer(pcm_8k[: len(pcm_8k) // 2 * 2], np.int16))

    def utterance(self, words: str) -> CallerSound:
        """The turn so far, with the words that pocketsphinx has for it."""
        whole = len(self._sound) // 2 * 2
        sound = np.frombuffer(bytes(self._sound[:whole]), np.int16)
        voice = None if self.track is None else self.track.so_far()
        return CallerSound(sound, self.question, words, voice)


class Recogniser:
    """Serves messages.

    Args:
        decoders: of the business's language.
        network: turns telephone sound into what the acoustic model expects.
        answers: where they go.
        listening: to the same turns with Whisper; ``None`` when pocketsphinx hears alone.
        short: reads short sounds that belong to no turn; ``None`` likewise.
    """

    def __init__(
        self,
        decoders: Decoders,
        network: Network,
        answers: Answers,
        listening: Listening | None,
        short: ShortSoundReader | None = None,
    ) -> None:
        self._decoders = decoders
        self._network = network
        self._answers = answers
        self._listening = listening
        self._short = short
        self._tracks = VoiceTracks() if listening is not None else None
        self._turns: dict[int, OpenTurn] = {}
        self._callers: dict[int, Centring] = {}

    def serve(self, message: HelperMessage) -> None:
        """Do what one message asks; messages for a turn that is unknown are ignored."""
        if message.kind in _OF_NO_TURN:
            self._outside_turns(message)
            return
        turn = self._turns.get(message.stream)
        if turn is None:
            if message.kind == RecogniserRequest.ABANDON and self._listening is not None:
                self._listening.forget(message.stream)  # it had ended, and came too late
            return
        match message.kind:
            case RecogniserRequest.SOUND:
                turn.feed(message.payload)
            case RecogniserRequest.PARTIAL:
                self._look(message.stream, turn)
            case RecogniserRequest.FINISH:
                self._finish(message.stream, turn)
            case RecogniserRequest.ABANDON:
                self._end(message.stream, turn)
                if self._listening is not None:
                    self._listening.forget(message.stream)
            case _:
                pass

    def _outside_turns(self, message: HelperMessage) -> None:
        match message.kind:
            case RecogniserRequest.START:
                caller, question = message.payload[:4], questions.read(message.payload[4:])
                self._start(message.stream, int.from_bytes(caller, "little"), question)
            case RecogniserRequest.FORGET:
                self._callers.pop(message.stream, None)
            case _ if self._short is not None:
                self._short.read(message.stream, message.payload)
            case _:
                self._answers.short(message.stream, ShortReading("", 0.0))

    def _start(self, stream: int, caller: int, question: OpenQuestion) -> None:
        centring = self._callers.get(caller) or Centring(self._network.centre)
        front_end = FrontEnd(self._network, centring)
        decoded = DecodedTurn(self._decoders.take(), front_end, caller, question.expecting.value)
        track = None if self._tracks is None else self._tracks.begin()
        self._turns[stream] = OpenTurn(decoded, question, track)

    def _look(self, stream: int, turn: OpenTurn) -> None:
        """The words so far: Whisper's, when it is free; it is asked whenever the caller pauses."""
        words = turn.decoded.text()
        if self._listening is not None:
            self._answers.meanwhile(stream, words)
        began = self._listening is not None and self._listening.ahead(stream, turn.utterance(words))
        if not began:
            self._answers.words_so_far(stream, words)

    def _finish(self, stream: int, turn: OpenTurn) -> None:
        words = self._end(stream, turn)
        if self._listening is not None:
            self._answers.meanwhile(stream, words)
            self._listening.finish(stream, turn.utterance(words))
        else:
            self._answers.tell(Purpose.FINAL, stream, HearingVerdict(words, None, Ear.POCKETSPHINX))

    def _end(self, stream: int, turn: OpenTurn) -> str:
        del self._turns[stream]
        if self._tracks is not None:
            self._tracks.end(turn.track)
        decoded = turn.decoded
        text = decoded.finish()
        while len(self._callers) >= CALLERS_KEPT:
            del self._callers[next(iter(self._callers))]
        self._callers[decoded.caller] = decoded.front_end.centring.carry()
        self._decoders.give_back(decoded.decoder)
        return text


def main() -> None:
    """Recognise until standard input ends."""
    stand_back(int(sys.argv[2]))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for who started us; calls may go on
    out = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # a library's print must not break messages
    request = json.loads(Path(sys.argv[1]).read_text())
    business = Business.model_validate(request["business"])
    both = Ears(request["ears"]) is Ears.BOTH
    spoken = language.build(business, Path(request["cache"]))
    clock = SystemClock()
    answers = Answers(out, clock)
    listening = _listening(business, spoken, answers, clock) if both else None
    short = _short_sounds(answers) if both else None
    decoders = Decoders(spoken, alone=not both)
    recogniser = Recogniser(decoders, Network.load(), answers, listening, short)
    answers.ready()
    while (message := read_message(sys.stdin.buffer)) is not None:
        recogniser.serve(message)
        answers.works()
    os._exit(0)  # the listening thread may be in the model, which does not end by itself


def _listening(
    business: Business, spoken: language.Language, answers: Answers, clock: Clock
) -> Listening:
    from pipelines.offline.listener import TwoEars  # noqa: PLC0415 - who hears with pocketsphinx alone does not load the model

    threading.excepthook = _ends_everything
    listening = Listening(TwoEars.load(business, spoken), answers.tell, clock)
    listening.start()
    return listening


def _short_sounds(answers: Answers) -> ShortSoundReader | None:
    from pipelines.offline.short_sound_reader import ShortSoundReader  # noqa: PLC0415 - as above
    from pipelines.offline.whisper.model import Whisper, installed_folder  # noqa: PLC0415

    folder = installed_folder()
    if folder is None:
        return None
    reader = ShortSoundReader(Whisper(folder, threads=1), answers.short)
    reader.start()
    return reader


def _ends_everything(args: threading.ExceptHookArgs) -> None:
    """Without its listener the process is no good: it is started again."""
    sys.excepthook(args.exc_type, args.exc_value or args.exc_type(), args.exc_traceback)
    os._exit(1)


if __name__ == "__main__":
    main()
