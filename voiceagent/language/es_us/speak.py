"""Written Spanish of the agent as words for a voice, token by token; see `en_us.speak`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from num2words import num2words

from voiceagent.language.en_us.readings import ReadingRule
from voiceagent.language.en_us.speak import SpokenToken, read_aloud

_START: Final = r"(?<![\w.$])"
_DIGITS: Final = ("cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve")
_HALF: Final = r"(?:\s?([AaPp])\.?\s?[Mm]\b\.?)"
_NOON, _EVENING, _DAWN = 12, 7, 6
_INITIALS: Final = {"AC": "A C", "ZIP": "zip", "SMS": "S M S", "NATE": "nate", "OK": "okey"}
_UNSPOKEN: Final = re.compile(r"[^\w\s.,;:?!'%&+@-]|_")
_EDGE: Final = re.compile(r"[,.;:?!]+$")


def speakable(text: str) -> tuple[SpokenToken, ...]:
    """`text` as spoken tokens; never raises, and joined its `written` slices are the text again.

    Money, telephone numbers, hours, codes and figures are said as people say them in Spanish.
    """
    return read_aloud(text, _RULES, _plain_word)


def _cardinal(number: int, *, before_a_noun: bool = False) -> str:
    said = str(num2words(number, lang="es"))
    if before_a_noun and said.endswith("uno"):
        return f"{said[:-3]}{'ún' if said.endswith('veintiuno') else 'un'}"
    return said


def _by_digits(text: str) -> str:
    return " ".join(_DIGITS[int(one)] for one in text if one.isdigit())


def _money(match: re.Match[str]) -> str:
    dollars, cents = int(match[1].replace(",", "")), int(match[2] or 0)
    noun = "dólar" if dollars == 1 else "dólares"
    said = f"{_cardinal(dollars, before_a_noun=True)} {noun}"
    return f"{said} con {_cardinal(cents, before_a_noun=True)} centavos" if cents else said


def _phone(match: re.Match[str]) -> str:
    return ", ".join(_by_digits(part) for part in match.groups())


def _code(match: re.Match[str]) -> str:
    return _by_digits(match[0])


def _clock(match: re.Match[str]) -> str:
    """As in "nueve y media de la noche"; without AM or PM the hour alone."""
    hour, minute = int(match[1]), int(match[2] or 0)
    if hour > 23 or minute > 59 or not (match[2] or match[3]):  # noqa: PLR2004 - no clock has them
        return ""
    said = "una" if hour % 12 == 1 else _cardinal(hour % 12 or 12)
    rest = {0: "", 15: " y cuarto", 30: " y media"}.get(minute, f" y {_cardinal(minute)}")
    return f"{said}{rest}{_part_of_day(hour, match[3])}"


def _part_of_day(hour: int, half: str | None) -> str:
    if half is None:
        return ""
    if half.lower() == "a":
        return " de la madrugada" if hour % 12 < _DAWN else " de la mañana"
    if hour == _NOON:
        return " del mediodía"
    return " de la noche" if hour >= _EVENING else " de la tarde"


def _percent(match: re.Match[str]) -> str:
    return f"{_cardinal(int(match[1]))} por ciento"


def _email(match: re.Match[str]) -> str:
    return match[0].replace("@", " arroba ").replace(".", " punto ").replace("-", " guion ")


def _figure(match: re.Match[str]) -> str:
    return _cardinal(int(match[0].replace(",", "")))


def _plain_word(atom: str) -> str:
    """A word as it stands, without marks that no voice says; a few initials letter by letter."""
    end = _EDGE.search(atom)
    core = atom[: end.start()] if end else atom
    said = _INITIALS.get(core) or _UNSPOKEN.sub("", core).strip()
    return f"{said}{end[0][0]}" if end and said else said


def _rule(pattern: str, read: Callable[[re.Match[str]], str]) -> ReadingRule:
    return ReadingRule(re.compile(pattern), lambda match: read(match) or None)


_RULES: Final = (
    _rule(r"[A-Za-z0-9][\w.%+-]*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+", _email),
    _rule(_START + r"(?:\+?1[ .-])?\(?(\d{3})\)?[ .-]?(\d{3})[ .-](\d{4})(?!\d)", _phone),
    _rule(r"\+1(\d{3})(\d{3})(\d{4})(?!\d)", _phone),
    _rule(r"\$\s?(\d{1,9}(?:,\d{3})*)(?:\.(\d{2}))?(?!\d)", _money),
    _rule(_START + rf"(\d{{1,2}}):(\d{{2}}){_HALF}?(?![\d:])", _clock),
    _rule(_START + rf"(\d{{1,2}})(){_HALF}", _clock),
    _rule(_START + r"(\d{1,3})\s?%", _percent),
    _rule(_START + r"\d{5,6}(?!\d)", _code),
    _rule(_START + r"\d(?: \d){3,}(?!\d)", _code),
    _rule(_START + r"\d{1,3}(?:,\d{3})*(?![\d.])", _figure),
    _rule(_START + r"\d{1,9}(?!\d)", _figure),
)
