"""When a caller wants somebody, beside the day: bounds that a window has to keep.

"after four", "not before ten", "by noon", "two to four", "around one", "in about two hours", "the
last one of the day", "any day but Friday". A bound is kept as minutes from midnight on the wall
clock of the business; which windows there are is nobody's business here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from voiceagent.domain.records import Window
from voiceagent.language.en_us.dates import days_named
from voiceagent.language.en_us.dayparts import Daypart, hear_daypart, refused_daypart
from voiceagent.language.en_us.hour_bounds import Bound
from voiceagent.language.en_us.hours import ClockTime, hear_hours
from voiceagent.language.en_us.lexicon import UNITS, words
from voiceagent.language.en_us.weeks import hear_week

_HOUR, _DAY = 60, 1440
_LAST = re.compile(
    r"\b(?:last|latest) (?:appointment|slot|time|one|window|opening|visit)\b(?! (?:was|i had))"
    r"|\b(?:at |toward |towards )?the end of the day\b|\bas late as possible\b"
    r"|\blast (?:thing|one) (?:of|in) the (?:day|evening|afternoon)\b|\blatest you (?:have|can)\b"
)
_AFTER_WORK = re.compile(r"\bafter (?:work|school)\b")
_AFTER_LUNCH = re.compile(r"\bafter lunch\b")
_WORKS_UNTIL = re.compile(
    r"\b(?:work|working|busy|gone|out|at school|in a meeting|in meetings|teach|not home|asleep|"
    r"sleep|sleeping|class|classes|school|court|church|shift|tied up|booked|practice|surgery|away|not free"  # noqa: E501
    r"|not back|an appointment|a meeting|the office|training|driving)\b[^,.;]{0,20}\b(?:till|til|until)\b"  # noqa: E501
    r"|\b(?:till|til|until) [\w :]{1,14}(?:so )?(?:anything |something |any ?time |then |sometime )?(?:after that|afterwards|later than that|past that)\b"  # noqa: E501
)
_SO = re.compile(r"\b(?:so|which means|meaning)\b(?P<wish>[^.!?]+)", re.IGNORECASE)
"""Behind "so" stands the wish: "I get off at seven, so anything between eight and noon"."""

_EXACTLY = re.compile(r"\b(?:exactly|sharp|on the dot|precisely|right at|exact time)\b")
_IN = re.compile(
    r"\bin (?:about |around |like |maybe |roughly )?(?P<count>an?|a couple(?: of)?|half an"
    r"|\w+(?: and a half)?) (?P<unit>hours?|minutes?)\b"
)
_BUT_ON = re.compile(
    r"\b(?:not(?! (?:until|till|til|before|earlier)\b)|except|excluding|besides|apart from"
    r"|aside from|other than|but not|anything but"
    r"|any(?: \w+)?(?: (?:day|time|one))? but|anytime but|can not do|cannot do|can't do|can't make"
    r"|no good on|not on) (?:on |for )?(?P<day>[^,.;]+?)"
    r"(?=$| (?:not|except|excluding|besides|apart from|aside from|other than|but|so)\b)"
)
_BACK = re.compile(r"(?:that|then|it|this|the same)(?: (?:day|one|date))?\b(?! week)")
_IS_OUT = re.compile(
    r"^(?P<before>.*?) (?:is|are|s|would be|will be) (?:really |just |also )?(?:out|no good|bad|impossible|no use|taken"  # noqa: E501
    r"|not (?:good|possible|an option))\b"
    r"|^(?P<also>.*?) (?:does not|doesn't|do not|don't|will not|won't|would not|wouldn't|can't|cannot) "  # noqa: E501
    r"(?:really |going to )?(?:work|suit|fit|do)\b"
)
_UNABLE = re.compile(
    r"^(?:\w+ )?(?P<day>.*?) (?:i|we|he|she|they) (?:can't|cannot|can not|couldn't|won't)$"
)
_STOPS = re.compile(r"[,.;!?]+\s")
_JOINS = re.compile(r"\s(?:and|but|so|because)\s")
_DAY_WORDS = 3
_AT_WORK_ENDS, _LUNCH_ENDS = 17 * _HOUR, 13 * _HOUR
_FEWEST_MINUTES = 10
_NOON = 12 * _HOUR


@dataclass(frozen=True, slots=True)
class TimeWish:
    """Bounds for a window; minutes from midnight, ``None`` or empty where nothing was said.

    Attributes:
        earliest: it starts then or later.
        latest: it has ended by then.
        holding: it holds this moment.
        exact: the caller wants that very moment, which no window promises.
        last: the last one of a day.
        not_on: days that do not suit.
        days: a week, its first and last day, where no day was named.
    """

    earliest: int | None = None
    latest: int | None = None
    holding: int | None = None
    exact: bool = False
    last: bool = False
    not_on: tuple[date, ...] = ()
    days: tuple[date, date] | None = None

    def fits(self, window: Window) -> bool:
        """Whether a window, in the business's zone, keeps the bounds; `last` is no bound."""
        begins = window.start.hour * _HOUR + window.start.minute
        ends = begins + int((window.end - window.start).total_seconds()) // _HOUR
        return (
            (self.earliest is None or begins >= self.earliest)
            and (self.latest is None or ends <= self.latest)
            and (self.holding is None or begins <= self.holding < ends)
            and window.start.date() not in self.not_on
            and (self.days is None or self.days[0] <= window.start.date() <= self.days[1])
        )


NO_WISH = TimeWish()


def clock_of(minutes: int) -> str:
    """Minutes from midnight as ``"16:00"``."""
    return f"{minutes // _HOUR:02d}:{minutes % _HOUR:02d}"


def hear_wish(text: str, now: datetime, part: Daypart | None = None) -> TimeWish | None:
    """The bounds that a turn sets, or ``None``; never raises on text.

    Args:
        text: recogniser words or typed text, without what it tells of the past.
        now: aware, in the business's zone.
        part: the part of day that is talked of, where the turn itself names none: with it, "ten"
            is of that half of the day.

    Raises:
        ValueError: `now` is naive.
    """
    said = " ".join(words(text))
    part = part or hear_daypart(text)
    wish = _by_hours(text, said, part) or _by_habit(said) or _from_now(said, now)
    wish = wish or _by_refused_part(text) or NO_WISH
    if _LAST.search(said):
        wish = replace(wish, exact=False, last=True)
    refused = refused_days(text, now)
    if refused:
        wish = replace(wish, not_on=refused)
    week = hear_week(text, now)
    if week is not None:
        wish = replace(wish, days=week)
    return wish if wish != NO_WISH else None


def refused_days(text: str, now: datetime) -> tuple[date, ...]:
    """The days of "not Friday", "any day but Monday or Tuesday", "Friday is out"; empty for none.

    A word that points back ("Saturday is her birthday, so any day other than that") refuses the day
    that was named last before it.
    """
    found, earlier = list[date](), ""
    for sentence in _STOPS.split(text):
        said = " ".join(words(sentence))
        for match in _BUT_ON.finditer(said):
            if _BACK.match(match["day"]):
                named = days_named(f"{earlier} {said[: match.start()]}", now)
                found.extend(named[-1:])
            else:
                found.extend(days_named(" ".join(_listed_days(match["day"])), now))
        for clause in _JOINS.split(said):
            unable = _UNABLE.search(clause)
            if unable is not None:
                found.extend(days_named(unable["day"], now)[-1:])
            out = _IS_OUT.search(clause)
            if out is not None:
                found.extend(days_named(out["before"] or out["also"] or "", now)[-1:])
        earlier = f"{earlier} {said}"
    return tuple(dict.fromkeys(found))


def _listed_days(tail: str) -> list[str]:
    """The first words behind a refusal; further ones while days are listed ("Monday or Friday")."""
    parts = tail.split()
    end = _DAY_WORDS
    for at in range(len(parts)):
        if parts[at] in {"or", "and", "nor"} and at <= end:
            end = at + 2
    return parts[:end]


def _in_half(clock: ClockTime, part: Daypart | None) -> int:
    """Minutes from midnight; an hour of which no half was said is of the part of day named."""
    if clock.exact or part is None:
        return clock.daytime
    if part is Daypart.MORNING:
        return clock.minutes
    return clock.minutes + _DAY // 2 if clock.minutes < _DAY // 2 else clock.minutes


def _by_hours(text: str, said: str, part: Daypart | None) -> TimeWish | None:  # noqa: PLR0911 - one return per bound
    so = _SO.search(text)
    heard = (hear_hours(so["wish"]) if so is not None else None) or hear_hours(text)
    if heard is None:
        return None
    first = _in_half(heard.first, part)
    if heard.last is not None:
        last = _in_half(heard.last, part)
        return TimeWish(earliest=first, latest=last if last > first else last + _DAY // 2)
    match heard.bound:
        case Bound.AFTER:
            return TimeWish(earliest=first)
        case Bound.TOO_EARLY:
            return TimeWish(earliest=first + 1)
        case Bound.TOO_LATE:
            return TimeWish(latest=first)
        case Bound.REFUSED:
            return None
        case Bound.BEFORE if _WORKS_UNTIL.search(said):
            return TimeWish(earliest=first)
        case Bound.BEFORE:
            return TimeWish(latest=first)
        case _:
            return TimeWish(holding=first, exact=_EXACTLY.search(said) is not None)


def _by_refused_part(text: str) -> TimeWish | None:
    """What is left of a day of which a part does not suit; of an afternoon too little to say."""
    match refused_daypart(text):
        case Daypart.MORNING:
            return TimeWish(earliest=_NOON)
        case Daypart.EVENING:
            return TimeWish(latest=_AT_WORK_ENDS)
        case _:
            return None


def _by_habit(said: str) -> TimeWish | None:
    if _AFTER_WORK.search(said):
        return TimeWish(earliest=_AT_WORK_ENDS)
    return TimeWish(earliest=_LUNCH_ENDS) if _AFTER_LUNCH.search(said) else None


def _from_now(said: str, now: datetime) -> TimeWish | None:
    """As in "in about two hours"; beyond midnight it is no bound of today's."""
    found = _IN.search(said)
    if found is None:
        return None
    count, _, half = found["count"].partition(" and a half")
    named = {"a": 1, "an": 1, "a couple": 2, "a couple of": 2, "half an": 0, **UNITS}
    number = int(count) if count.isdecimal() else named.get(count)
    if number is None or number > _DAY:
        return None
    minutes = number * (_HOUR if found["unit"].startswith("hour") else 1)
    minutes += _HOUR // 2 if half or count == "half an" else 0
    at = now + timedelta(minutes=minutes)
    if minutes < _FEWEST_MINUTES or at.date() != now.date():
        return None
    return TimeWish(holding=at.hour * _HOUR + at.minute)
