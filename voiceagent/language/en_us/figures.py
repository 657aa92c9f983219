"""The figures that a sentence names, whatever they are written in: digits, words, or both.

For a guard that lets nothing pass which it cannot trace: what looks like a figure and cannot be
read is one too (`Figures.unread`). One reader serves both sides, the sentence and its sources, so
"two hundred six dollars" and "$206" are the same figure.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from voiceagent.domain.links import EMAILS
from voiceagent.language.en_us.dates import MONTH_NUMBERS, WEEKDAYS, safe_date
from voiceagent.language.en_us.digits import spoken_digits
from voiceagent.language.en_us.lexicon import (
    ORDINAL_TEENS,
    ORDINAL_TENS,
    ORDINAL_UNITS,
    SCALES,
    TEENS,
    TENS,
    UNITS,
    ZEROS,
    cardinal,
    is_typed_number,
    normal,
    ordinal,
    vocabulary,
    words,
)
from voiceagent.language.en_us.numbers import say_cardinal

_DASHES = re.compile(r"[\u2010-\u2015\u2212]")
_CUT = " ; "
"""Put where a figure was read: what stands around it is not read together."""

_AMOUNT = re.compile(
    r"\$\s?(\d[\d,]*)(?:\.(\d{1,2}))?\s?(k\b|thousand\b|million\b)?"
    r"(?:\s?-\s?\$?(\d[\d,]*)(?:\.(\d{1,2}))?)?"
)
_TIMES = re.compile(
    r"(?<![\d:])(\d{1,2})(?::(\d{2}))?\s?([ap])?\.?m?\.?\s?(?:-|to|until|till)\s?"
    r"(\d{1,2})(?::(\d{2}))?\s?([ap])\.?m\b\.?"
)
_TIME = re.compile(r"(?<![\d:])(\d{1,2}):(\d{2})(?::\d{2})?(?:\s?([ap])\.?m\b\.?)?")
_HOUR = re.compile(r"(?<![\d:])(\d{1,2})\s?([ap])\.?m\b\.?")
_ISO = re.compile(r"(?<!\d)(\d{4})-(\d{2})-(\d{2})(?!\d)")
_SLASHED = re.compile(r"(?<![\d/])(\d{1,2})/(\d{1,2})(?:/\d{2,4})?(?![\d/])")
_MONTHS = "|".join(sorted(MONTH_NUMBERS, key=len, reverse=True))
_WRITTEN_DAY = re.compile(
    rf"\b({_MONTHS})\.?\s(?:the\s)?(\d{{1,2}})(?:st|nd|rd|th)?\b(?:,?\s\d{{4}}\b)?"
)
_TYPED_BESIDE = re.compile(r"\b(\d{1,2})(?=\s(?:hundred|thousand)\b)|(?<=hundred\s)(\d{1,2})\b")

_NUMBER_WORDS: Final = frozenset({*UNITS, *TEENS, *TENS, *SCALES, *ZEROS, "hundred"}) - {"o", "oh"}
_REPEATERS = frozenset({"double", "triple", "treble", "quadruple"})
_ORDINALS: Final = frozenset({*ORDINAL_UNITS, *ORDINAL_TEENS, *ORDINAL_TENS})
_CURRENCY = vocabulary("dollar dollars buck bucks usd")
_HALVES = {"am": 0, "pm": 12}
_VAGUE = vocabulary("""
    dozen dozens hundreds thousands millions grand half quarter quarters double twice thrice triple
    percent penny pennies dime dimes nickel nickels cent cents buck bucks dollar dollars
""")
"""Words that make an amount of what stands beside them; by themselves they cannot be read."""

_COUNTED = vocabulary("""
    times time windows window options option openings opening slots slot things questions question
    choices moment second more minute last thing
""")
_PRONOUN_BEFORE = vocabulary("at around by from until till to for past number is code")
_SMALL = frozenset({"one", "two", "three"})
_PLAIN_ORDINALS = frozenset({"first", "second", "third"})
_ALWAYS = frozenset({"911", "0"})
"""The number for emergencies, and the key for a person."""

_TODAY = vocabulary("today tonight")
_HELP_TODAY = re.compile(r"\b(?:help|calling|call|do for you|assist)\b[^.;,]{0,12}\btoday\b")
_NOON = {"noon": 720, "midday": 720, "midnight": 0}


@dataclass(frozen=True, slots=True)
class Figures:
    """What was named.

    Attributes:
        money: amounts in cents.
        times: minutes from midnight; where no half of the day was said, `on_the_dial` of them.
        days: `date`s, and names of days as they were said ("tomorrow", "friday").
        numbers: everything else as digits: telephone numbers, codes, house numbers, counts; the
            readings of one number side by side, with a bar between them.
        emails: lower case.
        unread: what is some figure, and cannot be read.
    """

    money: frozenset[int] = frozenset()
    times: frozenset[int] = frozenset()
    days: frozenset[date | str] = frozenset()
    numbers: frozenset[str] = frozenset()
    emails: frozenset[str] = frozenset()
    unread: frozenset[str] = frozenset()

    def __or__(self, other: Figures) -> Figures:
        """What either names."""
        return Figures(
            self.money | other.money,
            self.times | other.times,
            self.days | other.days,
            self.numbers | other.numbers,
            self.emails | other.emails,
            self.unread | other.unread,
        )


@dataclass(slots=True)
class _Found:
    """What was found so far."""

    money: set[int] = field(default_factory=set)
    times: set[int] = field(default_factory=set)
    days: set[date | str] = field(default_factory=set)
    numbers: set[str] = field(default_factory=set)
    emails: set[str] = field(default_factory=set)
    unread: set[str] = field(default_factory=set)


def read_figures(text: str, today: date) -> Figures:
    """The figures of a text; never raises.

    Args:
        text: written or spoken form.
        today: in the business's zone; a month and day are meant in the year from then on.
    """
    found = _Found()
    rest = _DASHES.sub("-", unicodedata.normalize("NFKC", normal(text)))
    rest = EMAILS.sub(lambda match: _kept(found.emails, match[0]), rest)
    rest = _AMOUNT.sub(lambda match: _amount(match, found), rest)
    rest = _ISO.sub(lambda match: _day(match[1], match[2], match[3], found), rest)
    rest = _SLASHED.sub(lambda match: _coming(match[1], match[2], today, found), rest)
    rest = _WRITTEN_DAY.sub(
        lambda match: _coming(str(MONTH_NUMBERS[match[1]]), match[2], today, found), rest
    )
    rest = _TIMES.sub(lambda match: _span(match, found), rest)
    rest = _TIME.sub(lambda match: _clock(match[1], match[2], match[3], found), rest)
    rest = _HOUR.sub(lambda match: _clock(match[1], None, match[2], found), rest)
    if not (_HELP_TODAY.search(rest) and rest.count("today") == 1):
        found.days |= _TODAY & set(words(rest))
    rest = _TYPED_BESIDE.sub(lambda match: say_cardinal(int(match[0])), rest)
    rest = re.sub(r"(?<=\d),(?=\d{3}\b)", "", rest)
    rest = re.sub(r"\b([ap])\.?\s?m\b\.?", r"\1m", rest)
    for clause in re.split(r"[;!?]|,(?!\d)|\.(?!\d)", rest):
        _words(words(clause), today, found)
    return Figures(
        frozenset(found.money),
        frozenset(found.times),
        frozenset(found.days),
        frozenset(found.numbers),
        frozenset(found.emails),
        frozenset(found.unread),
    )


def _kept(into: set[str], what: str) -> str:
    into.add(what.lower())
    return _CUT


def _cents(whole: str, fraction: str | None) -> int:
    return int(whole.replace(",", "")) * 100 + int((fraction or "").ljust(2, "0"))


def _amount(match: re.Match[str], found: _Found) -> str:
    scale = {"k": 1000, "thousand": 1000, "million": 10**6}.get(match[3] or "", 1)
    found.money.add(_cents(match[1], match[2]) * scale)
    if match[4]:
        found.money.add(_cents(match[4], match[5]))
    return _CUT


def _clock(hour: str, minute: str | None, half: str | None, found: _Found) -> str:
    at = int(hour), int(minute or 0)
    if at[0] > 23 or at[1] > 59:  # noqa: PLR2004 - no time of day
        found.numbers.add(f"{hour}{minute or ''}")
        return _CUT
    found.times.add(_minutes(at[0], at[1], half))
    return _CUT


def _minutes(hour: int, minute: int, half: str | None) -> int:
    """Minutes from midnight; on a dial of twelve hours unless the half of the day is known."""
    if half:
        hour = hour % 12 + (12 if half.startswith("p") else 0)
    elif hour <= 12:  # noqa: PLR2004 - a dial
        return on_the_dial(hour * 60 + minute)
    return hour * 60 + minute


def on_the_dial(minutes: int) -> int:
    """Minutes from midnight as a clock's face shows them, morning or evening: negative."""
    return -(minutes % 720) - 1


def _span(match: re.Match[str], found: _Found) -> str:
    _clock(match[4], match[5], match[6], found)
    # "9-11 PM": both in the same half; "11-1 PM" is not, so the half is left open
    same = int(match[1]) % 12 < int(match[4]) % 12 or match[3]
    return _clock(match[1], match[2], match[3] or (match[6] if same else None), found)


def _day(year: str, month: str, day: str, found: _Found) -> str:
    named = safe_date(int(year), int(month), int(day))
    if named is None:
        found.unread.add(f"{year}-{month}-{day}")
    else:
        found.days.add(named)
    return _CUT


def _coming(month: str, day: str, today: date, found: _Found) -> str:
    years = (today.year, today.year + 1)
    named = (safe_date(year, int(month), int(day)) for year in years)
    coming = next((one for one in named if one is not None and one >= today), None)
    if coming is None:
        found.unread.add(f"{month}/{day}")
    else:
        found.days.add(coming)
    return _CUT


def _words(tokens: tuple[str, ...], today: date, found: _Found) -> None:
    """The figures of a clause that stand in words, or in digits by themselves."""
    at = 0
    while at < len(tokens):
        at = _one(tokens, at, today, found)


def _one(tokens: tuple[str, ...], at: int, today: date, found: _Found) -> int:  # noqa: PLR0911 - one return per kind
    """Read what stands at `at`; the index after it."""
    word = tokens[at]
    day = word.removesuffix("'s").rstrip("s") if word.rstrip("s") != "mon" else word
    if day in WEEKDAYS or word == "tomorrow":
        found.days.add(day if day in WEEKDAYS else word)
        return at + 1
    if word in _NOON:
        found.times.add(_NOON[word])
        return at + 1
    if word in MONTH_NUMBERS:
        start = at + 2 if tokens[at + 1 : at + 2] == ("the",) else at + 1
        read = ordinal(tokens, start) or cardinal(tokens, start) if start < len(tokens) else None
        if read is not None:
            _coming(str(MONTH_NUMBERS[word]), str(min(read[0], 99)), today, found)
            return read[1]
        return at + 1
    if _is_ordinal(tokens, at):
        return _ordinal(tokens, at, today, found)
    if word in _NUMBER_WORDS or word in _REPEATERS or is_typed_number(word):
        return _number(tokens, at, found)
    if word in _VAGUE:
        found.unread.add(word)
    return at + 1


def _is_ordinal(tokens: tuple[str, ...], at: int) -> bool:
    word = tokens[at]
    typed = word[:-2].isdigit() and word[-2:] in ("st", "nd", "rd", "th")
    tens = word in TENS and at + 1 < len(tokens) and tokens[at + 1] in ORDINAL_UNITS
    return word in _ORDINALS or typed or tens


def _ordinal(tokens: tuple[str, ...], at: int, today: date, found: _Found) -> int:
    read = ordinal(tokens, at)
    if read is None:
        found.unread.add(tokens[at])
        return at + 1
    value, end = read
    after = end + 1 if tokens[end : end + 1] == ("of",) else end
    month = MONTH_NUMBERS.get(tokens[after]) if after < len(tokens) else None
    if month is not None:
        _coming(str(month), str(value), today, found)
        return after + 1
    dated = tokens[max(0, at - 2) : at] == ("on", "the")
    if tokens[at] not in _PLAIN_ORDINALS or dated:
        found.numbers.add(str(value))
    return end


def _run(tokens: tuple[str, ...], at: int) -> int:
    """The index after the words of one number that begins at `at`."""
    end = at
    while end < len(tokens):
        word, following = tokens[end], tokens[end + 1] if end + 1 < len(tokens) else ""
        joins = word in ("and", "a") and end > at and tokens[end - 1] in ("hundred", *SCALES)
        zero = word in ("oh", "o") and end > at
        if not (word in _NUMBER_WORDS | _REPEATERS or is_typed_number(word) or zero or joins):
            break
        if joins and not (following in _NUMBER_WORDS or is_typed_number(following)):
            break
        if _is_ordinal(tokens, end):
            break
        end += 1
    return end


def _number(tokens: tuple[str, ...], at: int, found: _Found) -> int:
    end = max(_run(tokens, at), at + 1)
    said = tokens[at:end]
    following = tokens[end] if end < len(tokens) else ""
    before = tokens[at - 1] if at else ""
    if before == "a" and said[0] in ("hundred", *SCALES):
        said = ("a", *said)
    readings = set(_readings(said))
    if not readings:
        found.unread.add(" ".join(said))
        return end
    if following in _CURRENCY:
        return _dollars(tokens, end + 1, said, readings, found)
    if following in ("cents", "cent"):
        found.money.add(int(min(readings, key=len)))
        return end + 1
    if following in _HALVES or following in ("o'clock", "oclock"):
        _said_time(min(readings, key=len), following, found)
        return end + 1
    if _is_plain(said, before, following) or readings & _ALWAYS:
        return end
    found.numbers.add("|".join(sorted(readings)))
    return end


def _dollars(
    tokens: tuple[str, ...], end: int, said: tuple[str, ...], readings: set[str], found: _Found
) -> int:
    """An amount in words, with the cents that follow it."""
    whole = cardinal(said, 0)
    value = whole[0] if whole and whole[1] == len(said) else int(min(readings, key=len))
    start = end + 1 if tokens[end : end + 1] == ("and",) else end
    if start < len(tokens) and (tokens[start] in _NUMBER_WORDS or is_typed_number(tokens[start])):
        stop = _run(tokens, start)
        small = cardinal(tokens[start:stop], 0)
        if small is not None and tokens[stop : stop + 1] in (("cents",), ("cent",)):
            found.money.add(value * 100 + small[0])
            return stop + 1
    found.money.add(value * 100)
    return end


def _said_time(digits: str, half: str, found: _Found) -> None:
    hour, minute = (digits, "0") if len(digits) <= 2 else (digits[:-2], digits[-2:])  # noqa: PLR2004
    if int(hour) > 23 or int(minute) > 59:  # noqa: PLR2004 - no time of day
        found.numbers.add(digits)
        return
    found.times.add(_minutes(int(hour), int(minute), half if half in _HALVES else None))


def _is_plain(said: tuple[str, ...], before: str, following: str) -> bool:
    """Whether a small number counts what is talked of ("one moment", "two times", "this one")."""
    if len(said) != 1 or said[0] not in _SMALL:
        return False
    return following in _COUNTED or (said[0] == "one" and before not in _PRONOUN_BEFORE)


def _readings(said: tuple[str, ...]) -> Iterator[str]:
    """All of a number as digits: read as a cardinal, and as digits side by side."""
    whole = cardinal(said, 0)
    if whole is not None and whole[1] == len(said):
        yield str(whole[0])
    runs = spoken_digits(" ".join(said))
    if len(runs) == 1 and (runs[0].start, runs[0].end) == (0, len(said)):
        yield runs[0].digits
