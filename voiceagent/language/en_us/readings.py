"""How written things are read aloud: one rule per kind, tried in order."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from voiceagent.language.en_us.dates import MONTHS, WEEKDAYS
from voiceagent.language.en_us.emails import say_email
from voiceagent.language.en_us.money import say_money
from voiceagent.language.en_us.numbers import say_cardinal, say_digits, say_ordinal, say_pairs
from voiceagent.language.en_us.phones import say_phone
from voiceagent.language.en_us.plain_words import plain_word
from voiceagent.language.en_us.streets import DIRECTIONS, STATES, SUFFIXES, UNITS_OF_BUILDINGS


@dataclass(frozen=True, slots=True)
class ReadingRule:
    """A pattern and its reading; a reading of ``None`` lets later rules try."""

    pattern: re.Pattern[str]
    read: Callable[[re.Match[str]], str | None]


_DASH = r"\s?[-\u2013\u2014]\s?"
_AMOUNT = r"\$\s?(\d{1,9}(?:,\d{3})*)(?:\.(\d{2}))?(?!\d)"
_HALF = r"(?:[AaPp]\.?\s?[Mm]\b\.?)"
_MONTH = r"(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)[a-z]*\.?"
_WEEKDAY = r"(Mon|Tues?|Wed|Thu(?:rs?)?|Fri|Sat|Sun)"
_SUFFIX = "|".join(sorted((key.title() for key in SUFFIXES), key=len, reverse=True))
_ORDINAL = re.compile(r"(\d{1,4})(?:st|nd|rd|th)", re.ASCII)
_NUMBER = r"\d{1,15}"
_START = r"(?<![\w.$])"
_YEARS = range(1900, 2100)


def _cents(whole: str, fraction: str | None) -> int:
    return int(whole.replace(",", "")) * 100 + int(fraction or 0)


def _money(match: re.Match[str]) -> str:
    return say_money(_cents(match[1], match[2]))


def _thousands(match: re.Match[str]) -> str:
    amount = Decimal(f"{match[1]}.{match[2] or 0}") * 1000
    return say_money(int(amount) * 100)


def _out_of(match: re.Match[str]) -> str:
    point = f" point {say_digits(match[2])}" if match[2] else ""
    return f"{say_cardinal(int(match[1]))}{point} out of {say_cardinal(int(match[3]))}"


def _money_range(match: re.Match[str]) -> str:
    low, high = say_money(_cents(match[1], match[2])), say_money(_cents(match[3], match[4]))
    both_whole = match[2] is None and match[4] is None
    return f"{low.rsplit(' ', 1)[0] if both_whole else low} to {high}"


def _hour(hour: str, minute: str | None, half: str | None) -> str:
    value, minutes = int(hour), int(minute or 0)
    is_pm = (half or "").lower().startswith("p")
    if value == 12 and not minutes and half:  # noqa: PLR2004
        return "noon" if is_pm else "midnight"
    said = say_cardinal(value) if value else "zero"
    if minutes:
        said += f" {'oh ' if minutes < 10 else ''}{say_cardinal(minutes)}"  # noqa: PLR2004
    elif minute and not half:
        said += " o'clock" if 0 < value <= 12 else " hundred"  # noqa: PLR2004
    return f"{said} {'P M' if is_pm else 'A M'}" if half else said


def _time(match: re.Match[str]) -> str | None:
    hour, minute, half = match[1], match[2], match[3]
    if int(hour) > 24 or int(minute or 0) > 59 or not (minute or half):  # noqa: PLR2004
        return None
    return _hour(hour, minute, half)


def _time_range(match: re.Match[str]) -> str | None:
    if int(match[1]) > 24 or int(match[4]) > 24:  # noqa: PLR2004
        return None
    first_minute = match[2] if int(match[2] or 0) else None
    same = bool(match[3]) and match[3][:1].lower() == match[6][:1].lower()
    first = _hour(match[1], first_minute, None if same else match[3])
    return f"{first} to {_hour(match[4], match[5], match[6])}"


def _month_name(short: str) -> str:
    return next(name for name in MONTHS if name.startswith(short.lower()[:3])).capitalize()


def _year(year: str) -> str:
    value = int(year)
    return say_cardinal(value) if 2000 <= value < 2010 else say_pairs(value)  # noqa: PLR2004


def _date(match: re.Match[str]) -> str | None:
    month = _month_name(match[1])
    written = match[0].split()[0].rstrip(".").lower()
    if not month.lower().startswith(written) or not 1 <= int(match[2]) <= 31:  # noqa: PLR2004
        return None
    year = f", {_year(match[3])}" if match[3] else ""
    return f"{month} {say_ordinal(int(match[2]))}{year}"


def _numeric_date(match: re.Match[str]) -> str | None:
    year, month, day = match["y"], int(match["m"]), int(match["d"])
    if not 1 <= month <= 12 or not 1 <= day <= 31:  # noqa: PLR2004
        return None
    return f"{MONTHS[month - 1].capitalize()} {say_ordinal(day)}, {_year(year)}"


def _weekday(match: re.Match[str]) -> str:
    return next(day for day in WEEKDAYS if day.startswith(match[1].lower()[:3])).capitalize()


def _house(match: re.Match[str]) -> str:
    number, lead, name, suffix = match[1], match[2] or "", match[3], match[4]
    direction = DIRECTIONS.get(lead.strip(" .").lower(), lead.strip())
    words = [say_pairs(int(number)), direction, *(_street_word(word) for word in name.split())]
    return " ".join([*(word for word in words if word), SUFFIXES[suffix.strip(".").lower()]])


def _street_word(word: str) -> str:
    ordinal = _ORDINAL.fullmatch(word)
    return say_ordinal(int(ordinal[1])) if ordinal else plain_word(word)


def _unit(match: re.Match[str]) -> str:
    kind = UNITS_OF_BUILDINGS[match[1].lower()].replace("Apt", "apartment").lower()
    number = say_pairs(int(match[2])) if match[2] else ""
    return " ".join(part for part in (kind, number, (match[3] or "").upper()) if part)


def _code(match: re.Match[str]) -> str | None:
    code = match[0]
    if not (re.search(r"\d", code) and re.search(r"[A-Z]", code)):
        return None
    return _spell(code)


def _spell(code: str) -> str:
    return " ".join(say_digits(c) if c.isdecimal() else c for c in code if c.isalnum())


def _decimal(match: re.Match[str]) -> str:
    return f"{say_cardinal(int(match[1].replace(',', '')))} point {say_digits(match[2])}"


def _percent(match: re.Match[str]) -> str:
    point = f" point {say_digits(match[2])}" if match[2] else ""
    return f"{say_cardinal(int(match[1]))}{point} percent"


def _range(match: re.Match[str]) -> str:
    return f"{_integer_said(match[1])} to {_integer_said(match[2])}"


def _integer_said(digits: str) -> str:
    plain = digits.replace(",", "")
    if plain == digits and (len(plain) > 1 and plain[0] == "0"):
        return say_digits(plain)
    if plain == digits and (len(plain) in (5, 6) or len(plain) > 7 or plain in ("911", "411")):  # noqa: PLR2004
        return say_digits(plain)
    if plain == digits and len(plain) == 4 and int(plain) in _YEARS:  # noqa: PLR2004
        return _year(plain)
    return say_cardinal(int(plain))


def _integer(match: re.Match[str]) -> str:
    return _integer_said(match[1])


def _degrees(match: re.Match[str]) -> str:
    scale = {"F": " Fahrenheit", "C": " Celsius"}.get(match[2] or "", "")
    return f"{say_cardinal(int(match[1]))} degrees{scale}"


def _url(match: re.Match[str]) -> str:
    bare = re.sub(r"^https?://", "", match[0]).rstrip("/")
    return " ".join(
        {".": "dot", "/": "slash", "-": "dash", "www": "W W W", "?": "", "=": "equals"}.get(
            part, say_digits(part) if part.isdecimal() else part
        )
        for part in re.findall(r"[A-Za-z]+|\d+|[./\-?=]", bare)
    )


def _state(match: re.Match[str]) -> str:
    return f"{STATES[match[1]]}"


def _rule(pattern: str, read: Callable[[re.Match[str]], str | None]) -> ReadingRule:
    return ReadingRule(re.compile(pattern, re.ASCII), read)


RULES: tuple[ReadingRule, ...] = (
    _rule(r"[A-Za-z0-9][\w.%+-]*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}",
          lambda match: say_email(match[0])),
    _rule(r"(?:https?://|www\.)[\w./?=-]*[\w/]", _url),
    _rule(_START + r"\+1[ .-]?\(?(\d{3})\)?[ .-]?(\d{3})[ .-]?(\d{4})(?!\d)",
          lambda match: say_phone(f"+1{match[1]}{match[2]}{match[3]}")),
    _rule(_START + r"(?:1[ .-])?(?:\((\d{3})\)\s?|(\d{3})[ .-])(\d{3})[ .-](\d{4})(?![\d-])",
          lambda match: say_phone(f"+1{match[1] or match[2]}{match[3]}{match[4]}")),
    _rule(r"\+\d[\d ]{6,17}\d", lambda match: say_phone("+" + re.sub(r"\D", "", match[0]))),
    _rule(_AMOUNT + _DASH + _AMOUNT, _money_range),
    _rule(r"\$\s?(\d{1,6})(?:\.(\d{1,2}))?[kK]\b", _thousands),
    _rule(r"\$()\.(\d{2})(?!\d)", lambda match: say_money(int(match[2]))),
    _rule("-" + _AMOUNT, lambda match: f"minus {_money(match)}"),
    _rule(_AMOUNT, _money),
    _rule(_START + r"(?P<y>\d{4})-(?P<m>\d{2})-(?P<d>\d{2})(?!\d)", _numeric_date),
    _rule(_START + r"(?P<m>\d{1,2})/(?P<d>\d{1,2})/(?P<y>\d{4})(?!\d)", _numeric_date),
    _rule(_START + r"24/7\b", lambda _match: "twenty-four seven"),
    _rule(_START + rf"(\d{{1,2}})(?::(\d{{2}}))?\s?({_HALF})?(?:{_DASH}|\s+to\s+)"
          rf"(\d{{1,2}})(?::(\d{{2}}))?\s?({_HALF})", _time_range),
    _rule(_START + rf"(\d{{1,2}})(?::(\d{{2}}))?\s?({_HALF})?(?![\d:])", _time),
    _rule(_MONTH + r"\s+(\d{1,2})(?:st|nd|rd|th)?(?!\d)(?:,?\s+(\d{4})(?!\d))?", _date),
    _rule(_WEEKDAY + r"\.?(?=,?\s+(?:" + _MONTH + r"|\d|at\b))", _weekday),
    _rule(r"(Mon|Tues?|Wed|Thu(?:rs?)?|Fri)\b\.?", _weekday),
    _rule(r"(Jan|Feb|Apr|Aug|Sept?|Oct|Nov|Dec)\b\.?", lambda match: _month_name(match[1])),
    _rule(_START + r"(\d{1,6}) 1/2(?=\s[A-Z])",
          lambda match: f"{say_pairs(int(match[1]))} and a half"),
    _rule(_START + rf"(\d{{1,3}})-(\d{{2,3}})(?=\s+(?:[A-Z0-9][\w'.]*\s+){{1,3}}?(?:{_SUFFIX})\b)",
          lambda match: f"{say_pairs(int(match[1]))} dash {say_pairs(int(match[2]))}"),
    _rule(_START + rf"(\d{{1,6}})\s+([NSEW]{{1,2}}\.?\s+)?((?:[A-Z0-9][\w'.]*\s+){{1,3}}?)"
          rf"({_SUFFIX})\b\.?", _house),
    _rule(r"(Apt|Ste|Unit|Suite|Lot|Room|Rm|Bldg|Apartment)\.?\s+#?(\d{1,5})?([A-Z])?\b(?<=[A-Z\d])",
          _unit),
    _rule(r"(?<=, )(" + "|".join(STATES) + r")\b", _state),
    _rule(r"(?<=[a-z] )(" + "|".join(STATES) + r")\b(?= \d{5}\b)", _state),
    _rule(_START + r"(\d{5})-(\d{4})(?!\d)",
          lambda match: f"{say_digits(match[1])}, {say_digits(match[2])}"),
    _rule(r"#?(?<!\w)(?=[A-Z0-9]*\d)(?=[A-Z0-9]*[A-Z])[A-Z0-9]{3,12}(?!\w)", _code),
    _rule(r"(?<=[Cc]ode )(\d{3,8})(?!\w)", lambda match: say_digits(match[1])),
    _rule(r"(?<=code is )(\d{3,8})(?!\w)", lambda match: say_digits(match[1])),
    _rule(_START + r"(\d{1,9})(?:\.(\d{1,6}))?\s?%", _percent),
    _rule(_START + r"(\d{1,4})\s?°\s?([FC])?\b", _degrees),
    _rule(_START + r"(\d{1,4})\s?°", lambda match: f"{say_cardinal(int(match[1]))} degrees"),
    _rule(_START + r"(\d{1,4})(?:st|nd|rd|th)\b", lambda match: say_ordinal(int(match[1]))),
    _rule(_START + r"(\d{1,4})" + _DASH + r"(\d{1,4})(?![\d-])", _range),
    _rule(_START + r"(\d{1,3})(?:\.(\d))?/(\d{1,3})(?![\w/])", _out_of),
    _rule(_START + r"(\d{1,3}(?:,\d{3})+|\d{1,15})\.(\d{1,9})(?![\d.])", _decimal),
    _rule(_START + rf"(\d{{1,3}}(?:,\d{{3}})+|{_NUMBER})(?![\w])", _integer),
    _rule(r"#(\d{1,9})(?!\w)", lambda match: f"number {_integer_said(match[1])}"),
)  # fmt: skip
