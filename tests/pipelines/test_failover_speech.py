"""A chain of voices, in virtual time: no sentence lost or said twice, and nobody is silent long."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loadtest.bench.server.failover.cells import spoken_once
from loadtest.bench.server.failover.marked import MarkedWords
from loadtest.simulator.g711 import Samples
from pipelines.cascade import Cascade
from pipelines.failover.tts import ChainedTTS, VoiceChain
from pipelines.pipeline import CallSeat
from pipelines.ready_speech import Render, SpeechPiece
from pipelines.reply_source import sentences
from pipelines.session import APOLOGY
from tests.core.failover.noted import Noted
from tests.pipelines.rig import ScriptedSTT, budget_parts, paper_call
from tests.support import virtual_time
from voiceagent.core.breaker import BreakerLimits, BreakerState
from voiceagent.core.failover.chain import ChainKind, FailoverReason, ProviderChain
from voiceagent.core.failover.speech import SpeechDeadlines
from voiceagent.core.wire import LineEnd
from voiceagent.dialogue.acts import Say
from voiceagent.errors import OwnerFixable, Unavailable
from voiceagent.language.en_us.speak import speakable

TEXT = "The visit is $248, tonight between nine and eleven."
WORDS = MarkedWords()
WAITS = SpeechDeadlines()
CHUNK = 1600


@dataclass(frozen=True)
class Ends:
    """How a voice ends a sentence: after so many chunks, by an error, by silence or too soon."""

    after: int
    by: Exception | None = None
    waits_s: float = 0.0
    timed: bool = True


GOOD = Ends(10_000)
DOWN = Ends(0, Unavailable("x.refused", ""))
FAULTS = {
    "good": GOOD,
    "good, untimed": Ends(10_000, timed=False),
    "down": DOWN,
    "busy": Ends(0, Unavailable("x.too_many", "", retry_after_s=30.0)),
    "wrong key": Ends(0, OwnerFixable("x.key_refused", "")),
    "breaks": Ends(0, RuntimeError("a provider's own bug")),
    "never begins": Ends(0, waits_s=600.0),
    "empty": Ends(0),
    "cut off": Ends(6, Unavailable("x.lost", "")),
    "cut off, untimed": Ends(6, Unavailable("x.lost", ""), timed=False),
    "stalls": Ends(9, waits_s=600.0),
}


def voice(ends: Ends, asked: list[str]) -> Render:
    async def render(text: str) -> AsyncIterator[SpeechPiece]:
        asked.append(text)
        spoken = " ".join(token.spoken for token in speakable(text) if token.spoken)
        pcm, starts = WORDS.sound(spoken), WORDS.starts(spoken) if ends.timed else ()
        for number, at in enumerate(range(0, len(pcm), CHUNK)):
            if number == ends.after:
                break
            yield SpeechPiece(pcm[at : at + CHUNK].tobytes(), () if number else starts)
        else:
            return
        if ends.waits_s:
            await asyncio.sleep(ends.waits_s)
        if ends.by is not None:
            raise ends.by

    return render


@dataclass
class Rig:
    """A chain of voices, what each was asked, and what was told of it."""

    asked: list[list[str]]
    watch: Noted
    voices: VoiceChain


def rig(faults: Sequence[Ends]) -> Rig:
    asked: list[list[str]] = [[] for _ in faults]
    watch = Noted()
    names = tuple(f"v{number}" for number in range(len(faults)))
    chain = ProviderChain(ChainKind.TTS, names, watch, BreakerLimits(failures=1))
    renders = [voice(one, said) for one, said in zip(faults, asked, strict=True)]
    return Rig(asked, watch, VoiceChain(chain, renders))


async def said(voices: VoiceChain, text: str = TEXT) -> tuple[Samples, float, str]:
    """The sound of a sentence, the longest silence in it, and the code it ended with."""
    loop = asyncio.get_running_loop()
    sound: list[Samples] = [np.zeros(1, np.int16)]
    plays_s, longest_s, code = loop.time(), 0.0, ""
    try:
        async with aclosing(voices.speak(text)) as pieces:
            async for piece in pieces:
                longest_s = max(longest_s, loop.time() - plays_s)
                plays_s = max(plays_s, loop.time()) + piece.samples / 8000
                sound.append(np.frombuffer(piece.pcm_8k, np.int16))
    except Unavailable as error:
        code = error.code
        longest_s = max(longest_s, loop.time() - plays_s)
    return np.concatenate(sound), longest_s, code


@given(st.lists(st.sampled_from(sorted(FAULTS)), min_size=1, max_size=4))
@settings(max_examples=60, deadline=None)
def test_a_sentence_is_said_once_by_whoever_is_well_and_nobody_is_silent_long(
    names: list[str],
) -> None:
    async def work() -> None:
        made = rig([FAULTS[name] for name in names])
        async with made.voices.running():
            sound, silent_s, code = await said(made.voices)
        assert silent_s <= WAITS.silence_s + 1e-6
        sounded = WORDS.read(sound)
        untimed = any("untimed" in name for name in names)
        waited = sum(name in {"never begins", "stalls"} for name in names[:-1])
        if any(name.startswith("good") for name in names) and waited < 3:
            assert code == ""
            if not untimed:  # else some words may be said again: nobody knows where it was cut
                assert not spoken_once([TEXT], sounded)
            assert [one.text for one in sounded if one.whole][-1] == "eleven."
        else:
            assert code in {"", "tts.exhausted"}

    virtual_time.run(work())


def test_a_voice_is_tried_beside_the_one_that_speaks_and_speaks_again() -> None:
    async def work() -> None:
        made = rig([DOWN, GOOD])
        async with made.voices.running():
            await asyncio.sleep(0)
            await said(made.voices)
            await said(made.voices)
            assert [len(one) for one in made.asked] == [1, 2]
            await asyncio.sleep(6.0)
            await said(made.voices)  # a trial, which fails
            await asyncio.sleep(1.0)
            assert [len(one) for one in made.asked] == [2, 3]
            made.voices._renders = (voice(GOOD, made.asked[0]), made.voices._renders[1])
            await asyncio.sleep(12.0)
            await said(made.voices)  # another, which does not
            await asyncio.sleep(1.0)
            assert [len(one) for one in made.asked] == [3, 4]
            await said(made.voices)
            assert [len(one) for one in made.asked] == [4, 4]
        assert [one.reason for one in made.watch.failovers] == [FailoverReason.FAILED]

    virtual_time.run(work())


@pytest.mark.parametrize("broken", [Ends(0, RuntimeError()), Ends(0, waits_s=600.0)])
def test_a_trial_that_breaks_or_hangs_ends_nothing(broken: Ends) -> None:
    async def work() -> None:
        made = rig([broken, GOOD])
        async with made.voices.running():
            await asyncio.sleep(0)
            for _ in range(4):
                _, _, code = await said(made.voices)
                assert code == ""
                await asyncio.sleep(20.0)

    virtual_time.run(work())


def test_what_has_no_words_asks_nobody() -> None:
    async def work() -> None:
        made = rig([GOOD, GOOD])
        assert (await said(made.voices, "\u2014"))[2] == ""
        assert made.asked == [[], []]

    virtual_time.run(work())


def test_a_sentence_that_the_caller_cuts_off_is_closed_and_no_failure() -> None:
    async def work() -> None:
        made = rig([DOWN, Ends(9, waits_s=600.0)])
        async with aclosing(made.voices.speak(TEXT)) as pieces:
            async for _ in pieces:
                break
        assert made.voices._chain.state(1) is BreakerState.CLOSED
        assert len(made.watch.failovers) == 1

    virtual_time.run(work())


async def test_a_call_without_any_voice_ends_by_its_last_words_and_not_in_silence() -> None:
    made = rig([DOWN, DOWN])

    def make(seat: CallSeat) -> Cascade:
        return Cascade(seat.session, seat.line, ScriptedSTT(deque()), ChainedTTS(made.voices))

    ready = await budget_parts(sentences(APOLOGY))
    async with (
        made.voices.running(),
        paper_call({"greet": (Say("Hello there."),)}, make=make, budget=ready) as call,
    ):
        async with asyncio.timeout(5):
            while not call.line.closing:
                call.line.changed.clear()
                await call.line.changed.wait()
        assert call.session.broken
        (words,) = call.line.sound
        assert call.line.last_words == words
    assert call.running.result() is LineEnd.FAILED
