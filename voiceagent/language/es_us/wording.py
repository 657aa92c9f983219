"""What stands in the holes of a sentence, in Spanish: windows, dates, lists, names of things.

The written form that the English sentences have is read, so that a figure is never made here: an
hour, a day or an amount that is not understood stays as it was written.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from voiceagent.language.phrasebook import HoleKind

_DAYS: Final = {
    "monday": "lunes", "tuesday": "martes", "wednesday": "miércoles", "thursday": "jueves",
    "friday": "viernes", "saturday": "sábado", "sunday": "domingo",
}  # fmt: skip
_MONTHS: Final = {
    "january": "enero", "february": "febrero", "march": "marzo", "april": "abril", "may": "mayo",
    "june": "junio", "july": "julio", "august": "agosto", "september": "septiembre",
    "october": "octubre", "november": "noviembre", "december": "diciembre",
}  # fmt: skip
WORDS_OF_TIME: Final = (*_DAYS.values(), *_MONTHS.values())
_NEAR: Final = {"tonight": "esta noche", "today": "hoy", "tomorrow": "mañana"}
_DAY: Final = "|".join(_DAYS)
_MONTH: Final = "|".join(_MONTHS)
_SHORT_DAY: Final = "|".join(day[:3] for day in _DAYS)
_SHORT_MONTH: Final = "|".join(month[:3] for month in _MONTHS)
_CLOCK: Final = r"\d{1,2}(?::\d\d)?(?: [AP]M)?"
_TO: Final = "\N{EN DASH}"
_SPAN: Final = rf"{_CLOCK}{_TO}{_CLOCK}"
_LONG_DATE: Final = rf"(?i:{_DAY}), (?i:{_MONTH}) \d{{1,2}}"
_SHORT_DATE: Final = rf"(?:{_SHORT_DAY}), (?:{_SHORT_MONTH}) \d{{1,2}}"
_WINDOW: Final = rf"(?:(?i:tonight|today|tomorrow)|{_LONG_DATE}), {_SPAN}"
_WHEN: Final = rf"(?i:{_SHORT_DATE}), {_CLOCK}(?: to {_CLOCK})?"
_EITHER: Final = rf"(?:{_WINDOW}|{_WHEN}|{_LONG_DATE})"


def show_when(said: str) -> str:
    """A window, a date or an hour as it is written in English, in Spanish.

    "tonight, 9-11 PM" (with an en dash) is "esta noche, de 9 a 11 PM", "Fri, Aug 29, 9:00 PM to
    11:00 PM" is "viernes 29 de agosto, de 9:00 PM a 11:00 PM".
    """
    text = re.sub(
        rf"\b({_DAY}|{_SHORT_DAY}), ({_MONTH}|{_SHORT_MONTH}) (\d{{1,2}})\b",
        lambda date: f"{_day(date[1])} {date[3]} de {_month(date[2])}",
        said,
        flags=re.IGNORECASE,
    )
    text = re.sub(
        rf"({_CLOCK})(?:{_TO}| to )({_CLOCK})", lambda span: f"de {span[1]} a {span[2]}", text
    )
    text = re.sub(
        r"\b(tonight|today|tomorrow)\b",
        lambda near: _NEAR[near[1].lower()],
        text,
        flags=re.IGNORECASE,
    )
    text = re.sub(
        rf"\b({_DAY})\b", lambda day: _day(day[1]), text.replace(" midnight", " medianoche"),
        flags=re.IGNORECASE,
    )  # fmt: skip
    return f"{text[:1].upper()}{text[1:]}" if said[:1].isupper() and _began_small(said) else text


def _began_small(said: str) -> bool:
    """Whether its capital is a sentence's and not a weekday's."""
    return said.lower().startswith(tuple(_NEAR))


def _day(word: str) -> str:
    return next(ours for english, ours in _DAYS.items() if english.startswith(word.lower()))


def _month(word: str) -> str:
    return next(ours for english, ours in _MONTHS.items() if english.startswith(word.lower()))


def _as_it_is(said: str, named: Mapping[str, str]) -> str:
    return named.get(said, said)


def _thing(said: str, named: Mapping[str, str]) -> str:
    """What the business calls so; one it has no Spanish for keeps its English name."""
    small = f"{said[:1].lower()}{said[1:]}"
    return named.get(said) or named.get(small, said)


def _when(said: str, named: Mapping[str, str]) -> str:
    del named
    return show_when(said)


def _hours(said: str, named: Mapping[str, str]) -> str:
    """Opening hours: "Monday to Friday 8 AM to 6 PM"."""
    del named
    told = re.sub(rf"\b({_DAY}) to ({_DAY})\b", r"\1 a \2", said, flags=re.IGNORECASE)
    told = show_when(told).replace(" to ", " a ").replace("all day", "todo el día")
    return re.sub(r"\bmidnight\b", "medianoche", told)


def _list(said: str, named: Mapping[str, str]) -> str:
    """A list: "a, b, or c" is "a, b o c"; each part is a window, or something that has a name."""
    last = " y " if re.search(r",? and ", said) else " o "
    parts = re.split(r", (?:or |and )?| or | and ", said)
    if re.search(r"\d", said):
        parts = re.split(r",? or |,? and |; |(?<=[AP]M), ", said)
    told = [show_when(part) if re.search(r"\d", part) else _thing(part, named) for part in parts]
    return last.join((", ".join(told[:-1]), told[-1])) if len(told) > 1 else told[0]


KINDS: Final[Mapping[str, HoleKind]] = {
    "money": HoleKind(r"\$\d[\d,]*(?:\.\d\d)?", _as_it_is),
    "phone": HoleKind(r"\(\d{3}\) \d{3}-\d{4}|\+\d{7,15}", _as_it_is),
    "digits": HoleKind(r"[\d ]+", _as_it_is),
    "code": HoleKind(r"[\w-]+", _as_it_is),
    "name": HoleKind(r"[^.?!]+?", _as_it_is),
    "text": HoleKind(r".+?", _as_it_is),
    "thing": HoleKind(r"[^?!]+?", _thing),
    "when": HoleKind(_EITHER, _when),
    "hours": HoleKind(r"[^.?!]+?", _hours),
    "list": HoleKind(r"[^?!]+?", _list),
}


def untold(english: str) -> str:
    """A sentence that there is no Spanish for: said as it is, and said to be so."""
    return f"Esto solo lo tengo en inglés: «{english}»."
