"""Values in the many forms in which people say and write them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Final

DIGITS: Final = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
TEENS: Final = (
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
)
TENS: Final = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
ORDINALS: Final = [
    "zeroth",
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
    "twentieth",
]
WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS: Final = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
NOON: Final = 12


def number(value: int) -> str:
    """0 to 99 in words."""
    if value < len(DIGITS):
        return DIGITS[value]
    if value < len(DIGITS) + len(TEENS):
        return TEENS[value - 10]
    tens, ones = divmod(value, 10)
    return TENS[tens] if not ones else f"{TENS[tens]} {DIGITS[ones]}"


def ordinal(value: int) -> str:
    """1 to 31 in words."""
    if value < len(ORDINALS):
        return ORDINALS[value]
    tens, ones = divmod(value, 10)
    return "thirtieth" if not ones else f"{TENS[tens]} {ORDINALS[ones]}"


def nth(value: int) -> str:
    """1 to 31 in figures: 1st, 2nd, 11th."""
    teens = range(11, 14)
    ending = "th" if value in teens else {1: "st", 2: "nd", 3: "rd"}.get(value % 10, "th")
    return f"{value}{ending}"


def digit_words(digits: str, chances: random.Random) -> str:
    """Digit by digit, zeros as this person says them, here and there a double."""
    zero = chances.choice(("oh", "zero", "oh"))
    double = chances.random() < 0.2  # noqa: PLR2004 - one in five says doubles
    words: list[str] = []
    at = 0
    while at < len(digits):
        here = zero if digits[at] == "0" else DIGITS[int(digits[at])]
        if double and digits[at : at + 2] == digits[at] * 2:
            words.append(f"double {here}")
            at += 2
        else:
            words.append(here)
            at += 1
    return " ".join(words)


def paired_words(digits: str) -> str:
    """Two by two where that can be said ("forty two seventeen"), else digit by digit."""
    if len(digits) % 2 or any(digits[at] == "0" for at in range(0, len(digits), 2)):
        return " ".join(DIGITS[int(one)] if one != "0" else "oh" for one in digits)
    return " ".join(number(int(digits[at : at + 2])) for at in range(0, len(digits), 2))


def phone(e164: str, chances: random.Random, *, spoken: bool) -> str:
    """A US number as somebody says or types it."""
    ten = e164[-10:]
    groups = (ten[:3], ten[3:6], ten[6:])
    if spoken:
        forms: Sequence[str] = (
            " ".join(digit_words(group, chances) for group in groups),
            ", ".join(digit_words(group, chances) for group in groups),
            " ".join([*(digit_words(group, chances) for group in groups[:2]), _last(ten[6:])]),
            "area code " + ", ".join(digit_words(group, chances) for group in groups),
            " ".join(digit_words(group, chances) for group in groups).replace(" ", ", ", 3),
        )
        return chances.choice(forms)
    forms = (
        "{}-{}-{}",
        "({}) {}-{}",
        "{} {} {}",
        "{}.{}.{}",
        "{}{}{}",
        "+1 {} {} {}",
        "1-{}-{}-{}",
        "{} {}-{}",
    )
    return chances.choice(forms).format(*groups)


def _last(four: str) -> str:
    return paired_words(four)


def house_number(digits: str, chances: random.Random) -> str:
    """A house number in words: "one twenty three", "forty five twelve", "nine oh seven"."""
    if len(digits) > _LONGEST_PAIRED:
        return digit_words(digits, chances)
    head, tail = digits[:-2], digits[-2:]
    if not head:
        return number(int(digits))
    ones = f"oh {DIGITS[int(tail[1])]}" if tail[0] == "0" else number(int(tail))
    return f"{number(int(head))} {'hundred' if tail == '00' else ones}"


_LONGEST_PAIRED: Final = 4


def spelled(word: str, chances: random.Random) -> str:
    """A name letter by letter."""
    letters = [one for one in word.upper() if one.isalpha()]
    return chances.choice((" ".join(letters), "-".join(letters), ", ".join(letters)))


SPELLING: Final = dict(
    zip(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        [
            "apple",
            "boy",
            "cat",
            "dog",
            "edward",
            "frank",
            "george",
            "henry",
            "india",
            "john",
            "king",
            "larry",
            "mary",
            "nancy",
            "oscar",
            "peter",
            "queen",
            "robert",
            "sam",
            "tom",
            "uncle",
            "victor",
            "william",
            "x-ray",
            "yellow",
            "zebra",
        ],
        strict=True,
    )
)


def spelled_as_in(word: str, chances: random.Random) -> str:
    """A name letter by letter, the doubtful ones with a word."""
    said = []
    for letter in word.upper():
        if letter in SPELLING:
            doubtful = letter in "BDFMNPSTV" and chances.random() < 0.7  # noqa: PLR2004
            said.append(f"{letter} as in {SPELLING[letter].title()}" if doubtful else letter)
    return ", ".join(said)


def clock(moment: time, chances: random.Random, *, spoken: bool) -> str:
    """A full or half hour of the day."""
    twelve = moment.hour % 12 or 12
    half = bool(moment.minute)
    if moment.hour == NOON and not half:
        return chances.choice(("noon", "twelve", "12", "noon", "midday"))
    if half:
        if spoken:
            return chances.choice((f"half past {number(twelve)}", f"{number(twelve)} thirty"))
        ending = "am" if moment.hour < NOON else "pm"
        return chances.choice((f"{twelve}:30", f"{twelve}:30 {ending}", f"half past {twelve}"))
    if spoken:
        part = "in the morning" if moment.hour < NOON else "in the afternoon"
        ending = "a m" if moment.hour < NOON else "p m"
        word = number(twelve)
        return chances.choice((word, f"{word} o'clock", f"{word} {part}", f"{word} {ending}"))
    ending = "am" if moment.hour < NOON else "pm"
    return chances.choice((f"{twelve}{ending}", f"{twelve} {ending}", f"{twelve}:00", f"{twelve}"))


def day(wanted: date, now: datetime, chances: random.Random, *, spoken: bool) -> str:
    """A day, as somebody names it who speaks at `now`."""
    return chances.choice(day_names(wanted, now, spoken=spoken))


def day_names(wanted: date, now: datetime, *, spoken: bool) -> list[str]:
    """All names of a day that can mean no other one."""
    ahead = (wanted - now.date()).days
    weekday, month = WEEKDAYS[wanted.weekday()], MONTHS[wanted.month - 1]
    dated = [f"{month} {ordinal(wanted.day)}", f"{weekday} the {ordinal(wanted.day)}"]
    if not spoken:
        dated = [
            f"{wanted.month}/{wanted.day}",
            f"{month} {wanted.day}",
            f"{month[:3]} {nth(wanted.day)}",
            f"{weekday} the {nth(wanted.day)}",
        ]
    match ahead:
        case 0:
            return ["today"]
        case 1:
            return ["tomorrow", "tomorrow", *dated[:1]]
        case 2:
            return ["the day after tomorrow", "day after tomorrow", weekday, *dated]
    monday = now.date() - timedelta(days=now.weekday())
    weeks = (wanted - monday).days // 7
    if weeks == 0 or ahead < 5:  # noqa: PLR2004 - nearer than that, the bare weekday is plain
        return [weekday, weekday, f"this {weekday}" if not weeks else weekday, *dated]
    if weeks == 1:
        return [f"{weekday} next week", f"next week {weekday}", f"{weekday} of next week", *dated]
    return dated
