"""How a caller's turn changes the facts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from voiceagent.dialogue.house.asks import Ask
from voiceagent.dialogue.house.facts import MOST_DIGITS, PARTS_OF_DAY, Facts, Haste, keeps
from voiceagent.dialogue.house.hearing.corrections import exchanges
from voiceagent.dialogue.house.intents import Intent
from voiceagent.dialogue.house.origins import told
from voiceagent.dialogue.house.reports import Scene
from voiceagent.dialogue.house.understand import Understanding
from voiceagent.domain.records import Window
from voiceagent.language.en_us.matching import words
from voiceagent.language.en_us.phones import points_to
from voiceagent.language.en_us.times import ChoiceKind, Daypart, counts_windows
from voiceagent.language.en_us.wishes import NO_WISH, TimeWish
from voiceagent.language.en_us.yes_no import YesNo

_KEEPS_SERVICE = frozenset(
    {
        *(Ask.TIME, Ask.DAY, Ask.CONFIRM_MOVE, Ask.CONFIRM_CANCEL, Ask.NAME, Ask.NAME_AND_PHONE),
        *(Ask.PHONE, Ask.ADDRESS, Ask.CODE, Ask.PHONE_AND_CODE, Ask.NOTES, Ask.SAFETY),
        Ask.SEND_CODE,
    }
)
"""Questions to whose answers no other service is heard ("that doesn't work for me")."""

_NOTHING_UNDER_WAY = frozenset({Ask.HELP, Ask.ANYTHING_ELSE})
"""Where another service whose price is asked is the one that is talked of from here on."""

_AGREEING = frozenset({Ask.READ_BACK, Ask.GO_AHEAD})
"""To these an aside changes nothing ("yes, I can't stand the heat")."""

_AGREED = frozenset({Ask.READ_BACK, Ask.CONFIRM_MOVE})
"""To these another time is another time, with a yes beside it or not."""

_SMALL_TALK = frozenset({Intent.GREETING, Intent.THANKS, Intent.WAIT, Intent.GOODBYE})
_DETAILS: tuple[tuple[frozenset[str], Callable[[Facts], Facts]], ...] = (
    (
        frozenset(
            ("address", "street", "city", "zip", "apartment", "apt", "unit", "suite", "house")
        ),
        lambda facts: replace(facts, address=None),
    ),
    (
        frozenset(("name", "surname", "spelling", "spelled", "spelt")),
        lambda facts: replace(facts, name=None),
    ),
    (
        frozenset(("number", "phone", "digit", "digits", "cell")),
        lambda facts: replace(facts, phone=None),
    ),
    (
        frozenset({"time", "day", "date", "hour", "window"}),
        lambda facts: replace(facts, window=None, day=None, daypart=None, wish=None, search=None),
    ),
    (frozenset({"notes", "note"}), lambda facts: replace(facts, notes=None)),
)


def absorb(facts: Facts, turn: Understanding, ask: Ask, scene: Scene) -> Facts:
    """The facts after a turn; answers to yes/no questions are judged elsewhere.

    Args:
        facts: what was known before.
        turn: the caller's turn.
        ask: the question that was open.
        scene: its surroundings; the number the call comes from is used when the caller says "this
            number".
    """
    before = facts
    facts = _person(facts, turn, scene.caller_number)
    facts = _service(facts, turn, ask)
    facts = _place(facts, turn)
    facts = _time(facts, turn, ask)
    if turn.code and (turn.code != facts.code):
        facts = replace(facts, code=turn.code, found=None, confirmed=False)
    if turn.note:
        facts = replace(facts, notes=_joined(facts.notes, turn.note), confirmed=False)
    if turn.room and turn.room != facts.room:
        facts = replace(facts, room=turn.room, confirmed=False)
    facts = _terms(facts, turn)
    return told(before, facts, ask, corrects=turn.corrects, at=scene.now, sure=scene.sure)


def reopen(facts: Facts, text: str) -> Facts:
    """The facts without the first detail the caller names ("the address is wrong")."""
    said = set(words(text)) - set(words(facts.name or ""))  # somebody may be called Street
    blanked = next((blank for names, blank in _DETAILS if names & said), None)
    return blanked(replace(facts, confirmed=False)) if blanked else facts


def _person(facts: Facts, turn: Understanding, caller_number: str | None) -> Facts:
    if turn.name:
        facts = replace(facts, name=turn.name, confirmed=False)
    facts = _number(facts, turn, caller_number)
    return replace(facts, email=turn.email) if turn.email else facts


def _number(facts: Facts, turn: Understanding, caller_number: str | None) -> Facts:
    before = facts
    if turn.phone:
        facts = replace(facts, phone=turn.phone, phone_part="", confirmed=False)
    elif turn.phone_choices and facts.phone is None:
        facts = replace(facts, phone_choices=turn.phone_choices, phone_part="")
    elif caller_number and points_to(turn.phone_part, caller_number):
        facts = replace(facts, phone=caller_number, phone_part="", confirmed=False)
    elif turn.phone_part and facts.phone is None:
        too_long = len(turn.phone_part) > MOST_DIGITS
        facts = replace(facts, phone_part="" if too_long else turn.phone_part)
    elif Intent.THIS_NUMBER in turn.intents and caller_number:
        facts = replace(facts, phone=caller_number, phone_part="")
    if facts.phone is not None and facts.phone_choices:
        facts = replace(facts, phone_choices=())
    if facts.phone != before.phone and facts.extension:
        facts = replace(facts, extension="")  # it was the other number's
    if turn.extension and facts.phone is not None and turn.extension != facts.extension:
        facts = replace(facts, extension=turn.extension, confirmed=False)
    return facts


def _service(facts: Facts, turn: Understanding, ask: Ask) -> Facts:
    keeps = ask in _KEEPS_SERVICE or (ask in _AGREEING and not turn.corrects)
    other = turn.service is not None and turn.service.service != facts.service
    swaps = other and exchanges(turn.text)
    heard = None if keeps and not swaps and facts.service is not None else turn.service
    named = ask in {Ask.PROBLEM, Ask.SERVICE, Ask.WANT_BOOKING} or (
        ask in _NOTHING_UNDER_WAY and Intent.PRICE in turn.intents
    )
    corrects = turn.corrects and ask is not Ask.SAFETY  # its "no" is an answer
    if heard is not None and (
        facts.service is None or corrects or swaps or named or heard.symptoms
    ):
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
    fresh = tuple(one for one in turn.others if one not in facts.others)
    if fresh:
        facts = replace(facts, others=(*facts.others, *fresh), confirmed=False)
    own_words = ask is Ask.PROBLEM and not facts.symptoms and not facts.problem
    own_words = own_words and turn.answer is YesNo.UNCLEAR and not counts_windows(turn.text, 3)
    own_words = own_words and not _tells_of_a_person(turn)
    if own_words and not turn.intents - _SMALL_TALK and not turn.asks:
        facts = replace(facts, problem=turn.text.strip(" .!?,"))
    return facts


def _tells_of_a_person(turn: Understanding) -> bool:
    """Whether a turn says who or where somebody is, which is no trouble of a thing."""
    return any((turn.name, turn.phone, turn.phone_part, turn.email, turn.address, turn.code))


def _terms(facts: Facts, turn: Understanding) -> Facts:
    """By whom and at what price; what of either changes is searched or quoted anew."""
    if turn.technician and turn.technician != facts.technician:
        facts = replace(facts, technician=turn.technician, confirmed=False)
        if facts.search is not None and not turn.timed:  # them, rather than the time that was said
            facts = replace(facts, day=None, daypart=None, wish=None, window=None)
    if turn.coupon and turn.coupon != facts.coupon:
        facts = replace(facts, coupon=turn.coupon, confirmed=False)
    return facts


def _place(facts: Facts, turn: Understanding) -> Facts:
    heard = turn.address
    if heard is None:
        several = turn.address_choices if facts.address is None else ()
        if turn.place is not None:
            facts = replace(facts, place=turn.place.text)
        return replace(facts, address_choices=several or facts.address_choices)
    if heard.located:
        facts = replace(facts, address_part=None, address_choices=())
        return replace(facts, address=heard, confirmed=False)
    return replace(facts, address_part=heard)


def _time(facts: Facts, turn: Understanding, ask: Ask) -> Facts:
    if Intent.NO_RUSH in turn.intents:
        facts = replace(facts, haste=Haste.ANY_TIME)
    elif Intent.RUSH in turn.intents:
        facts = replace(facts, haste=Haste.SOON)
    if turn.in_hours:
        return _in_hours(facts)
    if turn.off_hours:
        facts = replace(facts, off_hours=True)
    choice = turn.choice
    index = choice.index if choice is not None and choice.kind is ChoiceKind.CHOSEN else None
    if index is not None and index < len(facts.offers):
        return replace(facts, window=facts.offers[index], confirmed=False)
    if choice is not None and choice.kind is ChoiceKind.NONE_OF_THEM and choice.candidates:
        return replace(
            facts, offers=tuple(facts.offers[at] for at in choice.candidates), window=None
        )
    if choice is not None and choice.kind is ChoiceKind.AMBIGUOUS and turn.day is None:
        return facts
    refused = turn.wish is not None and _refuses(facts.window, turn.wish)
    agreed = facts.window if ask in _AGREED else None
    another = agreed is not None and not keeps(agreed, turn.day, turn.daypart, turn.wish)
    put_right = turn.corrects or refused or another or ask in {Ask.DAY, Ask.CHANGE}
    if (facts.window is not None and not put_right) or not turn.timed:
        return facts
    fresh = replace(
        facts,
        day=turn.day or _still(facts.day, turn.wish),
        daypart=turn.daypart or (None if turn.day or turn.wish else facts.daypart),
        wish=_still_refusing(facts.wish, turn)
        if turn.wish
        else _in_part(_on_a_day(facts.wish, turn.day), turn.daypart),
        window=None,
        confirmed=False,
    )
    same = turn.day is None or turn.day == facts.day
    return fresh if same and facts.offers else replace(fresh, search=None)


def _in_hours(facts: Facts) -> Facts:
    """Any window inside working hours, on whatever day: what was said of time before goes."""
    return replace(
        facts,
        haste=Haste.ANY_TIME,
        day=None,
        daypart=None,
        wish=None,
        window=None,
        search=None,
        confirmed=False,
    )


def _refuses(window: Window | None, wish: TimeWish) -> bool:
    return window is not None and window.start.date() in wish.not_on


def _still(day: date | None, wish: TimeWish | None) -> date | None:
    """A day that was named before, unless it is refused now, or a week is named instead."""
    if wish is not None and wish.days is not None:
        return None
    return None if wish is not None and day in wish.not_on else day


def _still_refusing(before: TimeWish | None, turn: Understanding) -> TimeWish | None:
    """New bounds, with the days that were refused before and are not named now."""
    wish = turn.wish
    if wish is None or before is None:
        return wish
    earlier = tuple(one for one in before.not_on if one not in {turn.day, *wish.not_on})
    return replace(wish, not_on=(*earlier, *wish.not_on))


def _on_a_day(wish: TimeWish | None, day: date | None) -> TimeWish | None:
    """Bounds that were named before; a week no more once a day is named."""
    if wish is None or wish.days is None or day is None:
        return wish
    wish = replace(wish, days=None)
    return wish if wish != NO_WISH else None


def _in_part(wish: TimeWish | None, part: Daypart | None) -> TimeWish | None:
    """Bounds that were named before, without those that a part of day named now leaves no time."""
    if wish is None or part is None:
        return wish
    begins, ends = PARTS_OF_DAY[part]
    early = wish.latest is not None and wish.latest <= begins
    late = max(wish.earliest or 0, wish.holding or 0) >= ends
    if not early and not late:
        return wish
    wish = replace(wish, earliest=None, latest=None, holding=None, exact=False)
    return wish if wish != NO_WISH else None


def _joined(old: str | None, new: str) -> str:
    if not old or old == new:
        return new
    return old if new.lower() in old.lower() else f"{old} {new}"
