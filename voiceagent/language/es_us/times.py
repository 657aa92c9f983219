"""When somebody should come, in Spanish: a day, a part of it, or one of the windows on offer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from voiceagent.domain.records import Window
from voiceagent.language.en_us.choosing import ChoiceKind, WindowChoice, wall_times
from voiceagent.language.en_us.dayparts import Daypart
from voiceagent.language.en_us.wishes import TimeWish
from voiceagent.language.es_us.lexicon import fold, in_digits, words

_WEEKDAYS: Final = ("lunes", "martes", "miercoles", "jueves", "viernes", "sabado", "domingo")
_MONTHS: Final = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre",
    "octubre", "noviembre", "diciembre",
)  # fmt: skip
_MORNING: Final = re.compile(
    r"\b(?:por|en|de) la manana\b|\btemprano\b|\b(?:esta|manana en la) manana\b"
)
_AFTERNOON: Final = re.compile(r"\b(?:por|en|de|esta) (?:la )?tarde\b|\bmediodia\b")
_EVENING: Final = re.compile(r"\b(?:por|en|de|esta) (?:la )?noche\b")
_TOMORROW: Final = re.compile(r"(?<!por la )(?<!en la )(?<!de la )(?<!esta )\bmanana\b")
_DATE: Final = re.compile(rf"\b(\d{{1,2}}) de ({'|'.join(_MONTHS)})\b")
_HOUR: Final = re.compile(
    r"\b(?:a|de|desde|la de|entre) (?:las|la) (\d{1,2})(?::(\d\d))?\b|\b(\d{1,2})(?::(\d\d))? ?(?:am|pm|a ?\.? ?m|p ?\.? ?m)\b"  # noqa: E501
)
_FIRST: Final = {
    "primera": 0, "primero": 0, "segunda": 1, "segundo": 1, "tercera": 2, "tercero": 2,
}  # fmt: skip
_SOONEST: Final = re.compile(
    r"\b(?:lo antes posible|lo mas pronto|cuanto antes|la mas temprana|la mas pronto|cualquiera|"
    r"la que sea|me da igual|da igual|da lo mismo|la que este antes|ahorita)\b"
)
_LATEST: Final = re.compile(r"\b(?:la ultima|la mas tarde|la otra)\b")
_NONE: Final = re.compile(
    r"\b(?:ninguna|ninguno|otra hora|otro dia|otro horario|otra fecha|no me sirve|no puedo a esa|"
    r"no me sirven|no me queda|mas tarde|mas temprano)\b"
)
_NOON, _EVENING_BEGINS, _WEEK = 12, 17, 7
_HOUR_MINUTES: Final = 60
_NOT_THEN: Final = re.compile(
    r"\b(?:no|ni|menos|excepto|salvo|nunca)(?: \w+){0,2}? (?:por|en|de|a) la (manana|tarde|noche)\b"
    r"|\b(?:por|en|de|a) la (manana|tarde|noche),? (?:no|nunca)\b"
)
_NOT_ON: Final = re.compile(
    rf"\b(?:no|ni|menos|excepto|salvo)(?: \w+){{0,2}}? (?:el|los|este) ({'|'.join(_WEEKDAYS)})\b"
    rf"|\b(?:el|los|este) ({'|'.join(_WEEKDAYS)}),? no\b"
)
"""What is refused is no wish: "el viernes, pero no en la mañana"."""


@dataclass(frozen=True, slots=True)
class TimeHeard:
    """What a turn says of time; ``None`` where nothing was said."""

    day: date | None = None
    daypart: Daypart | None = None
    choice: WindowChoice | None = None
    wish: TimeWish | None = None


NOTHING_SAID: Final = TimeHeard()


def hear_time(text: str, now: datetime, offers: Sequence[Window] = ()) -> TimeHeard:
    """The day, its part, and which of the `offers` is meant; never raises.

    Args:
        text: one turn.
        now: aware, in the business's zone.
        offers: the windows that were offered, in the order they were said.
    """
    said = fold(in_digits(text))
    refused = {one[1] or one[2] for one in _NOT_THEN.finditer(said)}
    days = {_WEEKDAYS.index(one[1] or one[2]) for one in _NOT_ON.finditer(said)}
    wish = _bounds(refused, days, now.date()) if refused or days else None
    said = _NOT_ON.sub(" ", _NOT_THEN.sub(" ", said))
    day, part = _day(said, now), _part(said)
    choice = _choice(said, day, part, now, offers) if offers else None
    if wish is not None and offers:
        choice = _kept(choice, wish, day, offers)
    return TimeHeard(day, part, choice, wish)


def _bounds(refused: set[str], days: set[int], today: date) -> TimeWish | None:
    """What is left of the day once parts of it are refused, and the days that are none."""
    early = _NOON * _HOUR_MINUTES if "manana" in refused else None
    late = _EVENING_BEGINS * _HOUR_MINUTES if "noche" in refused else None
    if "tarde" in refused:
        early, late = (
            (_EVENING_BEGINS * _HOUR_MINUTES, late) if early else (None, _NOON * _HOUR_MINUTES)
        )
    not_on = tuple(
        today + timedelta(days=(day - today.weekday()) % _WEEK + week * _WEEK)
        for day in days
        for week in range(_WEEKS)
    )
    return TimeWish(earliest=early, latest=late, not_on=not_on)


_WEEKS: Final = 4
"""Weeks in which a weekday that is refused is none."""


def _kept(
    choice: WindowChoice | None, wish: TimeWish, day: date | None, offers: Sequence[Window]
) -> WindowChoice | None:
    """A choice only if its window keeps what was refused; of two offers the one that is left."""
    if choice is not None and choice.index is not None:
        kept = wish.fits(offers[choice.index])
        return choice if kept else WindowChoice(ChoiceKind.NONE_OF_THEM)
    left = [at for at, window in enumerate(offers) if wish.fits(window)]
    if day is None and len(left) == 1 and choice is None:
        return _chosen(left[0])
    return choice if day is not None or left else WindowChoice(ChoiceKind.NONE_OF_THEM)


def _day(said: str, now: datetime) -> date | None:
    today = now.date()
    if "pasado manana" in said:
        return today + timedelta(days=2)
    written = _DATE.search(said)
    if written is not None:
        return _coming(int(written[1]), _MONTHS.index(written[2]) + 1, today)
    named = next((at for at, day in enumerate(_WEEKDAYS) if re.search(rf"\b{day}\b", said)), None)
    if named is not None:
        return today + timedelta(days=(named - today.weekday()) % _WEEK)
    if re.search(r"\b(?:hoy|esta (?:noche|tarde|manana)|ahorita)\b", said):
        return today
    return today + timedelta(days=1) if _TOMORROW.search(said) else None


def _coming(day: int, month: int, today: date) -> date | None:
    for year in (today.year, today.year + 1):
        try:
            found = date(year, month, day)
        except ValueError:
            return None
        if found >= today:
            return found
    return None


def _part(said: str) -> Daypart | None:
    if _EVENING.search(said):
        return Daypart.EVENING
    if _AFTERNOON.search(said):
        return Daypart.AFTERNOON
    return Daypart.MORNING if _MORNING.search(said) else None


def _choice(  # noqa: PLR0911 - one return per way to choose
    said: str, day: date | None, part: Daypart | None, now: datetime, offers: Sequence[Window]
) -> WindowChoice | None:
    """Which window is meant: by its place, else by all that is said of its day, part and hour."""
    every = range(len(offers))
    if _NONE.search(said):
        return WindowChoice(ChoiceKind.NONE_OF_THEM)
    if _SOONEST.search(said):
        return _chosen(min(every, key=lambda at: offers[at].start))
    placed = {_FIRST[word] for word in words(said) if word in _FIRST}
    if len(placed) == 1 and (place := placed.pop()) < len(offers):
        return _chosen(place)
    if _LATEST.search(said):
        return _chosen(len(offers) - 1) if len(offers) > 1 else None
    hours = [int(one[1] or one[3]) for one in _HOUR.finditer(said)]
    if day is None and part is None and not hours:
        return None
    fits = [
        at
        for at in every
        if _fits(offers[at], day, part, hours[0] if hours else None, now)
    ]  # fmt: skip
    if len(fits) == 1:
        return _chosen(fits[0])
    if fits:
        return WindowChoice(ChoiceKind.AMBIGUOUS, None, tuple(fits))
    return None if day is not None and not hours else WindowChoice(ChoiceKind.NONE_OF_THEM)


def _chosen(at: int) -> WindowChoice:
    return WindowChoice(ChoiceKind.CHOSEN, at, (at,))


def _fits(
    window: Window, day: date | None, part: Daypart | None, hour: int | None, now: datetime
) -> bool:
    start, _ = wall_times(window, now)
    begins = start.hour % _NOON or _NOON
    return (
        (day is None or start.date() == day)
        and (part is None or _part_of(start) is part)
        and (hour is None or hour in {begins, start.hour})
    )


def _part_of(start: datetime) -> Daypart:
    if start.hour < _NOON:
        return Daypart.MORNING
    return Daypart.AFTERNOON if start.hour < _EVENING_BEGINS else Daypart.EVENING
