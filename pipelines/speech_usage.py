"""What a call sends to be recognised and to be spoken, and what that costs. Sans-I/O.

A recogniser is paid for all sound that it is sent, speech or not; a voice for the characters that
it is asked to speak, heard or not. Of a chain each is paid for its own: a *place* is that of a
provider in its chain, 0 for one that stands alone. Sound goes to the caller's turn that it ended
in. Characters go to the reply whose context they were asked in: a context is a reply's, and which
one is known when its first sentence reaches the line. What belongs to none when the call is over is
a row without a turn, so that the rows sum to all that was sent. Sentences whose sound was ready
cost a call nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol, runtime_checkable

from voiceagent.core.audio.samples import RATE_8K
from voiceagent.domain.records import CallId
from voiceagent.domain.usage import SPEECH_KINDS, Usage, UsageKind, UsageRow
from voiceagent.ports.meter import SpeechCounts
from voiceagent.ports.usage import UsageRows

_SAMPLES_A_MS: Final = RATE_8K // 1000


@dataclass(frozen=True, slots=True)
class SpeechTariff:
    """Who is paid for recognition or speech, and how much.

    Attributes:
        provider: its name.
        cost: micro-cents of so many units (milliseconds or characters); ``None`` if nobody knows.
        characters: how many of them a written sentence is to the voice.
        estimated: the units are those that we gave, and the provider may count others.
    """

    provider: str
    cost: Callable[[int], int | None]
    characters: Callable[[str], int] = len
    estimated: bool = False

    def used(self, kind: UsageKind, units: int) -> Usage:
        """Units with what they cost."""
        return Usage(self.provider, kind, units, self.cost(units), self.estimated)


@dataclass(frozen=True, slots=True)
class SpeechTariffs:
    """Of a worker's recognisers and voices, by place; `counts` has what all of its calls used."""

    stt: Sequence[SpeechTariff]
    tts: Sequence[SpeechTariff]
    counts: SpeechCounts = field(default_factory=SpeechCounts)

    def spoke(self, place: int, text: str) -> None:
        """A voice was asked to speak a written text for no call."""
        units = self.tts[place].characters(text)
        self.counts.used([self.tts[place].used(UsageKind.SPOKEN_CHARACTERS, units)])


@dataclass(slots=True)
class SentSound:
    """Sound that a recogniser was sent, in samples at 8 kHz."""

    samples: int = 0


@dataclass(slots=True)
class SentBySeveral:
    """Sound that one provider was sent by several recognisers, one after the other."""

    parts: list[SentSound] = field(default_factory=list)

    @property
    def samples(self) -> int:
        """At 8 kHz."""
        return sum(part.samples for part in self.parts)


@runtime_checkable
class CountsSound(Protocol):
    """A recogniser that knows what it has sent: silence and repetitions too."""

    @property
    def sent(self) -> SentSound:
        """So far; outlives the pipeline (`break_cycles`)."""
        ...


class SpeechRows:
    """A call's rows of recognition and speech, which have numbers of their own, from 0.

    Args:
        call_id: whose they are.
        rows: where they are kept.
        known: the call was served before, and may have some.
    """

    def __init__(self, call_id: CallId, rows: UsageRows, *, known: bool) -> None:
        self._call_id = call_id
        self._rows = rows
        self._next = None if known else 0

    async def add(self, turn: int | None, used: Usage) -> None:
        """Store one; one after another."""
        if self._next is None:
            kept = await self._rows.of_call(self._call_id)
            numbers = [row.index for row in kept if row.usage.kind in SPEECH_KINDS]
            self._next = max(numbers, default=-1) + 1
        row = UsageRow(self._next, turn, used)
        self._next += 1
        await self._rows.add(self._call_id, [row])


Put = Callable[[Callable[[], Awaitable[object]]], None]
"""Queues a write: `Recorder.put`."""


class SpeechUsage:
    """What one call has used.

    Args:
        tariffs: what is paid for; without them nothing is.
        rows: the call's.
    """

    def __init__(
        self, tariffs: SpeechTariffs | None = None, rows: SpeechRows | None = None
    ) -> None:
        self._tariffs = tariffs
        self._rows = rows
        self._put: Put | None = None
        self._sent: tuple[SentSound | SentBySeveral, ...] = ()
        self._told_ms: list[int] = []
        self._characters: Counter[tuple[str, int]] = Counter()
        self._context = ""
        self._reply_of: dict[str, int] = {}

    def written_by(self, put: Put) -> None:
        """Rows are written by this from now on."""
        self._put = put

    def hearing(self, *sent: SentSound | SentBySeveral) -> None:
        """The call's recognisers count here what they are sent, by place."""
        self._sent, self._told_ms = sent, [0] * len(sent)

    def asked(self, context_id: str, text: str, place: int = 0) -> None:
        """A voice was asked to speak a written text, in a context that is one reply's."""
        if self._tariffs is not None:
            self._characters[context_id, place] += self._tariffs.tts[place].characters(text)

    def speaks_in(self, context_id: str) -> None:
        """What is asked for next (`asked_now`) is of this context."""
        self._context = context_id

    def asked_now(self, place: int, text: str) -> None:
        """As `asked`, in the context that was named last."""
        self.asked(self._context, text, place)

    def placed(self, context_id: str, reply: int) -> None:
        """A sentence of that context has reached the line in this reply."""
        self._reply_of.setdefault(context_id, reply)

    def turn_over(self, turn: int | None) -> None:
        """The sound since the last turn belongs to this one; ``None`` when it had no words."""
        if self._tariffs is None:
            return
        for place, (tariff, sent) in enumerate(zip(self._tariffs.stt, self._sent, strict=False)):
            ms = sent.samples // _SAMPLES_A_MS - self._told_ms[place]
            self._told_ms[place] += ms
            self._used(turn, tariff, UsageKind.RECOGNISED_MS, ms)

    def reply_over(self, reply: int, turn: int | None) -> None:
        """Nothing more is said in this reply, nor in any before it.

        Args:
            reply: its number.
            turn: the caller's turn that it answered.
        """
        self._spoken(turn, {one for one, number in self._reply_of.items() if number <= reply})

    def call_over(self) -> None:
        """Nothing more will be sent: what belongs to no turn and no reply is told too."""
        self.turn_over(None)
        self._spoken(None, {context for context, _ in self._characters})

    def _spoken(self, turn: int | None, contexts: Iterable[str]) -> None:
        over = frozenset(contexts)
        units: Counter[int] = Counter()
        for context, place in [key for key in self._characters if key[0] in over]:
            units[place] += self._characters.pop((context, place))
        for context in over:
            self._reply_of.pop(context, None)
        for place in sorted(units):
            if self._tariffs is not None:
                tariff = self._tariffs.tts[place]
                self._used(turn, tariff, UsageKind.SPOKEN_CHARACTERS, units[place])

    def _used(self, turn: int | None, tariff: SpeechTariff, kind: UsageKind, units: int) -> None:
        """One record feeds the counters and the row."""
        if self._tariffs is None or units <= 0:
            return
        used = tariff.used(kind, units)
        self._tariffs.counts.used([used])
        if self._rows is not None and self._put is not None:
            rows = self._rows
            self._put(lambda: rows.add(turn, used))
