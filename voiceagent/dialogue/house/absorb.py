"""How a caller's turn changes the facts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from voiceagent.dialogue.house.asks import Ask
from voiceagent.dialogue.house.facts import MOST_DIGITS, Facts, Haste
from voiceagent.dialogue.house.intents import Intent
from voiceagent.dialogue.house.origins import told
from voiceagent.dialogue.house.understand import Understanding
from voiceagent.domain.records import Window
from voiceagent.language.en_us.matching import words
from voiceagent.language.en_us.phones import one_digit_off
from voiceagent.language.en_us.times import ChoiceKind, Daypart

_SMALL_TALK = frozenset({Intent.GREETING, Intent.THANKS, Intent.WAIT, Intent.GOODBYE})
_DETAILS: tuple[tuple[frozenset[str], Callable[[Facts], Facts]], ...] = (
    (frozenset({"address", "street", "city"}), lambda facts: replace(facts, address=None)),
    (frozenset({"name"}), lambda facts: replace(facts, name=None)),
    (frozenset({"number", "phone"}), lambda facts: replace(facts, phone=None)),
    (
        frozenset({"time", "day", "date", "hour", "window"}),
        lambda facts: replace(facts, window=None, day=None, daypart=None, search=None),
    ),
    (frozenset({"notes", "note"}), lambda facts: replace(facts, notes=None)),
)
_MORNING_ENDS, _AFTERNOON_ENDS = 12, 17


def absorb(
    facts: Facts, turn: Understanding, ask: Ask, caller_number: str | None, *, at: datetime
) -> Facts:
    """The facts after a turn; answers to yes/no questions are judged elsewhere.

    Args:
        facts: what was known before.
        turn: the caller's turn.
        ask: the question that was open.
        caller_number: E.164 number the call comes from, used when the caller says "this number".
        at: when it was said, in the business's zone.
    """
    before = facts
    facts = _person(facts, turn, caller_number)
    facts = _service(facts, turn, ask)
    facts = _place(facts, turn)
    facts = _time(facts, turn, ask)
    if turn.code and (turn.code != facts.code):
        facts = replace(facts, code=turn.code, found=None, confirmed=False)
    if turn.note:
        facts = replace(facts, notes=_joined(facts.notes, turn.note), confirmed=False)
    return told(before, facts, ask, corrects=turn.corrects, at=at)


def reopen(facts: Facts, text: str) -> Facts:
    """The facts without the first detail the caller names ("the address is wrong")."""
    said = set(words(text))
    blanked = next((blank for names, blank in _DETAILS if names & said), None)
    return blanked(replace(facts, confirmed=False)) if blanked else facts


def preferred(facts: Facts) -> tuple[Window, ...]:
    """The offered windows that fit the day and the part of day the caller named, if any did."""
    return tuple(
        window
        for window in facts.offers
        if (facts.day is not None or facts.daypart is not None)
        and (facts.day is None or window.start.date() == facts.day)
        and (facts.daypart is None or daypart_of(window) is facts.daypart)
    )


def daypart_of(window: Window) -> Daypart:
    """The part of day in which a window starts."""
    if window.start.hour < _MORNING_ENDS:
        return Daypart.MORNING
    return Daypart.AFTERNOON if window.start.hour < _AFTERNOON_ENDS else Daypart.EVENING


def _person(facts: Facts, turn: Understanding, caller_number: str | None) -> Facts:
    if turn.name:
        facts = replace(facts, name=turn.name, confirmed=False)
    if turn.phone:
        facts = replace(facts, phone=turn.phone, phone_part="", confirmed=False)
    elif caller_number and one_digit_off(turn.phone_part, caller_number):
        facts = replace(facts, phone=caller_number, phone_part="", confirmed=False)
    elif turn.phone_part and facts.phone is None:
        too_long = len(turn.phone_part) > MOST_DIGITS
        facts = replace(facts, phone_part="" if too_long else turn.phone_part)
    elif Intent.THIS_NUMBER in turn.intents and caller_number:
        facts = replace(facts, phone=caller_number, phone_part="")
    if turn.email:
        facts = replace(facts, email=turn.email)
    return facts


def _service(facts: Facts, turn: Understanding, ask: Ask) -> Facts:
    heard = turn.service
    if heard is not None and (facts.service is None or turn.corrects or heard.symptoms):
        changed = heard.service != facts.service
        kept = () if changed else facts.symptoms
        symptoms = (*kept, *(s for s in heard.symptoms if s not in kept))
        facts = replace(
            facts,
            service=heard.service,
            symptoms=symptoms,
            problem=heard.problem or ("" if changed else facts.problem),
        )
        if changed:
            facts = replace(facts, quote=None, accepted=False, search=None, offers=(), window=None)
    own_words = ask is Ask.PROBLEM and not facts.symptoms and not facts.problem
    if own_words and not turn.intents - _SMALL_TALK and not turn.asks:
        facts = replace(facts, problem=turn.text.strip(" .!?,"))
    return facts


def _place(facts: Facts, turn: Understanding) -> Facts:
    heard = turn.address
    if heard is None:
        return facts
    if heard.number and heard.street:
        return replace(facts, address=heard, address_part=None, confirmed=False)
    return replace(facts, address_part=heard)


def _time(facts: Facts, turn: Understanding, ask: Ask) -> Facts:
    if Intent.NO_RUSH in turn.intents:
        facts = replace(facts, haste=Haste.ANY_TIME)
    elif Intent.RUSH in turn.intents:
        facts = replace(facts, haste=Haste.SOON)
    choice = turn.choice
    if choice is not None and choice.kind is ChoiceKind.CHOSEN and choice.index is not None:
        return replace(facts, window=facts.offers[choice.index], confirmed=False)
    if choice is not None and choice.kind is ChoiceKind.AMBIGUOUS and turn.day is None:
        return facts
    settled = facts.window is not None and not turn.corrects and ask is not Ask.DAY
    if settled or (turn.day is None and turn.daypart is None):
        return facts
    fresh = replace(
        facts,
        day=turn.day or facts.day,
        daypart=turn.daypart or (None if turn.day else facts.daypart),
        window=None,
        confirmed=False,
    )
    same = turn.day is None or turn.day == facts.day
    return fresh if same and facts.offers else replace(fresh, search=None)


def _joined(old: str | None, new: str) -> str:
    if not old or old == new:
        return new
    return old if new.lower() in old.lower() else f"{old} {new}"
