"""The cells of the matrix, and what is asked of each.

In every cell the first provider of a kind fails from a moment on, for good: when it is connected
to, when its first answer begins, or within an answer after a turn that went well.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import product
from typing import Final

import numpy as np

from loadtest.bench.server.failover.call import GREETING, REPLIES, MatrixCall, serve
from loadtest.bench.server.failover.marked import MarkedWords, SoundedWord
from loadtest.simulator.g711 import Samples
from loadtest.simulator.providers.cartesia import CartesiaEmulator
from loadtest.simulator.providers.deepgram import DeepgramEmulator
from loadtest.simulator.providers.faults import (
    FaultMoment,
    FaultName,
    FaultScript,
    ProviderFault,
)
from loadtest.simulator.providers.hearing import Recognise
from loadtest.simulator.providers.latency import (
    FIRST_SOUND,
    NO_DELAY,
    RECOGNITION,
    DelayDraws,
)
from loadtest.simulator.providers.serving import listening
from pipelines.failover.report import FailoverReport
from pipelines.failover.stt import ChainedSTT
from pipelines.failover.tts import ChainedTTS, VoiceChain
from pipelines.providers.cartesia.client import CartesiaAccount, CartesiaClient
from pipelines.providers.cartesia.tts import cartesia_speech
from pipelines.providers.deepgram.stt import DeepgramAccount, NovaSTT
from pipelines.providers.spec import AskExpecting, MakeStt
from pipelines.ready_speech import Render, SpeechPiece
from voiceagent.core.failover.chain import ChainKind, ProviderChain
from voiceagent.dialogue.house.wording import TOO_SLOW
from voiceagent.language.en_us.speak import SpokenToken, speakable

KEY: Final = "emulated-0000"
WAIT_S: Final = 2.5
"""Of faults that wait: longer than any deadline of ours."""

MOST_S: Final = 4.0
MOST_P95_S: Final = 2.5
"""R5: the longest silence a caller may sit through in any cell, and 19 of 20 of the longest."""

NEAR_WORDS: Final = 2

KINDS: Final = (ChainKind.STT, ChainKind.TTS)


@dataclass(frozen=True, slots=True)
class Cell:
    """What fails, how and when."""

    kind: ChainKind
    fault: FaultName
    moment: FaultMoment

    def __str__(self) -> str:
        return f"{self.kind} {self.fault} {self.moment}"

    @property
    def script(self) -> ProviderFault:
        """As the emulator has it."""
        after = 2 if self.kind is ChainKind.STT else 7
        return ProviderFault(self.fault, self.moment, times=None, after=after, wait_s=WAIT_S)


CELLS: Final = tuple(Cell(*one) for one in product(KINDS, FaultName, FaultMoment))


@dataclass(frozen=True, slots=True)
class CellParts:
    """What all cells of a run share.

    Attributes:
        words: of all who speak.
        turns: what callers say.
        expected: for each, the texts that count as understood.
        exact: whether nothing else does; a recogniser that makes mistakes of its own may differ in
            a third of the words (`near`).
        recognise: what the emulated Deepgram hears.
        backup_stt: what makes the recogniser behind it.
        backup_voice: the voice behind the emulated Cartesia, in marked sound.
        hosted: whether the emulators take as long as hosted services do.
        streams: places of recognisers that tell words as they come.
    """

    words: MarkedWords
    turns: Sequence[Samples]
    expected: Sequence[frozenset[str]]
    recognise: Recognise
    backup_stt: MakeStt
    backup_voice: Render
    hosted: bool = False
    exact: bool = True
    streams: tuple[int, ...] = (0,)


@dataclass(slots=True)
class CellFinding:
    """What came of a cell; `misses` is empty when it is as it should be."""

    cell: Cell
    gaps_s: Sequence[float] = ()
    misses: list[str] = field(default_factory=list)
    failovers: dict[str, int] = field(default_factory=dict)

    @property
    def worst_s(self) -> float:
        """The longest silence."""
        return max(self.gaps_s, default=0.0)

    @property
    def line(self) -> str:
        """For people."""
        took = ", ".join(f"{name} {count}" for name, count in self.failovers.items()) or "-"
        verdict = "; ".join(self.misses) or "ok"
        return f"{self.cell!s:36} longest silence {self.worst_s:4.2f} s  {took:42} {verdict}"


async def run(cell: Cell, stage: CellParts) -> CellFinding:
    """One cell: a call of its own, with providers and chains of its own."""
    faults = FaultScript()
    if cell.moment is not FaultMoment.MID_STREAM:
        faults.add(cell.script)

    def before(turn: int) -> None:
        if cell.moment is FaultMoment.MID_STREAM and turn == 1:
            faults.add(cell.script)

    report = FailoverReport()
    async with AsyncExitStack() as stack:
        hears = faults if cell.kind is ChainKind.STT else FaultScript()
        speaks = faults if cell.kind is ChainKind.TTS else FaultScript()
        make_stt = await stack.enter_async_context(hearing(stage, hears, report))
        voices = await stack.enter_async_context(speaking(stage, speaks, report))
        result = await serve(make_stt, ChainedTTS(voices), stage.turns, before)
    counts = {
        f"{failed}>{to}:{reason}": count
        for (_, failed, to, reason), count in report.counts.by.items()
        if count
    }
    finding = CellFinding(cell, result.line.gaps_s, failovers=counts)
    finding.misses += _misses(result, stage)
    if finding.worst_s > MOST_S:
        finding.misses.append(f"silent for more than {MOST_S:g} s")
    return finding


def p95_s(findings: Sequence[CellFinding]) -> float:
    """Of the longest silences of the cells."""
    return float(np.percentile([one.worst_s for one in findings], 95))


@asynccontextmanager
async def hearing(
    stage: CellParts, faults: FaultScript, report: FailoverReport
) -> AsyncIterator[MakeStt]:
    """A chain of our client on an emulated Deepgram and what is behind it."""
    delays = DelayDraws(RECOGNITION if stage.hosted else NO_DELAY)
    emulator = DeepgramEmulator(stage.recognise, key=KEY, faults=faults, delays=delays)
    async with listening(emulator.app()) as url:
        account = DeepgramAccount(url, "nova-3", KEY)
        chain = ProviderChain(ChainKind.STT, ("deepgram", "backup"), report)

        def make(expecting: AskExpecting) -> ChainedSTT:
            return ChainedSTT(
                chain, (lambda _: NovaSTT(account), stage.backup_stt), expecting, stage.streams
            )

        yield make  # type: ignore[misc]  # a chain is used where one recogniser is


@asynccontextmanager
async def speaking(
    stage: CellParts, faults: FaultScript, report: FailoverReport
) -> AsyncIterator[VoiceChain]:
    """A chain of our client on an emulated Cartesia and what is behind it."""

    async def voice(text: str) -> bytes:
        return stage.words.sound(text).astype("<i2").tobytes()

    delays = DelayDraws(FIRST_SOUND if stage.hosted else NO_DELAY)
    emulator = CartesiaEmulator(voice, key=KEY, faults=faults, delays=delays)
    async with (
        listening(emulator.app()) as url,
        CartesiaClient(CartesiaAccount(url, "sonic-3.5", "voice", KEY)).running() as client,
    ):
        chain = ProviderChain(ChainKind.TTS, ("cartesia", "backup"), report)
        renders = (lambda text: cartesia_speech(client, text), stage.backup_voice)
        async with VoiceChain(chain, renders).running() as voices:
            yield voices


def marked(words: MarkedWords, timing: Render | None = None) -> Render:
    """A voice of marked sound; it comes when the sound of `timing` does."""

    async def render(text: str) -> AsyncIterator[SpeechPiece]:
        spoken = " ".join(token.spoken for token in speakable(text) if token.spoken)
        if timing is not None:
            async for _ in timing(text):
                pass
        pcm = words.sound(spoken)
        yield SpeechPiece(pcm.tobytes(), words.starts(spoken))

    return render


def _misses(result: MatrixCall, stage: CellParts) -> Iterator[str]:
    if result.broken:
        yield "the call was dropped"
    if result.unanswered:
        yield f"{result.unanswered} turns without an answer"
    if result.lost:
        yield f"the words of {result.lost} turns lost"
    for number, understood in enumerate(stage.expected):
        heard = result.heard[number] if number < len(result.heard) else "nothing"
        is_near = not stage.exact and any(near(heard, text) for text in understood)
        if heard not in understood and not is_near:
            yield f"turn {number + 1} heard as {heard!r}"
    if len(result.heard) > len(stage.expected):
        yield "a turn was heard twice"
    read = stage.words.read(np.concatenate(result.line.sound or [np.zeros(1, np.int16)]))
    sounded = without(TOO_SLOW, read)
    said = (GREETING, *REPLIES[: len(stage.turns)])
    if not result.broken and (problem := spoken_once(said, sounded)):
        yield problem


def near(heard: str, said: str) -> bool:
    """Whether a turn was heard from its beginning to its end, though not every word as it was."""
    ours, theirs = heard.split(), said.split()
    like = SequenceMatcher(None, ours, theirs, autojunk=False).ratio()
    return like >= 2 / 3 and abs(len(ours) - len(theirs)) <= NEAR_WORDS


def without(aside: str, sounded: Sequence[SoundedWord]) -> list[SoundedWord]:
    """The words without a sentence of the engine's own, wherever it was said."""
    words = [word for _, word in _words(speakable(aside))]
    left, at = list(sounded), 0
    while at < len(left):
        if [one.text for one in left[at : at + len(words)]] == words:
            del left[at : at + len(words)]
        else:
            at += 1
    return left


def spoken_once(texts: Sequence[str], sounded: Sequence[SoundedWord]) -> str:
    """What is wrong with the words that sounded; nothing if each did, in order, and none twice.

    A word that was cut off may be begun again, and with it the written thing that it is part of: a
    price, a number.
    """
    expected = [(word, first) for text in texts for first, word in _words(speakable(text))]
    firsts, at = _absolute(expected), 0
    for one in sounded:
        if not one.whole:
            continue
        if at < len(expected) and one.text == expected[at][0]:
            at += 1
            continue
        again = {firsts[place] for place in (at, at - 1) if 0 <= place < len(firsts)}
        back = next((place for place in sorted(again) if expected[place][0] == one.text), None)
        if back is None:
            return f"{one.text!r} sounded after {at} of {len(expected)} words"
        at = back + 1
    return "" if at == len(expected) else f"only {at} of {len(expected)} words sounded"


def _words(tokens: Sequence[SpokenToken]) -> Iterator[tuple[int, str]]:
    """Each spoken word with its place within its token."""
    for token in tokens:
        yield from enumerate(token.spoken.split())


def _absolute(expected: Sequence[tuple[str, int]]) -> list[int]:
    """For each word the place of the first word of its token."""
    return [place - within for place, (_, within) in enumerate(expected)]
