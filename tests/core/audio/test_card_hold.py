"""Which sound may be kept: what was judged in time and holds no card."""

from __future__ import annotations

from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiceagent.core.audio.card_hold import BEFORE, LONGEST, UNJUDGED, WAITS, CardHold, Hushed
from voiceagent.core.audio.samples import RATE_8K
from voiceagent.domain.card_watch import Sign

SECOND: Final = RATE_8K


def test_outside_a_turn_sound_waits_a_moment() -> None:
    assert CardHold().kept_until(60 * SECOND) == 60 * SECOND - WAITS


@pytest.mark.parametrize("sign", [Sign.PLAIN, Sign.MAYBE, Sign.CARD])
def test_a_turn_waits_until_it_is_judged(sign: Sign) -> None:
    hold = CardHold()
    hold.started(10 * SECOND)
    hold.finished(14 * SECOND)
    start = 10 * SECOND - BEFORE
    assert hold.kept_until(15 * SECOND) == start
    hushed = hold.judged(sign, 15 * SECOND)
    assert hushed == (Hushed(start, 15 * SECOND) if sign is Sign.CARD else None)
    waits = sign is Sign.MAYBE
    assert hold.kept_until(30 * SECOND) == (start if waits else 30 * SECOND - WAITS)
    assert hold.doubts == waits


def test_what_may_begin_a_card_is_silent_with_the_card() -> None:
    hold = CardHold()
    hold.started(10 * SECOND)
    assert hold.judged(Sign.MAYBE, 12 * SECOND) is None
    hold.started(14 * SECOND)
    assert hold.judged(Sign.CARD, 16 * SECOND) == Hushed(10 * SECOND - BEFORE, 16 * SECOND)
    assert not hold.doubts


def test_a_key_that_goes_on_a_card_is_silent_with_it() -> None:
    hold = CardHold()
    assert hold.key(Sign.MAYBE, 20 * SECOND) is None
    assert hold.key(Sign.CARD, 24 * SECOND) == Hushed(20 * SECOND - WAITS, 24 * SECOND)


def test_a_turn_that_nobody_understood_is_silent() -> None:
    hold = CardHold()
    hold.started(10 * SECOND)
    assert hold.unheard(12 * SECOND) == Hushed(10 * SECOND - BEFORE, 12 * SECOND)
    assert hold.kept_until(30 * SECOND) == 30 * SECOND - WAITS


def test_a_turn_whose_words_never_come_is_given_up() -> None:
    hold = CardHold()
    hold.started(10 * SECOND)
    hold.finished(12 * SECOND)
    assert hold.give_up(12 * SECOND + UNJUDGED - 1) == ()
    now = 12 * SECOND + UNJUDGED
    assert hold.give_up(now) == (Hushed(10 * SECOND - BEFORE, now),)
    assert hold.kept_until(now) == now - WAITS


def test_a_call_that_ends_in_a_turn_ends_in_silence() -> None:
    hold = CardHold()
    assert hold.over(9 * SECOND) is None
    hold.started(10 * SECOND)
    assert hold.over(13 * SECOND) == Hushed(10 * SECOND - BEFORE, 13 * SECOND)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["start", "finish", "judge", "key", "unheard", "wait"]),
        st.sampled_from(list(Sign)),
        st.integers(0, 40),
    ),
    max_size=40,
)


class Sound:
    """What became of each second of a call: still here, silent, or kept."""

    def __init__(self) -> None:
        self.cells = ["here"] * 2000
        self.kept = 0

    def hush(self, hushed: Hushed) -> None:
        for at in range(max(hushed.since // SECOND, self.kept), -(-hushed.until // SECOND)):
            self.cells[at] = "silent"

    def keep(self, until: int) -> None:
        for at in range(self.kept, until // SECOND):
            self.cells[at] = "kept" if self.cells[at] == "here" else "silent"
        self.kept = max(self.kept, until // SECOND)


@given(STEPS)
def test_no_sound_of_a_card_is_kept(steps: list[tuple[str, Sign, int]]) -> None:
    """Whatever happens in whatever order, and however late its words come."""
    hold, sound, now, turns = CardHold(), Sound(), 10 * SECOND, list[int]()
    for what, sign, later in steps:
        now += later * SECOND
        for hushed in hold.give_up(now):
            sound.hush(hushed)
            if hushed.until == now:
                turns.pop(0)  # it is given up: what was said until now is silent
        sound.keep(hold.kept_until(now))
        assert now - LONGEST <= sound.kept * SECOND <= now
        told: Hushed | None = None
        start = now
        match what:
            case "start":
                hold.started(now)
                turns.append(now)
            case "finish":
                hold.finished(now)
            case "key":
                told = hold.key(sign, now)
            case "judge" | "unheard":
                start = turns.pop(0) if turns else now
                told = hold.judged(sign, now) if what == "judge" else hold.unheard(now)
            case _:
                pass
        if told is not None:
            sound.hush(told)
            spoken = sound.cells[max(0, start - BEFORE) // SECOND : now // SECOND]
            assert "here" not in spoken
            assert "kept" not in spoken
