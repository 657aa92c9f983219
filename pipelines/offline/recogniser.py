"""Offline recognition: the client of the recognising process.

A `CallerStream` belongs to one call: what the process learns about its line (loudness, colour) is
carried from turn to turn. An `Utterance` is one turn: feed it sound, look at the transcript so far,
finish it.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from pathlib import Path
from typing import Self

from pipelines.offline import questions
from pipelines.offline.ear_load import EarLoad
from pipelines.offline.helper import START_S, Helper, Stream
from pipelines.offline.messages import HelperMessage
from pipelines.offline.priority import NICENESS
from pipelines.offline.short_sounds import ShortReading, ShortSoundEars
from pipelines.offline.verdict import CHEAP_CONFIDENCE, Ear, HearingVerdict
from voiceagent.core.beside import beside
from voiceagent.core.clock import Clock, SystemClock
from voiceagent.domain.business import Business
from voiceagent.domain.open_question import NOTHING_ASKED, OpenQuestion
from voiceagent.errors import Unavailable

Heard = Callable[[HearingVerdict], None]
"""Told of every turn that has ended."""


class RecogniserRequest(IntEnum):
    """What the client sends. The stream is the utterance; for FORGET it is the caller.

    SHORT: all of a short sound, which belongs to no turn.
    """

    START = 1
    SOUND = 2
    PARTIAL = 3
    FINISH = 4
    ABANDON = 5
    FORGET = 6
    SHORT = 7


class RecogniserAnswer(IntEnum):
    """What the process answers; 0 is its "ready".

    MEANWHILE: pocketsphinx's words, at once, where those of both come later.
    """

    PARTIAL = 1
    FINAL = 2
    FAILED = 3
    SHORT = 4
    MEANWHILE = 5


class Ears(StrEnum):
    """What listens. POCKETSPHINX: the language of the business alone; BOTH: Whisper beside it."""

    POCKETSPHINX = "pocketsphinx"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Recognition:
    """A finished turn.

    Attributes:
        text: its words in lower case, ``""`` when there were none.
        confidence: how likely they are right, 0..1; ``None`` when nobody can tell.
    """

    text: str
    confidence: float | None = None


class RecogniserClient:
    """Recognises for all calls of a worker.

    Args:
        business: whose callers are listened to; the language model is made for them.
        cache: folder for the built language model; must not contain white space.
        niceness: by how much the process stands back for ours.
        start_s: how long the process may take to be ready.
        ears: what listens.
        clock: when turns end.
    """

    def __init__(
        self,
        business: Business,
        cache: Path,
        *,
        niceness: int = NICENESS,
        start_s: float = START_S,
        ears: Ears = Ears.BOTH,
        clock: Clock | None = None,
    ) -> None:
        self._request = {
            "business": business.model_dump(mode="json"),
            "cache": str(cache.resolve()),
            "ears": ears.value,
        }
        self._helper = Helper(
            "pipelines.offline.recogniser_process",
            (*self._arguments(cache), str(niceness)),
            start_s=start_s,
        )
        self._callers = 0
        self._clock = clock or SystemClock()
        self._ears = ears
        self._load = EarLoad()
        reads = ears is Ears.BOTH
        self.second_look = ShortSoundEars(self.read_short, self._clock) if reads else None
        """Reads short sounds over our speech; ``None`` where no ear can."""
        self._turns: Counter[str] = Counter()

    def _arguments(self, cache: Path) -> tuple[str, ...]:
        cache.mkdir(parents=True, exist_ok=True)
        text = json.dumps(self._request, sort_keys=True)
        digest = hashlib.sha256(text.encode()).hexdigest()[:16]
        request = cache / f"request-{digest}.json"  # engines of other businesses share the folder
        request.write_text(text)
        return (str(request),)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Self]:
        """Keep the process running for a block; `Unavailable` when it does not start."""
        async with self._helper.running():
            if self.second_look is None:
                yield self
                return
            async with beside(self.second_look.run()):
                yield self

    async def read_short(self, pcm_8k: bytes) -> ShortReading:
        """What a sound says that belongs to no turn.

        Raises:
            Unavailable: the process died, or hangs.
        """
        stream = self._helper.open()
        try:
            self._helper.send(RecogniserRequest.SHORT, stream.number, pcm_8k)
            return ShortReading.read((await stream.get()).payload)
        finally:
            self._helper.close(stream)

    @property
    def pid(self) -> int | None:
        """Of the process, ``None`` while it is being restarted."""
        return self._helper.pid

    @property
    def restarts(self) -> int:
        """Times the process had to be started again."""
        return self._helper.restarts

    @property
    def turns(self) -> Mapping[str, int]:
        """Turns that ended so far, by the ear whose words they have (`Ear`)."""
        return self._turns

    @property
    def takes_more(self) -> bool:
        """Whether one more call would be understood in time."""
        return self._load.takes_more(self._clock.monotonic())

    def caller(self) -> CallerStream:
        """A stream for a new call."""
        self._callers += 1
        return CallerStream(self._helper, self._callers, self._heard)

    def _heard(self, verdict: HearingVerdict) -> None:
        self._turns[verdict.by.value] += 1
        late = verdict.by is Ear.POCKETSPHINX_ALONE and self._ears is Ears.BOTH
        self._load.heard(self._clock.monotonic(), late=late)


class CallerStream:
    """Listens to one caller, one turn at a time."""

    def __init__(self, helper: Helper, number: int, heard: Heard) -> None:
        self._helper = helper
        self._number = number
        self._heard = heard

    def start(self, question: OpenQuestion = NOTHING_ASKED) -> Utterance:
        """Begin a turn.

        Args:
            question: what was asked; makes its answers likelier, and none impossible.

        Raises:
            Unavailable: ``helper.…`` while the process is being restarted.
        """
        stream = self._helper.open()
        try:
            payload = self._number.to_bytes(4, "little") + questions.written(question)
            self._helper.send(RecogniserRequest.START, stream.number, payload)
        except Unavailable:
            self._helper.close(stream)
            raise
        return Utterance(self._helper, stream, self._heard)

    def close(self) -> None:
        """The call is over: forget its line."""
        try:
            self._helper.send(RecogniserRequest.FORGET, self._number)
        except Unavailable:
            return  # a process that is gone remembers nothing


class Utterance:
    """One turn. All methods but `abandon` raise `Unavailable` when the process died."""

    def __init__(self, helper: Helper, stream: Stream, heard: Heard) -> None:
        self._helper = helper
        self._stream = stream
        self._heard = heard
        self._unanswered = 0
        self.meanwhile: str | None = None
        """What pocketsphinx has heard, while both ears are waited for."""

    def feed(self, pcm_8k: bytes) -> None:
        """More sound: 16-bit PCM at 8 kHz, any length; returns at once."""
        self._helper.send(RecogniserRequest.SOUND, self._stream.number, pcm_8k)

    async def partial(self) -> str:
        """The words so far. May be cancelled; the next answer is still the newest."""
        self._helper.send(RecogniserRequest.PARTIAL, self._stream.number)
        self._unanswered += 1
        while True:
            words = (await self._answer(RecogniserAnswer.PARTIAL)).decode()
            self._unanswered -= 1
            if self._unanswered == 0:
                return words

    async def finish(self, patience_s: float | None = None) -> Recognition:
        """The words of the whole turn. Nothing can be fed afterwards.

        Args:
            patience_s: after so long pocketsphinx's words will do, if they are there; ``None``:
                both ears are waited for.
        """
        self.meanwhile = None
        try:
            self._helper.send(RecogniserRequest.FINISH, self._stream.number)
            async with asyncio.timeout(patience_s):
                verdict = HearingVerdict.read(await self._answer(RecogniserAnswer.FINAL))
        except TimeoutError:
            verdict = await self._what_there_is()
        finally:
            self._helper.close(self._stream)
        self._heard(verdict)
        return Recognition(verdict.text, verdict.confidence)

    async def _what_there_is(self) -> HearingVerdict:
        """Pocketsphinx's words; where they are not there either, whichever come first."""
        while self.meanwhile is None:
            message = await self._stream.get()
            if message.kind == RecogniserAnswer.FINAL:
                return HearingVerdict.read(message.payload)
            self._note(message)
        with suppress(Unavailable):  # a process that is gone listens no more anyway
            self._helper.send(RecogniserRequest.ABANDON, self._stream.number)
        return HearingVerdict(self.meanwhile, CHEAP_CONFIDENCE, Ear.POCKETSPHINX_ALONE)

    def abandon(self) -> None:
        """Nobody wants to know any more."""
        self._helper.close(self._stream)
        try:
            self._helper.send(RecogniserRequest.ABANDON, self._stream.number)
        except Unavailable:
            return  # it is gone anyway

    async def _answer(self, kind: RecogniserAnswer) -> bytes:
        while True:
            message = await self._stream.get()
            if message.kind == kind:
                return message.payload
            self._note(message)

    def _note(self, message: HelperMessage) -> None:
        """Keep what is worth keeping of an answer that nobody waits for."""
        if message.kind == RecogniserAnswer.MEANWHILE:
            self.meanwhile = message.payload.decode()
        elif message.kind == RecogniserAnswer.FAILED:
            raise Unavailable("recogniser.failed", message.payload.decode())
