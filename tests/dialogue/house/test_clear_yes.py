"""Nothing is done without a clear yes to all of it, given after the last change: over turn orders.

The caller's turns are made of words whose meaning is plain to a person and labelled here, not by
the policy. The toolkit answers by what it is asked (its windows and prices follow the arguments),
and sometimes late. At every act the caller's last words must be a clear yes, the question before it
must be the one for the act, and every value of the act must have been said by the agent since that
value changed last.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.dialogue.house.harness import BOOKING, NOW, TOOLS, Line
from tests.support.answers import answer
from voiceagent.domain.records import Window
from voiceagent.language.en_us.phones import show_phone
from voiceagent.language.en_us.times import show_window
from voiceagent.toolkit.answers import ToolAnswer

YES: Final = (
    *("yes", "yes please", "yep, book it", "that's correct", "yes, go ahead", "absolutely"),
    *("correct", "yes, that's right", "yes ma'am", "sounds right, yes", "please do"),
)
"""What agrees, and says nothing else."""

YES_AGAIN: Final = ("cancel my appointment", "yes, and tell them to knock")
"""What agrees where it was asked to cancel, and where the note was noted before."""

YES_AND_A_QUESTION: Final = "yes and do I get the deposit back"
"""Agrees to a visit being called off, and asks on top of that; a booking waits for the answer."""

NOT_YET: Final = (
    *(
        "yes, but only if it's refundable",
        "sure, after I ask my wife",
        "ok, wait",
        "yes but hold on",
    ),
    *("yes if you can promise that", "let me check with my wife first", "maybe", "I'm not sure"),
    *("how much is the deposit", "will I get a text", "do you take checks", "what was that"),
    *(
        "no",
        "no, that's wrong",
        "not yet",
        "don't book it",
        "hold off on that",
        "hmm",
        "one moment",
    ),
    *("I don't know", "it quit on Saturday", "we have 3 kids at home", "I'm eighty four"),
    *(
        "let me think about it",
        "yeah, once my landlord signs off on it",
        "sure, as soon as I hear from the insurance",
        "yes, pending approval",
        "yep, soon as my wife says so",
        "that's right, I'll call back to book",
        "go ahead and pencil me in, I'll confirm tonight",
        "yes at 200",
        "yes for $300",
        "so the estimate is one dollar now, yes book it",
        "yes, if they can come at noon",
        "yes and no",
        "is somebody going to call first",
        "yeah, how will they get in touch",
        "yes that's right who is coming",
        YES_AND_A_QUESTION,
    ),
)
"""What agrees to nothing, or not to all of it."""

CHANGES: Final = (
    "oh, I can't do that after all, can we do Tuesday in the afternoon",
    *(
        "no, it's oak lane",
        "the address is 45 elm court",
        "wait, it should be 9 cedar drive in Enon",
    ),
    *("the name is sara mueller", "sorry, the name's wrong, it's John Becker"),
    *("my number is 937 555 0147", "no, the number is 614 555 0188"),
    *("tomorrow morning instead", "actually, can we make it Tuesday after two", "the other one"),
    *("what about Monday afternoon", "I'd rather have the day after tomorrow at noon"),
    *("the gate code is 4711", "yes, and tell them to knock", "yes, but the dog is in the yard"),
    *("there's ice on the coil too", "actually it's for a tune-up", "and the furnace is rattling"),
    *("yes but it's oak lane not oak street", "yes, only make it tomorrow", "yes, but at noon"),
)
"""What puts something right or adds to it, a yes beside it or not."""

OTHERS: Final = ("[silence]", "[key 0]", "[late]", "", "asdf qwer", "bye")
BASE: Final = (*BOOKING, "yes")
MOVING: Final = (
    "move my appointment",
    "555 123 0000",
    "code 482937",
    "Tuesday",
    "the first",
    "yes",
)
CANCELLING: Final = ("cancel my appointment", "555 123 0000", "code 482937", "yes")
_ZONE: Final = ZoneInfo("America/New_York")
_HOURS: Final = (8, 10, 12, 14, 16, 21)


class Toolkit(Line):
    """A line whose tools answer what they are asked for, and note what was said when they act."""

    def __init__(self) -> None:
        self.acts: list[tuple[str, Mapping[str, object], str, tuple[str, ...]]] = []
        self.caller_said = ""
        super().__init__()

    def _result(self, tool: str) -> ToolAnswer:
        asked = next(call.arguments for call in reversed(self.calls) if call.name == tool)
        if tool in ACTS:
            self.acts.append((tool, asked, self.caller_said, tuple(self.said)))
        make = {
            "get_pricing_quote": _quote,
            "check_availability": _windows,
            "book_appointment": _booked,
            "reschedule_appointment": _moved,
        }.get(tool)
        return answer(tool, make(asked)) if make else super()._result(tool)


ACTS: Final = ("book_appointment", "reschedule_appointment", "cancel_appointment")


def _quote(asked: Mapping[str, object]) -> Mapping[str, object]:
    night = bool(asked["is_after_hours"])
    total = {"repair": 550, "maintenance": 170}.get(str(asked["service_type"]), 7000)
    total = total * 3 // 2 if night else total
    message = f"The estimate is ${total} in total."
    return {**TOOLS["get_pricing_quote"], "total_estimate": total, "message": message}


def _windows(asked: Mapping[str, object]) -> Mapping[str, object]:
    named = asked.get("preferred_date")
    days = (
        [date.fromisoformat(str(named))] if named else [NOW.date(), NOW.date() + timedelta(days=1)]
    )
    first = time.fromisoformat(str(asked.get("not_before", "00:00"))).hour
    open_at = [datetime.combine(day, time(hour), _ZONE) for day in days for hour in _HOURS]
    starts = [one for one in open_at if one > NOW and one.hour >= first][:2]
    slots = [{"datetime": one.isoformat(), "display": f"{one:%c}"} for one in starts]
    return {"available_slots": slots, "message": ""}


def _span(start: object) -> dict[str, object]:
    begins = datetime.fromisoformat(str(start))
    return {
        "window_start": begins.isoformat(),
        "window_end": (begins + timedelta(hours=2)).isoformat(),
        "display": f"{begins:%c}",
    }


def _booked(asked: Mapping[str, object]) -> Mapping[str, object]:
    span = _span(asked["scheduled_time"])
    return {**TOOLS["book_appointment"], **span, "customer_name": asked["customer_name"]}


def _moved(asked: Mapping[str, object]) -> Mapping[str, object]:
    return {**TOOLS["reschedule_appointment"], **_span(asked["new_time"])}


def play(turns: Sequence[str]) -> Toolkit:
    """Say the turns; "[late]" keeps the next tool's answer until the turn after."""
    line = Toolkit()
    for turn in turns:
        if line.hung_up is not None:
            break
        waiting, line.held = sorted(line.held), set()
        line.caller_said = turn
        if turn == "[late]":
            line.held = {"get_pricing_quote", "check_availability", "lookup_customer"}
        elif turn == "[silence]":
            line.silence()
        elif turn.startswith("[key "):
            line.key(turn[5])
        else:
            line.hear(turn)
        awaited = line.policy.state.awaiting
        if awaited is not None and awaited.name in waiting:
            line.answer(awaited.name)
    return line


def assert_agreed(line: Toolkit) -> None:
    """Every act was agreed to: see the module."""
    for tool, asked, caller_said, said in line.acts:
        on_top = caller_said == YES_AND_A_QUESTION and tool == "cancel_appointment"
        assert on_top or caller_said in (*YES, *YES_AGAIN), (tool, caller_said, said[-3:])
        told = _since_it_was_read(tool, said)
        for value in _values(tool, asked):
            assert value.lower() in told.lower(), (tool, value, said[-6:])


def _since_it_was_read(tool: str, said: tuple[str, ...]) -> str:
    """The agent's words since everything was read for the last time, up to the question."""
    opens = "Let me read that back" if tool == "book_appointment" else "your booking"
    at = max((at for at, words in enumerate(said) if opens in words), default=len(said))
    asked = [words for words in said[at:] if words.endswith("?")]
    assert asked, (tool, said[-4:])
    closes = {"book_appointment": "book it", "cancel_appointment": "cancel"}.get(tool, "move")
    assert closes in asked[-1], (tool, asked[-1])
    return " ".join(said[at:])


def _values(tool: str, asked: Mapping[str, object]) -> list[str]:
    if tool == "cancel_appointment":
        return []
    start = asked["scheduled_time" if tool == "book_appointment" else "new_time"]
    begins = datetime.fromisoformat(str(start))
    window = show_window(Window(begins, begins + timedelta(hours=2)), NOW)
    if tool != "book_appointment":
        return [window]
    notes = [part for part in str(asked["notes"]).rstrip(".").split(". ") if part]
    about = [part for part in str(asked["description"]).rstrip(".").split("; ") if part]
    return [
        *(str(asked["customer_name"]), show_phone(str(asked["phone"])), str(asked["address"])),
        *(window, f"${asked['estimated_cost']:,}", *notes, *about),
    ]


@pytest.mark.parametrize("yes", YES)
def test_a_clear_yes_books(yes: str) -> None:
    line = play((*BOOKING, yes))
    assert [tool for tool, *_ in line.acts] == ["book_appointment"]
    assert_agreed(line)


@pytest.mark.parametrize("turn", [*NOT_YET, *CHANGES])
def test_anything_else_books_nothing_by_itself(turn: str) -> None:
    line = play((*BOOKING, turn))
    assert not line.acts, line.said[-3:]


@pytest.mark.parametrize("turn", CHANGES)
def test_after_a_change_a_yes_is_to_all_of_it(turn: str) -> None:
    assert_agreed(play((*BOOKING, turn, "yes", "yes", "yes")))


WITH_A_TIME: Final = (
    *(
        "yes, only make it tomorrow",
        "yes, Tuesday instead",
        "sure, tomorrow morning",
        "ok, at noon",
    ),
    *(
        "yes, after two",
        "yep, the day after tomorrow",
        "yes, move it to Monday and cancel that one",
    ),
)
"""Said to "do you want me to cancel it?": perhaps they want it moved."""


@pytest.mark.parametrize("known", [(), ("make it tomorrow", "at noon", "Monday after two")])
@pytest.mark.parametrize("turn", WITH_A_TIME)
def test_a_time_beside_a_yes_cancels_nothing(turn: str, known: tuple[str, ...]) -> None:
    """Whether that time is new or has been heard before."""
    line = play((CANCELLING[0], *known, *CANCELLING[1:3], turn))
    assert not line.acts, line.said[-3:]


@pytest.mark.parametrize("turn", ["yeah, how will they get in touch", "yes, who was coming?"])
def test_what_is_asked_instead_of_agreeing_cancels_nothing(turn: str) -> None:
    assert not play((*CANCELLING[:3], turn)).acts


@pytest.mark.parametrize(
    "turn",
    ["yes, cancel the one on Tuesday", "yes", "cancel it please", YES_AND_A_QUESTION],
)
def test_a_yes_to_cancelling_cancels(turn: str) -> None:
    line = play((*CANCELLING[:3], turn))
    assert [tool for tool, *_ in line.acts] == ["cancel_appointment"]


_ANY: Final = st.sampled_from((*YES, *NOT_YET, *CHANGES, *OTHERS, *BASE))


@st.composite
def _disturbed(draw: st.DrawFn) -> tuple[str, ...]:
    """An errand's turns in their order, with others between them."""
    turns = list(draw(st.sampled_from((BASE, BASE, BASE, MOVING, CANCELLING))))
    for _ in range(draw(st.integers(1, 6))):
        turns.insert(draw(st.integers(1, len(turns))), draw(_ANY))
    return (*turns, *draw(st.lists(st.sampled_from(("yes", *CHANGES, *NOT_YET)), max_size=4)))


_WHOLE: Final = st.one_of(
    _disturbed(),
    st.lists(_ANY, min_size=8, max_size=18).map(tuple),
    st.permutations(BASE).flatmap(
        lambda first: st.lists(_ANY, max_size=6).map(lambda rest: (*first, *rest))
    ),
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_disturbed())
def test_every_act_was_agreed_to(turns: tuple[str, ...]) -> None:
    assert_agreed(play(turns))


@pytest.mark.thorough
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_WHOLE)
def test_every_act_was_agreed_to_in_whatever_order(turns: tuple[str, ...]) -> None:
    assert_agreed(play(turns))
