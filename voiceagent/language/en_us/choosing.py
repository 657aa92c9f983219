"""Which of the offered appointment windows an answer means."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from voiceagent.domain.records import Window
from voiceagent.language.en_us.dates import MONTH_NUMBERS, WEEKDAYS, hear_date
from voiceagent.language.en_us.dayparts import Daypart, hear_daypart
from voiceagent.language.en_us.hours import HoursHeard, hear_hours
from voiceagent.language.en_us.lexicon import ORDINAL_UNITS, vocabulary, words
from voiceagent.language.en_us.yes_no import YesNo, hear_yes_no

_NOON, _EVENING = 12, 17
_TWO = 2
_SOONEST = (
    "soonest", "as soon as", "asap", "a s a p", "earliest", "first available", "next available",
    "first one available", "either", "whichever", "any of", "any one", "anything works", "anytime",
    "any time", "whatever", "doesn't matter", "don't care", "don't mind", "you pick", "you choose",
    "both work", "both are fine", "sooner", "earlier", "right away", "whenever", "immediately",
    "early one", "early slot", "early window",
)  # fmt: skip
_LATEST = re.compile(
    r"(?:^|\b(?:the|a|bit|little|take|want|prefer|choose|pick|do|like|anything|something|is|or|even|need|make it|say|yes|yeah|ok|okay|no|not|rather|go with)) "  # noqa: E501
    r"(?:later|latest|last|latter)\b(?! (?:time|visit|week|month|year|name|guy))"
    r"|\b(?:later|latest|last|latter|late) (?:one|slot|window|time|appointment|option|works|please|is|would|sounds|if)\b"  # noqa: E501
)
"""The later of what was offered; "can I pay the rest later" takes none of it."""

_LATEST_ONE = ("last one", "later one", "latest one", "latter one")
_FIRST = ("former",)
_NONE = (
    "neither", "none", "something else", "another time", "another day", "different time",
    "different day", "other times", "other days", "anything else", "any other", "nothing works",
    "anything later", "anything earlier", "something later", "something earlier", "any earlier",
    "any later", "can't do either", "can't make either", "no good", "can't make any", "don't work",
    "not either",
)  # fmt: skip
_REFUSED_AFTER = ("doesn't work", "does not work", "won't work", "is no good", "isn't good",
                  "is too late", "is too early", "is bad", "isn't possible")  # fmt: skip
_REFUSED_BEFORE = ("not", "can't do", "can't make", "cannot do", "anything but", "except")
_COUNTERS = vocabulary("option number choice slot window")
_PICKS = vocabulary("""
    one one's option slot window choice time appointment please works is would sounds
""")


class ChoiceKind(StrEnum):
    """What an answer to an offer of windows was."""

    CHOSEN = "chosen"
    AMBIGUOUS = "ambiguous"
    NONE_OF_THEM = "none_of_them"
    UNHEARD = "unheard"


@dataclass(frozen=True, slots=True)
class WindowChoice:
    """Which of the offered windows the caller wants.

    Attributes:
        kind: CHOSEN one; AMBIGUOUS: several fit; NONE_OF_THEM: all refused, or another time asked
            for (`hear_date` and `hear_daypart` say which); UNHEARD: nothing about time was said.
        index: the chosen window, ``None`` unless CHOSEN.
        candidates: indices that fit, in offered order; one when CHOSEN, two or more when AMBIGUOUS;
            with NONE_OF_THEM those that are left once an hour was refused, if any.
    """

    kind: ChoiceKind
    index: int | None = None
    candidates: tuple[int, ...] = ()


def wall_times(window: Window, now: datetime) -> tuple[datetime, datetime]:
    """Start and end of a window in `now`'s zone.

    Raises:
        ValueError: `now` is naive.
    """
    if now.tzinfo is None:
        raise ValueError("windows need an aware time to be worded against")
    return window.start.astimezone(now.tzinfo), window.end.astimezone(now.tzinfo)


def _has(text: str, phrases: Sequence[str]) -> bool:
    return any(f" {phrase} " in text for phrase in phrases)


_A_MOMENT = frozenset({"a", "one", "half", "another", "split", "couple"})


def _by_place(tokens: tuple[str, ...], count: int) -> int | None:
    """As in "the first one", "option two", "second": an index below `count`."""
    for at, word in enumerate(tokens):
        before = tokens[at - 1] if at else ""
        after = tokens[at + 1] if at + 1 < len(tokens) else ""
        place = ORDINAL_UNITS.get(word, int(word[0]) if word in ("1st", "2nd", "3rd") else 0)
        if word == "second" and before in _A_MOMENT:
            continue  # "hold on a second"
        if 0 < place <= count and (not after or after in _PICKS or before == "the"):
            return place - 1
        named = {"one": 1, "two": 2, "three": 3, "1": 1, "2": 2, "3": 3}.get(word, 0)
        if 0 < named <= count and (before in _COUNTERS or len(tokens) == 1):
            return named - 1
    return None


@dataclass(frozen=True, slots=True)
class _Wish:
    """What one answer says of time."""

    day: date | None
    part: Daypart | None
    hours: HoursHeard | None
    weekdays: frozenset[str]

    def fits(self, window: Window, now: datetime) -> bool:
        """Whether a window meets all of it; "friday" said on a Friday is also today."""
        start, end = wall_times(window, now)
        today_by_name = start.date() == now.date() and WEEKDAYS[start.weekday()] in self.weekdays
        if self.day is not None and start.date() != self.day and not today_by_name:
            return False
        if self.part is not None and not _in_part(self.part, start, end):
            return False
        return self.hours is None or self.hours.fits(start, end)

    def starts(self, window: Window, now: datetime) -> bool:
        """Whether the hour said is the window's first, which outweighs lying inside it."""
        return self.hours is not None and self.hours.first.same(wall_times(window, now)[0])


def _wish(part: str, now: datetime) -> _Wish | None:
    day, daypart, hours = hear_date(part, now), hear_daypart(part), hear_hours(part)
    if day is None and daypart is None and hours is None:
        return None
    return _Wish(day, daypart, hours, frozenset(words(part)) & frozenset(WEEKDAYS))


def _in_part(part: Daypart, start: datetime, end: datetime) -> bool:
    if part is Daypart.MORNING:
        return start.hour < _NOON
    if part is Daypart.AFTERNOON:
        return _NOON <= start.hour < _EVENING
    reaches_evening = end.date() > start.date() or end.hour > _EVENING
    return start.hour >= _EVENING or (start.hour == _EVENING - 1 and reaches_evening)


def _pieces(spaced: str) -> tuple[str, str]:
    """(what is wanted, what is refused) of an answer like "not tonight, tomorrow"."""
    for phrase in _REFUSED_AFTER:
        head, found, tail = spaced.partition(f" {phrase} ")
        if found:
            return f" {tail} ", f" {head} "
    for phrase in _REFUSED_BEFORE:
        head, found, tail = spaced.partition(f" {phrase} ")
        if found:
            denied, rest = _first_words(tail)
            return f"{head} {rest} ", f" {denied} "
    return spaced, ""


def _first_words(tail: str) -> tuple[str, str]:
    """Split after what is denied: up to a turn of the sentence, or the first word of time."""
    for turn in (" but ", " rather ", " no ", " let's ", " i'd ", " instead ", " how about "):
        head, found, rest = f" {tail}".partition(turn)
        if found:
            return head, rest
    first, _, rest = tail.strip().partition(" ")
    counted = rest.split()[:2]
    if first == "the" and len(counted) == _TWO and counted[1] in _PICKS:
        return " ".join((first, *counted)), " ".join(rest.split()[2:])
    if first in ("the", "this", "on", "in", "at", "next", "tomorrow"):
        second, _, more = rest.partition(" ")
        if first == "tomorrow" and second not in ("morning", "afternoon", "evening", "night"):
            return first, rest
        return f"{first} {second}", more
    return first, rest


def _matching(part: str, windows: Sequence[Window], now: datetime) -> tuple[int, ...] | None:  # noqa: PLR0911
    """Indices that fit what `part` says, ``None`` when it says nothing of time."""
    tokens, wish = words(part), _wish(part, now)
    spaced = f" {' '.join(tokens)} "
    found = [at for at, window in enumerate(windows) if wish and wish.fits(window, now)]
    if wish is not None and wish.day is None and _has(spaced, _LATEST_ONE):
        wish, found = None, []  # "the last one" names no hour
    place = _by_place(tokens, len(windows))
    if place is not None and wish is not None and wish.day is None and place < len(found):
        return (found[place],)  # "the first one after four"
    if place is not None and (not found or counts_windows(part, len(windows))):
        return tuple(sorted({place, *found}))  # "the second": of the offers, or of the month
    if wish is not None:
        return tuple([at for at in found if wish.starts(windows[at], now)] or found)
    if _has(spaced, _FIRST):
        return (0,)
    if _LATEST.search(spaced):
        return (max(range(len(windows)), key=lambda at: windows[at].start),)
    if _has(spaced, _SOONEST):
        return (min(range(len(windows)), key=lambda at: windows[at].start),)
    return None


def counts_windows(text: str, count: int) -> bool:
    """Whether an answer counts what was offered ("the first", "number two") and names no date."""
    tokens = words(text)
    return _by_place(tokens, count) is not None and MONTH_NUMBERS.keys().isdisjoint(tokens)


def choose_window(text: str, windows: Sequence[Window], now: datetime) -> WindowChoice:
    """Which of the offered `windows` an answer means; never raises on text.

    "the first one", "tonight nine to eleven", "tomorrow morning", "the later one", "eight o'clock",
    "saturday", "not tonight", "either" and "the soonest" (both: the earliest), "neither". A bare
    "yes" to one window chooses it, to several it is AMBIGUOUS.

    Args:
        text: recogniser words or typed text.
        windows: as offered, in the order they were said.
        now: aware time in the business's zone.

    Raises:
        ValueError: `now` is naive.
    """
    everything = tuple(range(len(windows)))
    spaced = f" {' '.join(words(text))} "
    if not windows:
        return WindowChoice(ChoiceKind.UNHEARD)
    if _has(spaced, _NONE):
        return WindowChoice(ChoiceKind.NONE_OF_THEM)
    wanted, refused = _pieces(spaced)
    found = _matching(text if not refused else wanted, windows, now)
    denied = _matching(refused, windows, now) if refused else None
    if denied:
        found = tuple(at for at in found or everything if at not in denied)
    if found is not None:
        return _choice(found)
    answer = hear_yes_no(text)
    if answer is YesNo.NO:
        return WindowChoice(ChoiceKind.NONE_OF_THEM)
    return _choice(everything) if answer is YesNo.YES else WindowChoice(ChoiceKind.UNHEARD)


def _choice(found: tuple[int, ...]) -> WindowChoice:
    if not found:
        return WindowChoice(ChoiceKind.NONE_OF_THEM)
    if len(found) == 1:
        return WindowChoice(ChoiceKind.CHOSEN, found[0], found)
    return WindowChoice(ChoiceKind.AMBIGUOUS, None, found)
