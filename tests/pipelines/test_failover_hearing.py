"""A chain of recognisers as one pipecat service, in virtual time: any service fits into it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import pytest
from pipecat.frames.frames import (
    Frame,
    InterimTranscriptionFrame,
    ProposedUserStoppedSpeakingFrame,
    TranscriptionFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.services.settings import STTSettings
from pipecat.services.stt_service import STTService

from loadtest.simulator.g711 import Samples
from pipelines.failover.stt import KEPT_8K, ChainedSTT
from tests.core.failover.noted import Noted
from tests.providers.emulated import Caller, listening_to, silence
from tests.support import virtual_time
from voiceagent.core.breaker import BreakerLimits
from voiceagent.core.failover.chain import ChainKind, FailoverReason, ProviderChain
from voiceagent.core.failover.recognition import HearingDeadlines
from voiceagent.domain.expecting import Expecting
from voiceagent.errors import Unavailable

TURN = silence(1.0)
LATE_S = HearingDeadlines().late_s


@dataclass
class Script:
    """What a recogniser does at the end of each turn: words, or an error; and how late.

    `finalized`: whether it says which words are its last. `partial` is told when it is asked.
    """

    words: str = "yes"
    after_s: float = 0.3
    error: Exception | None = None
    finalized: bool = True
    partial: str = ""
    confidence: float | None = None
    heard: list[int] = field(default_factory=list)
    opened: int = 0
    closed: int = 0


class Scripted(STTService):
    def __init__(self, script: Script) -> None:
        super().__init__(
            audio_passthrough=False,
            ttfs_p99_latency=0.1,
            settings=STTSettings(model="scripted", language=None),
        )
        self._script = script
        self._samples = 0
        self.confidence = script.confidence
        self._answers: list[asyncio.Task[None]] = []
        script.opened += 1

    async def cleanup(self) -> None:
        self._script.closed += 1
        for answer in self._answers:
            await self.cancel_task(answer)
        await super().cleanup()  # type: ignore[no-untyped-call]

    async def run_stt(self, audio: bytes) -> AsyncGenerator[Frame | None, None]:
        self._samples += len(audio) // 2
        yield None

    async def ask_partial(self) -> None:
        await self.push_frame(InterimTranscriptionFrame(self._script.partial, "caller", ""))

    async def _handle_vad_user_started_speaking(self, frame: VADUserStartedSpeakingFrame) -> None:
        await super()._handle_vad_user_started_speaking(frame)
        self._samples = 0

    async def _handle_vad_user_stopped_speaking(self, frame: VADUserStoppedSpeakingFrame) -> None:
        await super()._handle_vad_user_stopped_speaking(frame)
        script = self._script
        script.heard.append(self._samples)
        self._answers.append(self.create_task(self._answer(script.words, script.after_s)))

    async def _answer(self, words: str, after_s: float) -> None:
        await asyncio.sleep(after_s)
        if self._script.error is not None:
            await self.push_error(error_msg="", exception=self._script.error)
            return
        said = TranscriptionFrame(words, "caller", "")
        said.finalized = self._script.finalized
        await self.push_frame(said)


Turns = Callable[[Caller, ChainedSTT], Awaitable[None]]


def call(scripts: Sequence[Script], turns: Turns, streams: Sequence[int] = ()) -> Noted:
    watch = Noted()
    names = tuple(f"p{number}" for number in range(len(scripts)))
    chain = ProviderChain(ChainKind.STT, names, watch, BreakerLimits(failures=1))

    async def work() -> None:
        makes = [lambda _, script=script: Scripted(script) for script in scripts]
        stt = ChainedSTT(chain, makes, lambda: Expecting.ANYTHING, streams)
        async with listening_to(stt) as caller:
            await turns(caller, stt)
        assert [task for task in asyncio.all_tasks() if task is not asyncio.current_task()] == []

    virtual_time.run(work())
    for script in scripts:
        assert script.closed == script.opened
    return watch


def test_each_living_one_takes_over_and_hears_the_turn_from_its_beginning() -> None:
    down = Unavailable("x.lost", "")
    scripts = [Script(error=down), Script(after_s=9.0), Script("help me")]

    async def turns(caller: Caller, stt: ChainedSTT) -> None:
        words, after_s = await caller.says(TURN)
        assert words == "help me"
        assert after_s == pytest.approx(0.3 + LATE_S + 0.3)
        assert not stt.words_lost

    watch = call(scripts, turns)
    assert [script.heard for script in scripts] == [[len(TURN)]] * 3
    assert [(one.failed, one.to, one.reason) for one in watch.failovers] == [
        ("p0", "p1", FailoverReason.FAILED),
        ("p1", "p2", FailoverReason.SLOW),
    ]


def test_the_turn_is_as_sure_as_the_one_whose_words_it_has() -> None:
    scripts = [
        Script(error=Unavailable("x.lost", ""), confidence=0.9),
        Script("help", confidence=0.6),
    ]

    async def turns(caller: Caller, stt: ChainedSTT) -> None:
        assert (await caller.says(TURN))[0] == "help"
        assert stt.confidence == 0.6
        scripts[1].words = ""
        await caller.says(TURN)
        assert stt.confidence is None

    call(scripts, turns)


def test_who_is_left_alone_is_closed_tried_beside_and_comes_back() -> None:
    first, second = Script(error=Unavailable("x.lost", "")), Script("from the second")

    async def turns(caller: Caller, _: ChainedSTT) -> None:
        for _turn in range(2):
            words, _after = await caller.says(TURN)
            assert words == "from the second"
        assert (first.opened, first.closed, len(first.heard)) == (1, 1, 1)
        first.error, first.words = None, "from the first"
        await asyncio.sleep(5.0)
        words, after_s = await caller.says(TURN)
        assert words in {"from the second", "from the first"}
        assert after_s == pytest.approx(0.3)
        await asyncio.sleep(1.0)
        words, _after = await caller.says(TURN)
        assert words == "from the first"
        assert first.opened == 2

    call([first, second], turns)


def test_it_is_left_alone_as_long_as_it_asked_for_in_every_call() -> None:
    busy = Script(error=Unavailable("x.too_many", "", retry_after_s=60.0))

    async def turns(caller: Caller, _: ChainedSTT) -> None:
        for _turn in range(5):
            words, _after = await caller.says(TURN)
            assert words == "yes"
            await asyncio.sleep(8.0)
        assert len(busy.heard) == 1

    call([busy, Script()], turns)


def test_words_that_nobody_calls_the_last_are_taken_when_the_time_is_up() -> None:
    async def turns(caller: Caller, _: ChainedSTT) -> None:
        words, after_s = await caller.says(TURN)
        assert words == "yes"
        assert after_s == pytest.approx(LATE_S)

    watch = call([Script(finalized=False), Script("other")], turns)
    assert watch.failovers == []


class EndsItself(Scripted):
    """Has the words before the turn is over, and says so."""

    async def run_stt(self, audio: bytes) -> AsyncGenerator[Frame | None, None]:
        async for frame in super().run_stt(audio):
            yield frame
        if self._samples == len(TURN):
            said = TranscriptionFrame("told before", "caller", "")
            said.finalized = True
            yield said
            yield ProposedUserStoppedSpeakingFrame()

    async def _answer(self, words: str, after_s: float) -> None: ...


def test_who_has_told_all_when_the_turn_is_over_is_not_waited_for() -> None:
    chain = ProviderChain(ChainKind.STT, ("a", "b"), Noted())

    async def work() -> None:
        makes = [lambda _: EndsItself(Script()), lambda _: Scripted(Script("other"))]
        stt = ChainedSTT(chain, makes, lambda: Expecting.ANYTHING)
        hints: list[Frame] = []

        async def hinted(_: object, frame: Frame) -> None:
            if isinstance(frame, ProposedUserStoppedSpeakingFrame):
                hints.append(frame)

        stt.add_event_handler("on_before_push_frame", hinted)
        async with listening_to(stt) as caller:
            words, after_s = await caller.says(TURN)
            assert words == "told before"
            assert after_s == pytest.approx(0.0)
        assert len(hints) == 1

    virtual_time.run(work())


def test_words_of_an_earlier_turn_are_not_words_of_this_one() -> None:
    first = Script("old", after_s=2.2)

    async def turns(caller: Caller, _: ChainedSTT) -> None:
        assert (await caller.says(TURN))[0] == "new"
        first.after_s, first.words = 60.0, "never"
        assert (await caller.says(silence(3.0)))[0] == "new"

    call([first, Script("new")], turns)


def test_all_of_them_down_is_words_lost_at_once_and_not_silence() -> None:
    down = Unavailable("x.lost", "")

    async def turns(caller: Caller, stt: ChainedSTT) -> None:
        words, after_s = await caller.says(TURN)
        assert (words, stt.words_lost) == ("", True)
        assert after_s == pytest.approx(0.6)

    call([Script(error=down), Script(error=down)], turns)


def test_who_serves_is_asked_for_the_words_so_far() -> None:
    async def turns(caller: Caller, stt: ChainedSTT) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(caller.says(TURN))
            await asyncio.sleep(0.5)
            await stt.ask_partial()
        assert caller.partials == ["so far"]

    call([Script(partial="so far"), Script(partial="other")], turns)


def test_the_next_one_joins_a_long_turn_of_which_nothing_is_told_and_hears_all_of_it() -> None:
    first, second = Script(after_s=9.0), Script("all of it")
    sound: Samples = silence(4.0)

    async def turns(caller: Caller, _: ChainedSTT) -> None:
        words, after_s = await caller.says(sound)
        assert words == "all of it"
        assert after_s == pytest.approx(0.3)

    watch = call([first, second], turns, streams=(0,))
    assert second.heard == [len(sound)]
    assert [one.reason for one in watch.failovers] == [FailoverReason.STALLED]


def test_of_a_very_long_turn_the_end_is_kept() -> None:
    second = Script()
    seconds = KEPT_8K / 8000 + 5

    async def turns(caller: Caller, _: ChainedSTT) -> None:
        await caller.says(silence(seconds))

    call([Script(error=Unavailable("x.lost", "")), second], turns)
    assert second.heard == [KEPT_8K]
