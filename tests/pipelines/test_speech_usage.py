"""What is sent to be heard and spoken: each unit in one row, its price known or unknown."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from pipelines.budget_watch import BudgetParts
from pipelines.parts import SpeechParts, speech_parts
from pipelines.providers.cartesia.specs import CARTESIA
from pipelines.providers.deepgram.specs import DEEPGRAM, DEEPGRAM_FLUX
from pipelines.providers.house.llm import HOUSE
from pipelines.providers.offline.specs import ESPEAK_NG, PICO, POCKETSPHINX
from pipelines.providers.pipecat.specs import by_name
from pipelines.providers.registry import SHIPPED, Chosen
from pipelines.providers.spec import (
    MakeStt,
    OpenVoice,
    ProviderKind,
    ProviderPrice,
    ProviderSite,
    ProviderSpec,
    SttCapabilities,
    SttProvider,
    TtsCapabilities,
    TtsProvider,
    Unit,
)
from pipelines.ready_speech import SpeechPiece
from pipelines.speech_ends import stt_tariff, tts_tariff
from pipelines.speech_usage import SentSound, SpeechRows, SpeechTariff, SpeechTariffs, SpeechUsage
from tests.pipelines.rig import (
    LOST,
    PaperCall,
    ScriptedSTT,
    ScriptedTTS,
    paper_call,
    scripted_speech,
)
from tests.pipelines.scripted import CALL
from tests.support.virtual_time import run
from voiceagent.core.clock import SystemClock
from voiceagent.dialogue.acts import Say, Step
from voiceagent.domain.business_file import load_business
from voiceagent.domain.usage import Usage, UsageKind, UsageRow
from voiceagent.errors import Unavailable
from voiceagent.ports.meter import SpeechCounts
from voiceagent.store.memory import MemoryStore

BUSINESS = load_business("business/coolcare.toml")
SOUND, TEXT = UsageKind.RECOGNISED_MS, UsageKind.SPOKEN_CHARACTERS
PIECE = bytes(960)
"""60 ms."""


# --- prices ---------------------------------------------------------------------------------------


@given(
    st.decimals(0, 100, places=4),
    st.sampled_from(Unit),
    st.integers(0, 10**9),
)
def test_a_cost_is_the_price_to_half_a_micro_cent(usd: Decimal, per: Unit, units: int) -> None:
    price = ProviderPrice(usd, per, date(2026, 1, 1), "https://example.com")
    exact = Fraction(usd) * 10**8 * units / per.counted
    assert abs(price.cost(units) - exact) <= Fraction(1, 2)


def here(**settings: str) -> ProviderSite:
    return ProviderSite(
        BUSINESS, Path(), {name: SecretStr(value) for name, value in settings.items()}
    )


UNKNOWN = None
PIPECAT_STT = by_name(ProviderKind.STT, "pipecat:deepgram.stt.DeepgramSTTService")


@pytest.mark.parametrize(
    ("provider", "site", "units", "micro_cents"),
    [
        (DEEPGRAM, here(), 60_000, 480_000),
        (DEEPGRAM, here(), 1, 8),
        (DEEPGRAM, here(DEEPGRAM_MODEL="nova-3"), 60_000, 480_000),
        (DEEPGRAM, here(DEEPGRAM_MODEL="nova-9"), 60_000, UNKNOWN),
        (DEEPGRAM_FLUX, here(), 60_000, UNKNOWN),
        (CARTESIA, here(), 1000, 3_920_000),
        (CARTESIA, here(CARTESIA_MODEL="sonic-9"), 1000, UNKNOWN),
        (PIPECAT_STT, here(), 60_000, UNKNOWN),
        (POCKETSPHINX, here(), 60_000, 0),
        (PICO, here(), 1000, 0),
        (ESPEAK_NG, here(), 1000, 0),
    ],
)
def test_what_is_known_is_told_and_the_rest_is_unknown(
    provider: ProviderSpec, site: ProviderSite, units: int, micro_cents: int | None
) -> None:
    assert site.cost(provider, units) == micro_cents


@given(st.sampled_from(SHIPPED), st.integers(1, 10**7))
def test_only_this_machine_is_free(provider: ProviderSpec, units: int) -> None:
    assert (here().cost(provider, units) == 0) == provider.private


def test_units_that_nobody_counts_are_estimates() -> None:
    with_count, without = OpenVoice(ScriptedTTS, characters=len), OpenVoice(ScriptedTTS)
    assert not tts_tariff(CARTESIA, here(), with_count).estimated
    assert tts_tariff(CARTESIA, here(), without).estimated
    estimated = {one.name: stt_tariff(one, here()).estimated for one in STTS}
    assert estimated == {one.name: one is PIPECAT_STT for one in STTS}


@pytest.mark.parametrize(
    ("provider", "micro_cents"), [(DEEPGRAM, 480_000), (DEEPGRAM_FLUX, UNKNOWN), (POCKETSPHINX, 0)]
)
def test_a_minute_costs_what_its_provider_asks(
    provider: SttProvider, micro_cents: int | None
) -> None:
    used = stt_tariff(provider, here()).used(SOUND, 60_000)
    assert used == Usage(provider.name, SOUND, 60_000, micro_cents)


STTS = [provider for provider in (*SHIPPED, PIPECAT_STT) if isinstance(provider, SttProvider)]


# --- one call, without a pipeline -----------------------------------------------------------------


def a_tariff(provider: str, each: int | None) -> SpeechTariff:
    return SpeechTariff(provider, lambda units: None if each is None else units * each)


class Book:
    """A call's usage whose rows are written when they are read."""

    def __init__(self, each: int | None = 3, *, known: bool = False) -> None:
        self.store = MemoryStore(SystemClock())
        self.counts = SpeechCounts()
        tariffs = SpeechTariffs([a_tariff("ear", each)], [a_tariff("mouth", each)], self.counts)
        rows = SpeechRows(CALL.call_id, self.store.usage, known=known)
        self.usage = SpeechUsage(tariffs, rows)
        self.sound = SentSound()
        self.usage.hearing(self.sound)
        self._writes: list[Callable[[], Awaitable[object]]] = []
        self.usage.written_by(self._writes.append)

    async def rows(self) -> list[UsageRow]:
        await self.store.calls.open(CALL)
        for write in self._writes:
            await write()
        self._writes.clear()
        return list(await self.store.usage.of_call(CALL.call_id))


EVENT = st.one_of(
    st.tuples(st.just("sound"), st.integers(0, 4000)),
    st.tuples(st.just("turn"), st.none() | st.integers(0, 9)),
    st.tuples(st.just("ask"), st.integers(1, 4)),
    st.tuples(st.just("place"), st.integers(1, 4)),
    st.tuples(st.just("reply"), st.integers(1, 4)),
)


@settings(max_examples=40)
@given(st.lists(EVENT, max_size=20), st.sampled_from([None, 0, 3]))
def test_every_unit_is_in_one_row_and_in_the_counts(
    events: list[tuple[str, int]], each: int | None
) -> None:
    async def told() -> None:
        book, asked = Book(each), 0
        for what, value in events:
            match what:
                case "sound":
                    book.sound.samples += value
                case "turn":
                    book.usage.turn_over(value)
                case "ask":
                    book.usage.asked(f"context-{value}", "four")
                    asked += 4
                case "place":
                    book.usage.placed(f"context-{value}", value)
                case _:
                    book.usage.reply_over(value, 0)
        book.usage.call_over()
        rows = await book.rows()
        units = Counter[UsageKind]()
        for row in rows:
            units[row.usage.kind] += row.usage.units
            assert row.usage.units > 0
            assert row.usage.micro_cents == (None if each is None else row.usage.units * each)
        assert units[SOUND] == book.sound.samples // 8 == book.counts.recognised_ms["ear"]
        assert units[TEXT] == asked == book.counts.spoken_characters["mouth"]
        assert len({(row.index, row.usage.kind) for row in rows}) == len(rows)
        spent = sum(row.usage.micro_cents or 0 for row in rows)
        assert sum(book.counts.micro_cents.values()) == spent
        assert bool(book.counts.micro_cents) == (each is not None and bool(rows))

    run(told())


async def test_characters_belong_to_the_reply_of_their_context() -> None:
    book = Book()
    book.usage.asked("a", "One.")
    book.usage.placed("a", 1)
    book.usage.asked("b", "Second.")  # waits for the first to be heard
    book.usage.reply_over(1, 0)
    book.usage.placed("b", 2)
    book.usage.reply_over(2, 2)
    book.usage.asked("c", "Cut off before it reached the line.")
    book.usage.call_over()
    rows = [(row.turn, row.usage.units) for row in await book.rows()]
    assert rows == [(0, 4), (2, 7), (None, 35)]


async def test_a_call_that_goes_on_adds_to_its_rows() -> None:
    first = Book()
    first.sound.samples = 800
    first.usage.turn_over(0)
    await first.rows()
    kept = UsageRow(7, 1, Usage("a-model", UsageKind.PROMPT_TOKENS, 5, None))
    await first.store.usage.add(CALL.call_id, [kept])
    later = SpeechRows(CALL.call_id, first.store.usage, known=True)
    for units in (5, 6):
        await later.add(2, Usage("ear", SOUND, units, 0))
    rows = await first.store.usage.of_call(CALL.call_id)
    assert [(row.index, row.usage.units) for row in rows] == [(0, 100), (1, 5), (2, 6), (7, 5)]


def test_without_tariffs_nothing_is_paid_for() -> None:
    usage = SpeechUsage()
    usage.written_by(lambda _: pytest.fail("a row"))
    usage.hearing(SentSound(800))
    usage.asked("a", "Hello.")
    usage.reply_over(1, 0)
    usage.call_over()


# --- a whole call, with scripted ends -------------------------------------------------------------


def toys(*transcripts: str | None) -> Chosen:
    @asynccontextmanager
    async def hears(_: ProviderSite) -> AsyncIterator[MakeStt]:
        yield lambda _: ScriptedSTT(deque(transcripts))

    @asynccontextmanager
    async def speaks(_: ProviderSite) -> AsyncIterator[OpenVoice]:
        yield OpenVoice(ScriptedTTS, render=scripted_speech, characters=lambda text: 2 * len(text))

    stt = SttProvider(name="ear", price=DEEPGRAM.price, capabilities=SttCapabilities(), open=hears)
    tts = TtsProvider(name="mouth", capabilities=TtsCapabilities(8000), open=speaks)
    return Chosen(HOUSE, stt, tts)


async def rows_of(call: PaperCall) -> list[tuple[int | None, str, int, int | None]]:
    await call.session.recorder.drained()
    rows = await call.store.usage.of_call(CALL.call_id)
    return [(row.turn, row.usage.provider, row.usage.units, row.usage.micro_cents) for row in rows]


@asynccontextmanager
async def served(
    *transcripts: str | None, steps: Mapping[str, Step]
) -> AsyncIterator[tuple[PaperCall, SpeechParts]]:
    async with (
        speech_parts(toys(*transcripts), lambda _: here()) as parts,
        paper_call(steps, make=parts.pipeline, tariffs=parts.tariffs) as call,
    ):
        yield call, parts


STEPS = {
    "greet": (Say("Hello and welcome."),),
    "hear my ac is out": (Say("I'm sorry."), Say("Which day?")),
}
HELLO, SORRY = 2 * len("Hello and welcome."), 2 * len("I'm sorry.Which day?")


async def test_a_turn_has_its_sound_and_a_reply_its_characters() -> None:
    async with served("my ac is out", steps=STEPS) as (call, parts):
        await call.hear(1)
        call.speak(3 * PIECE)
        await call.hear(2)
        assert await rows_of(call) == [
            (None, "mouth", HELLO, None),
            (1, "ear", 180, 1440),
            (1, "mouth", SORRY, None),
        ]
        rows = await call.store.usage.of_call(CALL.call_id)
        assert [row.usage.estimated for row in rows] == [False, True, False]
        counts = parts.speech_counts
        assert counts.recognised_ms == {"ear": 180}
        assert counts.spoken_characters == {"mouth": HELLO + SORRY}
        assert counts.micro_cents == {"ear": 1440}


@pytest.mark.parametrize(
    ("transcript", "answer"), [("", 2), (LOST, 3)], ids=["no words", "words lost"]
)
async def test_sound_without_words_is_paid_for_too(transcript: str, answer: int) -> None:
    async with served(transcript, "my ac is out", steps=STEPS) as (call, _):
        await call.hear(1)
        call.speak(PIECE)
        await call.settle()
        call.speak(2 * PIECE)
        await call.until_said(answer)
        heard = [row for row in await rows_of(call) if row[1] == "ear"]
    assert [units for _, _, units, _ in heard] == [60, 120]
    assert heard[0][0] is None
    assert heard[1][0] is not None


async def test_what_was_cut_off_and_what_was_never_answered_is_paid_for() -> None:
    async with served("my ac is out", steps=STEPS) as (call, parts):
        await call.until_said(1)
        call.cut_in(1, 100)
        await call.until_said(2)
        call.session.events.caller_started(call.clock.monotonic())
        call.session.events.caller_audio(5 * PIECE)
        await call.settle()
    rows = await rows_of(call)
    assert [row[:3] for row in rows if row[1] == "ear"] == [(1, "ear", 60), (None, "ear", 300)]
    assert [row[:3] for row in rows if row[1] == "mouth"] == [
        (None, "mouth", HELLO),
        (1, "mouth", SORRY),
    ]
    assert parts.speech_counts.spoken_characters == {"mouth": HELLO + SORRY}


async def test_ready_speech_is_counted_for_the_worker_and_for_no_call() -> None:
    async with speech_parts(toys("my ac is out"), lambda _: here()) as parts:
        await parts.ready.prepare(["Hello and welcome."])
        assert parts.speech_counts.spoken_characters == {"mouth": HELLO}
        budget = BudgetParts(ready=parts.ready)
        async with paper_call(
            STEPS, make=parts.pipeline, tariffs=parts.tariffs, budget=budget
        ) as call:
            await call.hear(1)
            call.speak(PIECE)
            await call.hear(2)
            mouth = [row for row in await rows_of(call) if row[1] == "mouth"]
        assert mouth == [(1, "mouth", SORRY, None)]
        assert parts.speech_counts.spoken_characters == {"mouth": HELLO + SORRY}


GUESS = "Which day suits you?"


@pytest.mark.parametrize(
    ("words", "reply", "characters"),
    [("hello", 2, 2 * len(GUESS)), ("hello there", 3, 2 * len(GUESS + "All right."))],
    ids=["said", "not said"],
)
async def test_what_was_made_ahead_is_paid_for_by_the_reply_that_was_said(
    words: str, reply: int, characters: int
) -> None:
    steps: dict[str, Step] = {
        "greet": (Say("Hello and welcome."),),
        "hear hello": (Say(GUESS),),
        "hear hello there": (Say("All right."),),
    }
    budget = BudgetParts(preemptive_generation=True)
    async with (
        speech_parts(toys(words), lambda _: here()) as parts,
        paper_call(steps, make=parts.pipeline, tariffs=parts.tariffs, budget=budget) as call,
    ):
        await call.hear(1)
        await call.pause("hello")
        await synthesised(call, 2)
        await call.finish()
        await call.hear(reply)
        mouth = [row for row in await rows_of(call) if row[1] == "mouth"]
    assert mouth[1:] == [(1, "mouth", characters, None)]


async def synthesised(call: PaperCall, utterance: int) -> None:
    async with asyncio.timeout(5):
        while not call.line.sound.get(utterance):
            call.line.changed.clear()
            await call.line.changed.wait()


async def test_a_store_that_fails_loses_rows_and_no_call(monkeypatch: pytest.MonkeyPatch) -> None:
    async with served("my ac is out", steps=STEPS) as (call, parts):
        monkeypatch.setattr(call.store.usage, "add", refuse)
        await call.hear(1)
        call.speak(PIECE)
        await call.hear(2)
        assert not await rows_of(call)
        assert call.session.recorder.failed == 3
        assert parts.speech_counts.recognised_ms == {"ear": 60}


async def refuse(*_: object) -> None:
    raise Unavailable("store.down", "Down.")


# --- a chain --------------------------------------------------------------------------------------


def a_chain(*transcripts: str | None) -> Chosen:
    """A recogniser that is deaf and a voice that breaks off, each with another behind it."""

    def hears(*words: str | None) -> Callable[[ProviderSite], AbstractAsyncContextManager[MakeStt]]:
        @asynccontextmanager
        async def opened(_: ProviderSite) -> AsyncIterator[MakeStt]:
            yield lambda _: ScriptedSTT(deque(words))

        return opened

    def speaks(*, dies: bool) -> Callable[[ProviderSite], AbstractAsyncContextManager[OpenVoice]]:
        async def render(text: str) -> AsyncIterator[SpeechPiece]:
            if dies:
                yield SpeechPiece(bytes(16_000))  # 1 s: surely ten letters
                raise Unavailable("mouth.down", "Down.")
            async for piece in scripted_speech(text):
                yield piece

        @asynccontextmanager
        async def opened(_: ProviderSite) -> AsyncIterator[OpenVoice]:
            yield OpenVoice(ScriptedTTS, render=render, characters=len)

        return opened

    can, speaks_so = SttCapabilities(), TtsCapabilities(8000)
    return Chosen(
        HOUSE,
        SttProvider(name="deaf", price=DEEPGRAM.price, capabilities=can, open=hears(*[None] * 9)),
        TtsProvider(
            name="breaks", price=CARTESIA.price, capabilities=speaks_so, open=speaks(dies=True)
        ),
        stt_backups=(
            SttProvider(name="ear", private=True, capabilities=can, open=hears(*transcripts)),
        ),
        tts_backups=(
            TtsProvider(
                name="mouth", private=True, capabilities=speaks_so, open=speaks(dies=False)
            ),
        ),
    )


async def test_each_of_a_chain_is_paid_for_what_it_was_sent_itself() -> None:
    """Sound goes to both recognisers, a sentence to the first voice and its rest to the second."""
    async with (
        speech_parts(a_chain("my ac is out"), lambda _: here()) as parts,
        paper_call(STEPS, make=parts.pipeline, tariffs=parts.tariffs) as call,
    ):
        await call.hear(1)
        call.speak(3 * PIECE)
        await call.hear(2)
        rows = await rows_of(call)
        kept = await call.store.usage.of_call(CALL.call_id)
    hello, rest = "Hello and welcome.", "welcome."
    assert rows[:2] == [
        (None, "breaks", len(hello), CARTESIA.price and CARTESIA.price.cost(len(hello))),
        (None, "mouth", len(rest), 0),
    ]
    assert [row for row in rows if row[1] in {"deaf", "ear"}] == [
        (1, "deaf", 180, 1440),
        (1, "ear", 180, 0),
    ]
    estimated = {row.usage.provider: row.usage.estimated for row in kept}
    assert estimated == {"breaks": False, "mouth": False, "deaf": True, "ear": False}
    counts = parts.speech_counts
    assert counts.recognised_ms == {"deaf": 180, "ear": 180}
    assert counts.spoken_characters["mouth"] == sum(r[2] for r in rows if r[1] == "mouth")


async def test_ready_speech_of_a_chain_is_counted_to_who_spoke_it() -> None:
    async with speech_parts(a_chain(), lambda _: here()) as parts:
        await parts.ready.prepare(["Hello and welcome."])
        assert parts.speech_counts.spoken_characters == {
            "breaks": len("Hello and welcome."),
            "mouth": len("welcome."),
        }
