"""When somebody should come: a day, a part of it, bounds, or one of the windows on offer."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from voiceagent.dialogue.house.asks import Ask
from voiceagent.dialogue.house.facts import Facts, daypart_of, keeps, preferred
from voiceagent.dialogue.house.hearing.corrections import is_correction
from voiceagent.language.en_us.dates import days_named
from voiceagent.language.en_us.hour_bounds import Bound
from voiceagent.language.en_us.hours import hear_hours
from voiceagent.language.en_us.lexicon import words
from voiceagent.language.en_us.loose_times import hear_loose_time, wants_working_hours
from voiceagent.language.en_us.nights import after_midnight, nights_on
from voiceagent.language.en_us.past import of_now
from voiceagent.language.en_us.preferences import what_is_asked_for
from voiceagent.language.en_us.times import (
    ChoiceKind,
    Daypart,
    NoSuchDay,
    WindowChoice,
    choose_window,
    counts_windows,
    hear_date,
    hear_daypart,
    hear_no_such_day,
)
from voiceagent.language.en_us.wishes import TimeWish, hear_wish

_CHOICE_ASKS = frozenset(
    {Ask.TIME, Ask.DAY, Ask.READ_BACK, Ask.CHANGE, Ask.CONFIRM_MOVE, Ask.NOTES}
)
_IT_WAS = re.compile(r"^\W*(no|nope|wrong|sorry)\b[, ]+(?:it|that) was (?!not\b)", re.IGNORECASE)
"""Of a correction: "no, it was Friday" says what was meant, not what happened."""

_NEXT_WEEK = re.compile(r"\bnext week\b")
_OTHER = re.compile(r"\b(?:the|that) other (?:one|time|slot|window|option|appointment)\b")
_MOVED = re.compile(
    r"\b(?:move|moving|change|changing|push|switch|reschedule|rescheduling|postpone|bring)\b"
    r"[^.!?]*?\b(?:to|for|until|till)\b(?P<to>.+)",
    re.IGNORECASE | re.DOTALL,
)
_ANY_DAY = datetime(2025, 1, 1, 12, tzinfo=UTC)
_TONIGHT = re.compile(r"\bton(?:ight|ite)\b")
_TOO = frozenset({Bound.TOO_EARLY, Bound.TOO_LATE})
_NIGHT_ENDS = 5
_TWO = 2
_SHORTEST_NOTE = 7
"""Words from which an answer to the question for notes is a note, whatever it counts."""


@dataclass(frozen=True, slots=True)
class TimesHeard:
    """What a turn says of time; empty fields were not heard.

    With a day that does not exist (`no_such_day`) nothing else is: what it meant is asked. `loose`
    is a stretch of days said where one day is needed; `in_hours`: only inside working hours.
    """

    day: date | None = None
    daypart: Daypart | None = None
    wish: TimeWish | None = None
    choice: WindowChoice | None = None
    no_such_day: NoSuchDay | None = None
    loose: str = ""
    in_hours: bool = False


NO_TIMES_HEARD = TimesHeard()


def hear_times(
    text: str, ask: Ask, facts: Facts, now: datetime, *, timed: bool, corrects: bool
) -> TimesHeard:
    """What a turn says of time; what it tells of the past is no wish.

    Args:
        text: the turn, without what was read as something else.
        ask: the open question.
        facts: with the windows on offer.
        now: aware, in the business's zone.
        timed: whether the turn can be about the visit's time at all.
        corrects: whether it puts something right.
    """
    text = _EXCEPT_THAT.sub(", ", _INSISTS.sub("", _AS_SAID.sub(" ", text)))
    text = _to_what(of_now(_IT_WAS.sub(r"\1, ", text)))
    if not text.strip():
        return NO_TIMES_HEARD
    choosing = _choosing(text, ask, facts, corrects=corrects)
    counts = choosing and _counts(text, facts, now)
    asked_back = _asked_back(text, now) if timed and not counts else None
    if asked_back is not None:
        return asked_back
    if timed and choosing and wants_working_hours(text):
        return TimesHeard(choice=WindowChoice(ChoiceKind.NONE_OF_THEM), in_hours=True)
    asked_for = what_is_asked_for(text)
    day = (_day(asked_for, now) or _day(text, now)) if timed and not counts else None
    if day is None and timed and facts.day in {None, now.date()}:
        day = _next_morning(text, now)
    wish = _wish_asked_for(asked_for, text, day, facts, now, counts=counts) if timed else None
    nights = nights_on(asked_for, now) if timed and wish is not None else None
    if wish is not None and nights is not None:
        day = (day or now.date()) + timedelta(days=nights)
        wish = _after_midnight(wish)
    if wish is not None and wish.days is not None:
        day = None  # the week was meant, not the day it is named by
    if wish is not None and day in wish.not_on:
        named = (one for one in days_named(text, now) if one not in wish.not_on)
        day = next(named, None) or _a_week_on(text, day, wish, now)
    other = _the_other(text, facts)
    if other is not None:
        at = facts.offers[other]
        same_call = WindowChoice(ChoiceKind.CHOSEN, other, (other,))
        minutes = at.start.hour * 60 + at.start.minute
        bounds = TimeWish(earliest=minutes, latest=minutes + _minutes(at.end - at.start))
        return TimesHeard(
            at.start.date(), None, bounds, same_call if facts.booking is None else None
        )
    return TimesHeard(
        day=day,
        daypart=_daypart(text, now) if timed and nights is None else None,
        wish=wish,
        choice=_keeping(_choice(text, day, wish, facts, now), text, day, wish, facts)
        if choosing
        else None,
    )


_EXCEPT_THAT = re.compile(
    r"[, ]+\b(?:except|only|but)\b(?: that)?[, ]+"
    r"(?=(?:i|we|i'd|we'd|i'll|we'll|i'm|it|it's|can|could|make|let's|my)\b)",
    re.IGNORECASE,
)
"""What stands behind it is said for itself: "except I need Thursday" refuses no Thursday."""

_AS_SAID = re.compile(
    r"\b(?:that |which |like |as )?you(?:'ve| have| just| had)* "
    r"(?:said|mentioned|offered|named|gave(?: me)?|told me(?: about)?|listed|read(?: out)?)\b"
    r"(?: (?:first|before|earlier|there))?",
    re.IGNORECASE,
)
"""Of a window that was said, not of the past: "the last one you said"."""


_INSISTS = re.compile(
    r"(?:(?<=^)|(?<=[.!?,;] ))(?:but |and |like |as )?(?:i|we)(?:'ve| have| just| already| did)* "
    r"(?:said|told you|mentioned|asked for|wanted|meant)(?: that)?[:,]? (?!(?:yes|no)\b)",
    re.IGNORECASE,
)
"""Before a wish that is said once more: "I said I cannot do mornings" is meant now."""


def _asked_back(text: str, now: datetime) -> TimesHeard | None:
    """What a turn says of time that is no time yet: a day that is none, a stretch of days."""
    odd = hear_no_such_day(text, now)
    if odd is not None:
        return TimesHeard(no_such_day=odd)
    loose = hear_loose_time(text)
    vague = loose and (hear_date(text, now) is None)
    return TimesHeard(loose=loose) if vague else None


def _wish(
    text: str, day: date | None, facts: Facts, now: datetime, *, counts: bool
) -> TimeWish | None:
    """The bounds a turn sets; beside a count ("the first one, but not before ten") only limits."""
    if not counts:
        return hear_wish(text, now, _part_of_offers(day, facts))
    wish = hear_wish(_COUNTED.sub(" ", text), now)
    limits = wish is not None and (wish.earliest is None) != (wish.latest is None)
    return wish if limits else None


def _wish_asked_for(
    asked_for: str, text: str, day: date | None, facts: Facts, now: datetime, *, counts: bool
) -> TimeWish | None:
    """The bounds of a turn; an hour asked for is meant, not the one that tells why."""
    whole = _wish(text, day, facts, now, counts=counts)
    if asked_for == text or counts:
        return whole
    meant = _wish(asked_for, day, facts, now, counts=counts)
    if meant is None or whole is None or hear_hours(asked_for) is None:
        return whole
    return replace(meant, not_on=whole.not_on, days=whole.days)


def _part_of_offers(day: date | None, facts: Facts) -> Daypart | None:
    """The part of day that all windows on offer that day are in."""
    parts = {daypart_of(window) for window in facts.offers if window.start.date() == day}
    return parts.pop() if len(parts) == 1 else None


def _keeping(
    choice: WindowChoice | None,
    text: str,
    day: date | None,
    wish: TimeWish | None,
    facts: Facts,
) -> WindowChoice | None:
    """A choice only if its window keeps all that the turn says of hours, else none of them.

    What is left once an hour is refused ("I can't do two") is no choice: it is proposed.
    """
    if choice is not None and choice.index is not None and _only_refuses(text, day, wish):
        return WindowChoice(ChoiceKind.NONE_OF_THEM, None, choice.candidates)
    if choice is not None and choice.index is not None and _wants_earlier(text):
        return WindowChoice(ChoiceKind.NONE_OF_THEM)
    if choice is None or choice.index is None or wish is None or wish.last:
        return choice
    window = facts.offers[choice.index]
    hours = hear_hours(_COUNTED.sub(" ", text))
    if hours is None or (hours.bound is Bound.AT and hours.fits(window.start, window.end)):
        return choice
    bare = hours.bound in _TOO and day is None and _COUNTED.search(text) is None
    if bare:  # "eight is too early" refuses one window, and takes no other
        return WindowChoice(ChoiceKind.NONE_OF_THEM)
    kept = wish.fits(window) and hours.bound is not Bound.AT
    return choice if kept else WindowChoice(ChoiceKind.NONE_OF_THEM)


def _wants_earlier(text: str) -> bool:
    """Whether what is on offer is refused for the earliest there is: none of it is that."""
    return _REFUSES_THEM.search(text) is not None and _EARLIEST.search(text) is not None


_REFUSES_THEM = re.compile(
    r"\b(?:that|those|these|it|they|neither|none of (?:those|them|these))"
    r"(?: one| ones| times?)? (?:doesn't|don't|does not|do not|won't|will not|can't|isn't|aren't) "
    r"(?:really |going to )?(?:work|suit|do|fit|good|possible)\b",
    re.IGNORECASE,
)
_EARLIEST = re.compile(
    r"\b(?:as early as|earliest|first thing|as soon as|soonest)\b", re.IGNORECASE
)


def _only_refuses(text: str, day: date | None, wish: TimeWish | None) -> bool:
    """Whether an hour is refused, and nothing else is said of when."""
    if day is not None or wish is not None or _COUNTED.search(text) is not None:
        return False
    hours = hear_hours(text)
    return hours is not None and hours.bound is Bound.REFUSED


def _counts(text: str, facts: Facts, now: datetime) -> bool:
    """Whether a turn counts the offers; "the first one on Friday" does where Friday is offered."""
    if not counts_windows(text, len(facts.offers)):
        return False
    day = hear_date(_COUNTED.sub(" ", text), now)
    return day is None or any(window.start.date() == day for window in facts.offers)


_COUNTED = re.compile(
    r"\b(?:the )?(?:first|second|third)(?: one)?\b(?! (?:of|week))"
    r"|\b(?:number|option|choice|slot|window) \w+\b",
    re.IGNORECASE,
)


def _minutes(span: timedelta) -> int:
    return int(span.total_seconds()) // 60


def _a_week_on(text: str, day: date, wish: TimeWish, now: datetime) -> date | None:
    """Of "a Saturday, but not the 14th" the Saturday after that: the day is named, and refused.

    "Any day but Saturday" names it once, and leaves no day.
    """
    if days_named(text, now).count(day) < _TWO:
        return None
    weeks = (day + timedelta(days=7 * week) for week in range(1, 1 + len(wish.not_on) + 1))
    return next((one for one in weeks if one not in wish.not_on), None)


def _after_midnight(wish: TimeWish) -> TimeWish:
    """The bounds of a night's small hours, of which the evening was named."""
    return replace(
        wish,
        earliest=after_midnight(wish.earliest),
        latest=after_midnight(wish.latest),
        holding=after_midnight(wish.holding),
    )


def _the_other(text: str, facts: Facts) -> int | None:
    """The other of two offered windows, once one is taken ("make it the other time")."""
    if len(facts.offers) != _TWO or facts.window not in facts.offers:
        return None
    if not _OTHER.search(" ".join(words(text))):
        return None
    return 1 - facts.offers.index(facts.window)


def _to_what(text: str) -> str:
    """Of something that is moved, what it is moved to ("my Friday visit to Monday")."""
    moved = _MOVED.search(text)
    if moved is None or (hear_date(moved["to"], _ANY_DAY) is None and not hear_hours(moved["to"])):
        return text
    return moved["to"]


def _daypart(text: str, now: datetime) -> Daypart | None:
    """The part of day; in the small hours "tonight" is what is left of this night."""
    small_hours = now.hour < _NIGHT_ENDS and _TONIGHT.search(text.lower())
    return None if small_hours else hear_daypart(text)


def _day(text: str, now: datetime) -> date | None:
    """The date named; "next week" is its Monday, "thursday next week" its Thursday."""
    day = hear_date(text, now)
    if not _NEXT_WEEK.search(text.lower()):
        return day
    monday = now.date() + timedelta(days=7 - now.weekday())
    return monday if day is None else max(day, monday + timedelta(days=day.weekday()))


def _next_morning(text: str, now: datetime) -> date | None:
    """Tomorrow, where somebody would wait until morning, and this one is over."""
    waits = now.hour >= _MORNING_ENDS and _UNTIL_MORNING.search(text.lower()) is not None
    return now.date() + timedelta(days=1) if waits else None


_MORNING_ENDS = 12
_UNTIL_MORNING = re.compile(r"\b(?:until|till|til|by) (?:the )?(?:next )?morning\b")


def _choosing(text: str, ask: Ask, facts: Facts, *, corrects: bool) -> bool:
    """Whether windows are on offer, and the turn may be about them."""
    if not facts.offers or ask not in _CHOICE_ASKS:
        return False
    if ask in {Ask.TIME, Ask.CHANGE}:
        return True
    if ask is Ask.NOTES:  # a "no" answers there
        corrects = corrects and _puts_right(text)
    if corrects:
        return True
    picks = counts_windows(text, len(facts.offers)) and len(words(text)) < _SHORTEST_NOTE
    return picks and ask in {Ask.NOTES, Ask.READ_BACK}


def _puts_right(text: str) -> bool:
    """Whether more than a "no" speaks for a correction: a mark of one, a time, or little else."""
    rest = _NO.sub("", text)
    timed = hear_hours(rest) is not None or hear_date(rest, _ANY_DAY) is not None
    return timed or is_correction(rest) or len(words(text)) < _SHORTEST_NOTE


_NO = re.compile(r"^\W*(?:(?:no|nope|nah)\b\W*)+", re.IGNORECASE)

_LAST_ONE = re.compile(r"\b(?:last|latest) one\b(?! (?:of|on|in|that|for)\b)", re.IGNORECASE)
"""The last of what was offered, rather than the last of a day."""


def _by_day(day: date | None, wish: TimeWish | None, facts: Facts) -> WindowChoice | None:
    """The one offer that keeps both a day and the hours that are named with it."""
    if day is None or wish is None:
        return None
    fits = [at for at, window in enumerate(facts.offers) if keeps(window, day, None, wish)]
    return WindowChoice(ChoiceKind.CHOSEN, fits[0], (fits[0],)) if len(fits) == 1 else None


def _choice(
    text: str, day: date | None, wish: TimeWish | None, facts: Facts, now: datetime
) -> WindowChoice | None:
    """Which offered window the turn picks; none on a day that is not on offer.

    An exact moment picks none either: which window holds it is said first.
    """
    if day is not None and all(window.start.date() != day for window in facts.offers):
        return None
    if wish is not None and (wish.exact or wish.last):
        searched = facts.search is not None and facts.search.wish == wish
        searched = searched or (wish.last and _LAST_ONE.search(text) is not None)
        latest = max(range(len(facts.offers)), key=lambda at: facts.offers[at].start)
        return WindowChoice(ChoiceKind.CHOSEN, latest, (latest,)) if searched else None
    spoken = preferred(facts) or facts.offers
    if len(spoken) == len(facts.offers) or not counts_windows(text, len(facts.offers)):
        found = choose_window(text, facts.offers, now)
        return _by_day(day, wish, facts) or found if found.index is None else found
    counted = choose_window(text, spoken, now)  # "the first one": of those that were said
    if counted.index is None:
        return counted
    at = facts.offers.index(spoken[counted.index])
    return WindowChoice(ChoiceKind.CHOSEN, at, (at,))
