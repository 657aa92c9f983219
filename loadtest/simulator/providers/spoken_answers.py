"""What a scripted model takes from a caller's answer: numbers, names, addresses, a choice."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

_DIGITS: Final = {
    word: str(value)
    for value, words in enumerate(
        ("zero oh o", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    )
    for word in words.split()
}
_TENS: Final = {
    word: ten
    for ten, word in enumerate(
        ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"), start=2
    )
}
_TEENS: Final = {
    word: str(value)
    for value, word in enumerate(
        (
            "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen",
            "eighteen", "nineteen",
        ),
        start=10,
    )
}  # fmt: skip
_NAMED: Final = re.compile(
    r"\b(?:this is|my name is|it's|i'm|i am|name's)\s+([a-z'-]+\s+[a-z'-]+)", re.IGNORECASE
)
_PHONE_DIGITS: Final = 10
_NO: Final = re.compile(r"\W*(no|nope|nah|not|don't|nothing)\b", re.IGNORECASE)
_YES: Final = re.compile(
    r"\b(yes|yeah|yep|sure|okay|ok|please|go ahead|right|correct|fine|works|sounds good)\b",
    re.IGNORECASE,
)
_LEAVES: Final = re.compile(r"\b(good)?bye\b|\bthat's all\b", re.IGNORECASE)
_WONDERS: Final = re.compile(
    r"\W*(?:(?:hi|and|great|so|oh)\W+)*"
    r"(?:what|when|where|who|which|do you|are you|is there|can you|how late|how long)\b",
    re.IGNORECASE,
)
_NO_PAGE: Final = re.compile(
    r"\b(cost|price|charge|fee|deposit|have anything|what was that|what did you say|"
    r"monday|tuesday|wednesday|thursday|friday|saturday|tomorrow|tonight)\b",
    re.IGNORECASE,
)
"""What no page of the business answers: prices and times are for tools."""


class Offer(BaseModel):
    """A time that a tool offered."""

    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True)

    at: datetime = Field(alias="datetime")
    display: str = ""


def declines_in(text: str) -> bool:
    """Whether an answer begins as a no."""
    return bool(_NO.match(text))


def agrees_in(text: str) -> bool:
    """Whether an answer is a yes."""
    return not declines_in(text) and bool(_YES.search(text))


def leaves_in(text: str) -> bool:
    """Whether the caller says goodbye."""
    return bool(_LEAVES.search(text))


def wonders_in(text: str) -> str:
    """A question for the business's pages, as it was asked; "" for anything else."""
    asks = _WONDERS.match(text) and not _NO_PAGE.search(text)
    return text if asks else ""


def digits_in_words(text: str) -> str:
    """A text with runs of spoken digits as figures: "code one two" is "code 12"."""
    run = r"\b(?:{0})(?:[\s,.-]+(?:{0}))+\b".format("|".join(_DIGITS))
    return re.sub(
        run,
        lambda found: "".join(_DIGITS[word] for word in re.findall(r"[a-z]+", found[0].lower())),
        text,
        flags=re.IGNORECASE,
    )


def phone_in(text: str) -> str:
    """The last ten digits, spoken or written; "" when there are fewer."""
    said = "".join(
        _DIGITS.get(token, token if token.isdigit() else "")
        for token in re.findall(r"[a-z]+|\d+", text.lower())
    )
    return said[-_PHONE_DIGITS:] if len(said) >= _PHONE_DIGITS else ""


def name_in(text: str) -> str:
    """First and last name: after "this is" and the like, or the words before any digit."""
    if found := _NAMED.search(text):
        return found[1].title()
    words = re.findall(r"[A-Za-z'-]+|\d", text)
    before = []
    for word in words:
        if word.lower() in _DIGITS or word.isdigit():
            break
        before.append(word)
    return " ".join(before[:2]).title()


def address_in(text: str) -> str:
    """An address with its house number in figures: "one twenty three oak street" is "123 …"."""
    words = text.strip(" .").split()
    number = ""
    while words and (part := _number_word(words[0])):
        words.pop(0)
        follows = _DIGITS.get(words[0].lower().strip(",")) if words and part.endswith("0") else None
        if follows and follows != "0" and len(part) == 2:  # noqa: PLR2004 - "twenty three"
            words.pop(0)
            part = part[0] + follows
        number += part
    street = " ".join(words)
    return f"{number} {street.title() if street.islower() else street}".strip()


def _number_word(word: str) -> str:
    plain = word.lower().strip(",")
    tens = f"{_TENS[plain]}0" if plain in _TENS else ""
    return tens or _DIGITS.get(plain, "") or _TEENS.get(plain, "") or plain * plain.isdigit()


def chosen_in(text: str, offers: Iterable[Offer]) -> Offer | None:
    """The offer that the caller's words fit best; None when they fit none."""
    known = tuple(offers)
    scored = [(_fit(text.lower(), one, known), -place) for place, one in enumerate(known)]
    best = max(scored, default=(0, 0))
    return known[-best[1]] if best[0] > 0 else None


_MORNING_ENDS, _EVENING_BEGINS = 12, 17


def _fit(text: str, offer: Offer, offers: tuple[Offer, ...]) -> int:
    """How many of the caller's words speak for an offer."""
    hour, first_day = offer.at.hour, offers[0].at.date()
    named = {
        **{value: word for word, value in _DIGITS.items()},
        **{v: k for k, v in _TEENS.items()},
    }
    at = str(hour % 12 or 12)
    evening, later = hour >= _EVENING_BEGINS, offer.at.date() > first_day
    fits = {
        rf"\b({at}|{named[at]})\b": True,
        r"\b(tonight|evening)\b": evening and not later,
        r"\b(today|soonest|earliest|first)\b": offer is offers[0],
        r"\b(tomorrow|later|second|last)\b": offer is not offers[0] and later,
        r"\bmorning\b": hour < _MORNING_ENDS,
        r"\bafternoon\b": _MORNING_ENDS <= hour < _EVENING_BEGINS,
        rf"\b{offer.at:%A}\b".lower(): True,
    }
    return sum(speaks and bool(re.search(words, text)) for words, speaks in fits.items())
