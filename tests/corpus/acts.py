"""Counting on the corpus of acts: what a turn does, what it is about, and the values in it.

What the house makes of a turn is read in the order in which it judges (`judging.RULES`), so that
the act counted here is the one that would be acted on. Three things can come out: *right*; *asked
again*, when nothing was made of the turn; and *wrong*, when the agent would do something that the
caller did not say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

from tests.corpus.danger import BUSINESSES
from tests.corpus.rows import NOTHING, ActRow, act_rows
from voiceagent.dialogue.house.absorb import absorb, reopen
from voiceagent.dialogue.house.agenda import Goal
from voiceagent.dialogue.house.asides import half_yes
from voiceagent.dialogue.house.asks import Ask
from voiceagent.dialogue.house.facts import BookingMade, Facts
from voiceagent.dialogue.house.hearing.codes import lacks_code
from voiceagent.dialogue.house.intents import Intent
from voiceagent.dialogue.house.proposing import hear_turn
from voiceagent.dialogue.house.reading import (
    CONFIRMS,
    hangs,
    is_leaving,
    is_pause,
    is_understood,
    reason_for_human,
    verdict_of,
)
from voiceagent.dialogue.house.reports import Scene
from voiceagent.dialogue.house.steering import Steer, steer
from voiceagent.dialogue.house.understand import TurnContext, Understanding
from voiceagent.dialogue.house.verdicts import Verdict, settle
from voiceagent.domain.records import Window
from voiceagent.language.en_us.addresses import AddressHeard, hear_address
from voiceagent.language.en_us.caller_acts import ActModel
from voiceagent.language.en_us.matters import Matter
from voiceagent.language.en_us.times import ChoiceKind
from voiceagent.language.en_us.yes_no import YesNo

NOW: Final = datetime(2025, 8, 27, 10, 10, tzinfo=ZoneInfo("America/New_York"))
"""A Wednesday, in whose terms the corpus has its days."""

OFFERS: Final = (
    Window(NOW.replace(hour=13, minute=0), NOW.replace(hour=15, minute=0)),
    Window(NOW.replace(hour=15, minute=0), NOW.replace(hour=17, minute=0)),
)
"""What was offered where the corpus says that times were: one to three, and three to five."""

CALLER: Final = "+19375550199"

ASKS: Final = {
    "none": Ask.HELP,
    "problem": Ask.PROBLEM,
    "name_phone": Ask.NAME_AND_PHONE,
    "name": Ask.NAME,
    "phone": Ask.PHONE,
    "address": Ask.ADDRESS,
    "price": Ask.GO_AHEAD,
    "time": Ask.TIME,
    "notes": Ask.NOTES,
    "readback": Ask.READ_BACK,
    "code": Ask.CODE,
    "cancel": Ask.CONFIRM_CANCEL,
    "move": Ask.CONFIRM_MOVE,
    "more": Ask.ANYTHING_ELSE,
    "human": Ask.HUMAN_OFFER,
    "want": Ask.WANT_BOOKING,
}

_PERSON = frozenset({"person", "matter", "legal"})
_ENDS = frozenset({"done", "no", "goodbye"})
SAME: Final[Mapping[str, frozenset[str]]] = {
    "tell": frozenset({"tell", "book"}),
    "book": frozenset({"tell", "book"}),
    "complain": _PERSON,
    "invoice": _PERSON,
    "matter": _PERSON,
    "legal": _PERSON,
    "person": _PERSON,
    "done": _ENDS,
    "thanks": _ENDS,
    "goodbye": frozenset({"goodbye", "done"}),
    "haggle": frozenset({"haggle", "price", "ask"}),
    "condition": frozenset({"condition", "ask", "price", "wait", "haggle"}),
    "ask": frozenset({"ask", "price", "offered"}),
    "price": frozenset({"price", "ask"}),
    "sales": frozenset({"sales", "wrong_number"}),
    "other_time": frozenset({"other_time"}),
    "more": frozenset({"more", "book", "tell", "yes"}),
}
"""Acts that lead to the same; an act that is not named is only itself."""

SAME_AT: Final[Mapping[tuple[str, str], frozenset[str]]] = {
    ("readback", "no"): frozenset({"no", "correct"}),
    ("readback", "correct"): frozenset({"no", "correct", "tell"}),
    ("phone", "correct"): frozenset({"correct", "tell"}),
    ("name_phone", "tell"): frozenset({"tell", "book", "this_number"}),
    ("readback", "cancel"): frozenset({"cancel", "done"}),
    ("price", "no"): frozenset({"no", "done", "cancel", "goodbye"}),
    ("want", "yes"): frozenset({"yes", "book"}),
    ("human", "yes"): frozenset({"yes", "person"}),
    ("want", "no"): frozenset({"no", "done"}),
    ("human", "no"): frozenset({"no", "done"}),
    ("notes", "no"): frozenset({"no", "done"}),
    ("more", "no"): _ENDS,
    ("more", "cancel"): frozenset({"cancel"}),
    ("cancel", "yes"): frozenset({"yes", "cancel"}),
}
"""And where they do only at that question."""

NO_ACT: Final = "none"


class Outcome(StrEnum):
    """What became of a turn."""

    RIGHT = "right"
    AGAIN = "asked again"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Scored:
    """A row, and what was made of it; a topic or value that was not heard is ""."""

    row: ActRow
    act: str
    topic: str
    values: Mapping[str, str]

    @property
    def outcome(self) -> Outcome:
        """Of the act."""
        wanted = self.row.act
        fits = SAME_AT.get((self.row.asked, wanted)) or SAME.get(wanted) or frozenset({wanted})
        if self.act in fits:
            return Outcome.RIGHT
        return Outcome.AGAIN if self.act == NO_ACT else Outcome.WRONG

    @property
    def topic_right(self) -> bool:
        """Whether it is about what it is about, where a topic can be told."""
        return self.row.topic == NOTHING or self.row.act == "price" or self.topic == self.row.topic

    @property
    def values_right(self) -> bool:
        """Whether every value was heard as it is."""
        return all(self.values[key] == value for key, value in wanted_values(self.row).items())


def score(rows: Iterable[ActRow], model: ActModel | None) -> list[Scored]:
    """What the house makes of rows; `model` proposes in place of the shipped one."""
    return [_scored(row, model) for row in rows]


def wanted_values(row: ActRow) -> Mapping[str, str]:
    """The values of a row in the form in which what was heard is compared."""
    return {key: _plain(key, value) for key, value in row.values.items()}


def context_of(row: ActRow) -> TurnContext:
    """What is known when a row is said: as much as its question needs."""
    ask = ASKS[row.asked]
    facts = Facts()
    if row.asked in {"address", "price", "time", "notes", "readback"}:
        facts = replace(facts, service="repair", name="Pat Nolan", phone="+19375550161")
    if row.asked in {"price", "time", "notes", "readback"}:
        facts = replace(facts, address=_address_of(row.author))
    if row.asked == "time":
        facts = replace(facts, accepted=True, offers=OFFERS)
    if row.asked in {"notes", "readback"}:
        facts = replace(facts, accepted=True, offers=OFFERS, window=OFFERS[0])
    if row.asked == "readback":
        facts = replace(facts, notes="", name=_name_of(row.author))
    if row.asked == "code":
        facts = replace(facts, phone="+19375550161")
    if row.asked == "move":
        facts = replace(facts, phone="+19375550161", code="482937", window=OFFERS[0])
    if row.asked == "more":
        facts = replace(facts, booking=BookingMade("482937", OFFERS[0], 206, False))
    return TurnContext(BUSINESSES[row.business](), NOW, ask, facts)


GOALS: Final = {
    **dict.fromkeys(("none", "more", "want", "human"), None),
    "cancel": Goal.CANCEL,
    "move": Goal.RESCHEDULE,
    "code": Goal.LOOK_UP,
}
"""The errand under way at a question; at all others somebody is being booked."""


def _scored(row: ActRow, model: ActModel | None) -> Scored:
    context = context_of(row)
    turn = hear_turn(row.sentence, context, model)
    ask, before = context.ask, context.facts
    after = absorb(before, turn, ask, Scene(context.business, NOW, CALLER, None))
    verdict = verdict_of(turn, ask, before, after)
    act = _act(turn, context, after, verdict, GOALS.get(row.asked, Goal.BOOK))
    heard = {key: _plain(key, _HEARD[key](turn, after)) for key in row.values}
    return Scored(row, act, _topic(turn), heard)


def _act(  # noqa: C901, PLR0911, PLR0912 - one return per act, in the order of the rules
    turn: Understanding,
    context: TurnContext,
    after: Facts,
    verdict: Verdict | None,
    goal: Goal | None,
) -> str:
    """The act the house would go by."""
    ask, before, intents = context.ask, context.facts, turn.intents
    if turn.danger.is_danger:
        return "danger"
    reason = reason_for_human(turn)
    if reason is not None:
        return "legal" if reason == "legal" else "person"
    if turn.matter is not None:
        return "matter"
    if Intent.REPEAT in intents and not turn.has_facts:
        return "repeat"
    if is_pause(turn):
        return "wait"
    if Intent.WHO_ARE_YOU in intents:
        return "who"
    if goal is None and turn.service is None and Intent.WRONG_NUMBER in intents:
        return "wrong_number"
    if goal is None and turn.service is None and Intent.SALES in intents:
        return "sales"
    if goal is None and Intent.MY_BOOKING in intents and before.booking is not None:
        return "my_booking"
    course = steer(turn, goal, before)
    if course.steer is Steer.DROP or course.goal is Goal.CANCEL:
        return "cancel"
    if course.steer is Steer.BEGIN and course.goal in _ERRANDS:
        return _ERRANDS[course.goal]
    if Intent.HAGGLE in intents and Intent.KNOWLEDGE not in intents and verdict in _NO_OR_NONE:
        return "haggle"
    if Intent.ON_FILE in intents and after == before:
        return "on_file"
    if course.steer is Steer.TELL:
        return "offered"
    if Intent.PRICE in intents and Intent.BOOK not in intents and verdict is None:
        return "price"
    if Intent.KNOWLEDGE in intents and (verdict is None or turn.asks):
        return "ask"
    if is_leaving(turn, ask, goal):
        return "goodbye" if Intent.GOODBYE in intents else "done"
    if course.goal is Goal.BOOK and goal is None:
        return "tell" if turn.service is not None else "book"
    return _answer(turn, context, after, verdict)


def _answer(  # noqa: C901, PLR0911, PLR0912 - one return per act
    turn: Understanding, context: TurnContext, after: Facts, verdict: Verdict | None
) -> str:
    """The act of a turn that belongs to the open question."""
    ask, before, intents = context.ask, context.facts, turn.intents
    none_of_them = turn.choice is not None and turn.choice.kind is ChoiceKind.NONE_OF_THEM
    settled = settle(after, verdict) if verdict is not None else after
    if ask is Ask.TIME and settled.window is not None:
        return "pick"
    if verdict is Verdict.OTHER_TIME or (turn.timed and ask in _TIMED):
        return "other_time"
    if none_of_them and ask in {Ask.TIME, Ask.DAY}:  # at others a verdict goes by what was said
        return "other_time"
    if verdict is Verdict.DECLINE and ask is Ask.READ_BACK:
        return "cancel"  # the errand is dropped
    if verdict in _ACTS_OF and verdict is not Verdict.TAKE_TIME:
        return _ACTS_OF[verdict]
    held = turn.answer is not YesNo.NO and (hangs(turn) or half_yes(turn.text))
    if ask in CONFIRMS and verdict is None and after == before and held:
        return "condition"
    if Intent.THIS_NUMBER in intents and after.phone == CALLER:
        return "this_number"
    if Intent.DO_NOT_KNOW in intents or (ask is Ask.CODE and lacks_code(turn.text)):
        return "dont_know"
    if after != before and turn.wondered is None:
        return "correct" if turn.corrects and ask is Ask.READ_BACK else "tell"
    if Intent.THAT_IS_ALL in intents and turn.answer is not YesNo.YES:
        return "done"
    if ask in {Ask.READ_BACK, Ask.CHANGE} and reopen(after, turn.text) != after:
        return "correct"  # the detail that is named as wrong is asked for anew
    if turn.wondered is not None:
        return NO_ACT  # it is asked whether that is meant
    if turn.asks and not is_understood(turn, before, after):
        return "ask"
    return "yes" if ask is Ask.TIME and verdict is Verdict.TAKE_TIME else NO_ACT


_ERRANDS: Final[Mapping[Goal | None, str]] = {
    Goal.RESCHEDULE: "reschedule",
    Goal.AMEND: "amend",
    Goal.LOOK_UP: "my_booking",
    Goal.QUOTE: "price",
}
_NO_OR_NONE: Final = frozenset({None, Verdict.DECLINE})
_TIMED: Final = frozenset({Ask.TIME, Ask.DAY, Ask.READ_BACK, Ask.CONFIRM_MOVE})
_ACTS_OF: Final[Mapping[Verdict | None, str]] = {
    Verdict.ACCEPT: "yes",
    Verdict.START_BOOKING: "yes",
    Verdict.CONFIRM: "yes",
    Verdict.HUMAN: "yes",
    Verdict.MORE: "yes",
    Verdict.DECLINE: "no",
    Verdict.NO_NOTES: "no",
    Verdict.NO_HUMAN: "no",
    Verdict.KEEP: "no",
    Verdict.CHANGE: "no",
    Verdict.FINISH: "done",
}


def _topic(turn: Understanding) -> str:
    if turn.matter is not None:
        return next((one.name.lower() for one in Matter if one.value == turn.matter.name), "")
    return turn.service.service if turn.service else ""


def _minutes(minutes: int | None) -> str:
    return "" if minutes is None else f"{minutes // 60:02}:{minutes % 60:02}"


def _index(turn: Understanding, after: Facts) -> str:
    chosen = after.window or (settle(after, Verdict.TAKE_TIME).window if turn.choice else None)
    return str(OFFERS.index(chosen) + 1) if chosen in OFFERS else ""


def _street(address: AddressHeard | None) -> str:
    return f"{address.number} {address.street}".strip() if address else ""


def _place(after: Facts) -> AddressHeard | None:
    return after.address or after.address_part


_HEARD: Final[Mapping[str, Callable[[Understanding, Facts], str]]] = {
    "n": lambda turn, after: after.name or "",
    "p": lambda turn, after: (after.phone or "").removeprefix("+1"),
    "a": lambda turn, after: _street(_place(after)),
    "u": lambda turn, after: (getattr(_place(after), "unit", None) or "").split(" ")[-1],
    "c": lambda turn, after: getattr(_place(after), "city", ""),
    "z": lambda turn, after: getattr(_place(after), "zip", None) or "",
    "d": lambda turn, after: turn.day.isoformat() if turn.day else "",
    "dp": lambda turn, after: turn.daypart.value if turn.daypart else "",
    "t>": lambda turn, after: _minutes(turn.wish.earliest if turn.wish else None),
    "t<": lambda turn, after: _minutes(turn.wish.latest if turn.wish else None),
    "t": lambda turn, after: _minutes(turn.wish.holding if turn.wish else None),
    "s": _index,
    "k": lambda turn, after: turn.code or "",
    "e": lambda turn, after: turn.email or "",
    "note": lambda turn, after: "1" if turn.note else "",
}
"""How each value of the corpus is read out of what was understood."""

KINDS: Final[Mapping[str, str]] = {
    "n": "names",
    "p": "phones",
    **dict.fromkeys(("a", "u", "c", "z"), "addresses"),
    **dict.fromkeys(("d", "dp"), "dates"),
    **dict.fromkeys(("t>", "t<", "t"), "times"),
    "s": "choosing",
    "k": "codes",
    "e": "emails",
    "note": "notes",
}
"""The module of each value."""


def _plain(key: str, value: str) -> str:
    """As it is compared: letters without case, "St" is "Street"."""
    plain = value.casefold().replace(".", "") if key in {"n", "a", "u", "c"} else value
    return " ".join(plain.split())


@cache
def _address_of(author: str) -> AddressHeard:
    told = _first(author, "a") or "14 Elm Street"
    heard = hear_address(
        told,
        known_streets=(),
        known_cities=(),
        default_city="Springfield",
        default_state="Ohio",
    )
    assert heard is not None, told
    return heard


@cache
def _name_of(author: str) -> str:
    return _first(author, "n") or "Pat Nolan"


def _first(author: str, key: str) -> str | None:
    """What an author told first of that kind, which is what is read back to them."""
    told = (row.values.get(key) for row in act_rows() if row.author == author)
    return next((value for value in told if value), None)


def share(part: Sequence[Scored], outcome: Outcome) -> float:
    """The share of an outcome, 0..1."""
    return sum(one.outcome is outcome for one in part) / len(part) if part else 0.0
