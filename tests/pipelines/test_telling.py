"""What whoever watches a call is told, through the real session; and what they are not."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

import pytest

from tests.pipelines.rig import LOST, SAMPLES_PER_WORD, paper_call
from tests.pipelines.scripted import CALL
from voiceagent.app.web.live import as_wire
from voiceagent.core.wire import LineEnd, Played
from voiceagent.dialogue.acts import Say
from voiceagent.domain.card_marks import DIGITS, without_digits
from voiceagent.ports.live import (
    BargedIn,
    CallerFinished,
    CallerStarted,
    HeardSoFar,
    KeyUsed,
    LiveEvent,
    NothingSaid,
    ReplySounds,
    TurnSaid,
    TurnSoFar,
    TurnWritten,
)

GREETING = {"greet": (Say("Hello and welcome."),)}
NUMBER = "4111 1111 1111 1111"
CARD = re.compile(r"4\D?1\D?1\D?1|four one one one|1111")


class Watcher:
    """Somebody who watches, or nobody yet."""

    def __init__(self, *, followed: bool = True) -> None:
        self.followed = followed
        self.told: list[LiveEvent] = []

    def tell(self, event: LiveEvent) -> None:
        self.told.append(event)

    def kinds(self) -> list[str]:
        return [type(event).__name__ for event in self.told]

    def of(self, kind: type) -> list[LiveEvent]:
        return [event for event in self.told if isinstance(event, kind)]

    def text(self) -> str:
        return json.dumps([as_wire(event) for event in self.told])


async def test_a_turn_and_its_answer_are_told_in_order() -> None:
    watcher = Watcher()
    steps = GREETING | {"hear my ac is out": (Say("I am sorry."),)}
    async with paper_call(steps, "my ac is out", live=watcher) as call:
        await call.hear(1)
        watcher.told.clear()
        await call.pause("my ac")
        await call.finish()
        await call.until_said(2)
        await call.sent(2)
        half = Played(2, SAMPLES_PER_WORD, done=False, first_sent_s=call.clock.monotonic())
        call.session.events.played(half)
        await call.settle()
        await call.hear(2)
    assert [k for k in watcher.kinds() if k != "HeardSoFar"] == [
        "CallerStarted",
        "TurnSoFar",
        "CallerFinished",
        "TurnSaid",
        "TurnWritten",
        "ReplySounds",
        "TurnWritten",
    ]
    assert watcher.of(TurnSoFar) == [TurnSoFar("my ac")]
    assert watcher.of(TurnSaid) == [TurnSaid(1, "my ac is out")]
    (sounds,) = watcher.of(ReplySounds)
    assert isinstance(sounds, ReplySounds)
    assert sounds.latency is not None
    assert HeardSoFar(2, "I", "I am sorry.") in watcher.told
    written = watcher.of(TurnWritten)[-1]
    assert isinstance(written, TurnWritten)
    assert (written.reply, written.turn.heard) == (2, "I am sorry.")
    assert written.turn.latency == sounds.latency


async def test_a_cut_off_reply_is_told_with_what_was_heard() -> None:
    watcher = Watcher()
    steps = {"greet": (Say("One two three four five six."),), "hear stop": (Say("Stopped."),)}
    async with paper_call(steps, "stop", live=watcher) as call:
        await call.until_said(1)
        call.cut_in(1, 3 * SAMPLES_PER_WORD)
        await call.hear(2)
    assert watcher.of(BargedIn) == [BargedIn()]
    first = watcher.of(TurnWritten)[0]
    assert isinstance(first, TurnWritten)
    assert (first.turn.text, first.turn.heard) == ("One two three four five six.", "One two three")


@pytest.mark.parametrize("end", ["barge in", "key", "hang up"])
async def test_a_reply_cut_off_at_once_was_begun_for_whoever_counts_it(end: str) -> None:
    watcher = Watcher()
    steps = GREETING | {"hear my ac is out": (Say("I am sorry."),), "key 7": ()}
    async with paper_call(steps, "my ac is out", "stop", live=watcher) as call:
        await call.hear(1)
        call.speak()
        await call.until_said(2)
        begun = Played(2, 1, done=False, first_sent_s=call.clock.monotonic())
        if end == "barge in":
            call.session.events.barge_in(begun)
        elif end == "key":
            call.line.stopped_at = begun
            call.session.events.key("7")
        else:
            call.session.events.closed(LineEnd.CALLER, begun)
        await call.settle()
    written = [e.turn for e in watcher.told if isinstance(e, TurnWritten) and e.reply == 2]
    assert [turn.latency is not None for turn in written] == [True]
    sounds = [e.latency for e in watcher.told if isinstance(e, ReplySounds) and e.reply == 2]
    assert sounds == [written[0].latency]


async def test_while_nobody_watches_nothing_dear_is_found_out() -> None:
    watcher = Watcher(followed=False)
    async with paper_call(GREETING, live=watcher) as call:
        await call.until_said(1)
        await call.sent(1)
        await call.sent(1)
        call.session.turns.partial("my ac")
        await call.hear(1)
    dear = (TurnSoFar, TurnSaid, HeardSoFar)
    assert not [event for event in watcher.told if isinstance(event, dear)]
    assert len(watcher.of(ReplySounds)) == 1  # six sums a reply, of which traces are made


async def test_a_turn_without_words_and_one_that_was_lost_are_told_as_nothing() -> None:
    for transcript in ("", LOST):
        watcher = Watcher()
        async with paper_call(GREETING | {"lost": ()}, transcript, live=watcher) as call:
            await call.hear(1)
            call.speak()
            await call.settle()
        assert watcher.of(NothingSaid) == [NothingSaid()]
        assert not watcher.of(TurnSaid)


async def test_which_key_was_pressed_is_not_told() -> None:
    watcher = Watcher()
    async with paper_call(GREETING | {"key 7": ()}, live=watcher) as call:
        await call.hear(1)
        call.session.events.key("7")
        await call.settle()
    assert watcher.of(KeyUsed) == [KeyUsed()]
    assert "7" not in watcher.text()


async def told_of(parts: Sequence[str], said: str = "Go on.") -> tuple[Watcher, str]:
    """What is told of a caller who says these parts, each growing word by word."""
    watcher = Watcher()
    steps = {"greet": (Say("Hello and welcome."),)} | {
        f"hear {part}": (Say(said),) for part in parts
    }
    seen = ""
    async with paper_call(steps, *parts, live=watcher) as call:
        await call.hear(1)
        for number, part in enumerate(parts, start=2):
            call.session.events.caller_started(call.clock.monotonic())
            await call.settle()
            words = part.split()
            for end in range(1, len(words) + 1):
                call.session.turns.partial(" ".join(words[:end]))
            await call.finish()
            await call.settle()
            if number in call.line.sound:
                await call.hear(number)
        seen = watcher.text()
    assert CALL.call_id
    return watcher, seen


async def test_no_part_of_a_card_is_ever_told() -> None:
    ways = (
        ["4111 1111 1111 1111"],
        ["4111 1111", "1111 1111"],
        ["four one one one one one one one", "one one one one one one one one"],
        ["my card is 4111", "1111 1111 1111"],
        ["41111111", "11111111"],
    )
    for parts in ways:
        watcher, _ = await told_of(parts, said="You said 4111 1111.")
        ours = [e for e in watcher.told if not isinstance(e, HeardSoFar | TurnWritten)]
        text = json.dumps([as_wire(event) for event in ours])
        assert not CARD.search(text), (parts, text)
        heard = [e for e in watcher.told if isinstance(e, TurnWritten) and e.reply is None]
        text = json.dumps([as_wire(event) for event in heard])
        assert not CARD.search(text), (parts, text)


async def test_a_number_that_may_begin_a_card_comes_whole_once_the_next_turn_has_told() -> None:
    watcher, _ = await told_of(["my number is 555 123 0000", "twelve oak street"])
    assert watcher.of(TurnSaid)[0] == TurnSaid(1, f"my number is {DIGITS}")
    written = [e for e in watcher.told if isinstance(e, TurnWritten) and e.reply is None]
    assert written[0].turn.text == "my number is 555 123 0000"
    order = watcher.told.index(written[0])
    assert order > watcher.told.index(watcher.of(TurnSaid)[1]) - 1


def test_digits_are_withheld_however_they_are_written() -> None:
    for text, shown in (
        ("it is 4111 for now", f"it is {DIGITS} for now"),
        ("four one one please", f"{DIGITS} please"),
        ("one moment", "one moment"),
        ("no digits", "no digits"),
        ("12 and then 34", f"{DIGITS}"),
    ):
        assert without_digits(text) == shown


async def test_who_speaks_and_who_decided_is_told() -> None:
    watcher = Watcher()
    async with paper_call(GREETING | {"hear yes": ()}, "yes", live=watcher) as call:
        await call.hear(1)
        call.speak()
        await call.settle()
    assert watcher.of(CallerStarted) == [CallerStarted()]
    (finished,) = watcher.of(CallerFinished)
    assert isinstance(finished, CallerFinished)
    assert finished.decided_by == "turn_model"
