"""Other names, numbers, streets and e-mail addresses for those of a call, the same all through.

A pseudonym is of the same kind as what it stands for, so that the dialogue understands it alike: a
name is another name, as common or as strange, a number one of the 555-01xx that are nobody's, in
the same area code (NANPA reserves them for fiction), a house number has as many digits. City, state
and ZIP code stay, for whether the business goes there hangs on them; so do times and prices.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from voiceagent.domain.digit_runs import digit_runs, written_as
from voiceagent.domain.links import EMAILS
from voiceagent.incidents.told_numbers import is_marked, somebodys
from voiceagent.language.en_us.common_names import COMMON_FIRST_NAMES, COMMON_LAST_NAMES

_WORD: Final = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")
_LINK: Final = re.compile(r"https?://\S+")
_TIME: Final = re.compile(r"(\d{4}-\d\d-\d\d(?:T\d\d:\d\d[\d:.]*(?:Z|[+-]\d\d:?\d\d)?)?)")
_STREETS: Final = ("maple", "cedar", "juniper", "walnut", "willow", "chestnut", "hickory", "poplar")
_STRANGE: Final = (
    *("adunbar", "belvane", "corvath", "dresmond", "elbrune", "farquell", "gorlane", "hestry"),
    *("ilverton", "jorvane", "kestrane", "lombrick", "morvane", "norwell", "odarro", "pelhurst"),
)
"""Names that are in no list, for those that are in none."""

_NATIONAL: Final = 10
_LEAST_PART: Final = 3
_ZIP: Final = 5
_LONGEST_FIGURE: Final = 4
"""Digits of hours and prices; no number that is known of somebody and longer is taken for one."""


@dataclass(slots=True)
class Pseudonyms:
    """Of one call; tell it what is known, then let it replace.

    `strange`: whether names get names that are in no list; as they are themselves by default.
    """

    strange: bool | None = None
    words: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, str] = field(default_factory=dict)
    """Digits -> digits: national phone numbers, house numbers, codes."""
    kept: set[str] = field(default_factory=set)
    """Digits that stay: ZIP codes."""
    prices: set[str] = field(default_factory=set)
    """Whole dollars that were named: a caller who says them speaks of money."""
    emails: dict[str, str] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)

    def name(self, text: str) -> None:
        """Somebody's name."""
        parts = [part.lower() for part in _WORD.findall(text)]
        for place, part in enumerate(parts):
            pool = COMMON_LAST_NAMES if place and place == len(parts) - 1 else COMMON_FIRST_NAMES
            strange = part not in pool if self.strange is None else self.strange
            self._word(part, _STRANGE if strange else pool)

    def phone(self, text: str) -> None:
        """Somebody's number, E.164 or national."""
        digits = re.sub(r"\D", "", text)[-_NATIONAL:]
        if len(digits) == _NATIONAL and digits not in self.numbers:
            taken = {*self.numbers, *self.numbers.values()}
            fictional = (f"{digits[:3]}55501{number:02d}" for number in range(100))
            self.numbers[digits] = next(
                (one for one in fictional if one not in {*taken, digits}), digits
            )

    def address(self, text: str) -> None:
        """Somebody's address in one line: its house number and its street are replaced."""
        street, _, rest = text.partition(",")
        self.kept |= set(re.findall(rf"\b\d{{{_ZIP}}}\b", rest))
        found = re.match(r"\s*(\d+)\s+(.*)", street)
        if found is None:
            return
        self.code(found[1])
        words = [word.lower() for word in _WORD.findall(found[2])]
        for word in words[: max(1, len(words) - 1)]:
            self._word(word, _STREETS)

    def code(self, digits: str) -> None:
        """A number that means something, e.g. of a house or a booking."""
        if digits and digits not in self.numbers and digits not in self.kept:
            self.numbers[digits] = _other(digits)

    def hears(self, text: str) -> None:
        """A caller's words, or notes of them: what may be somebody's number in them is one.

        To be told when names, numbers and addresses are known.
        """
        for run in somebodys(text, zips=self.kept, prices=self.prices):
            if self._digits(run.digits) is None:
                self.code(run.digits)

    def text(self, text: str, *, of_caller: bool = False) -> str:
        """A text with all of it replaced; of a caller's, also numbers that nobody knows."""
        if of_caller:
            self.hears(text)
        text = _LINK.sub(lambda one: self._link(one[0]), text)
        text = EMAILS.sub(lambda one: self._email(one[0]), text)
        pieces = _TIME.split(text)
        for place in range(0, len(pieces), 2):
            pieces[place] = self._plain(pieces[place])
        return "".join(pieces)

    def value(self, value: object) -> object:
        """A JSON value, its texts replaced."""
        match value:
            case str():
                return self.text(value)
            case Mapping():
                return {key: self.value(inside) for key, inside in value.items()}
            case Sequence():
                return [self.value(inside) for inside in value]
            case _:
                return value

    def _plain(self, text: str) -> str:
        out, at = [], 0
        for run in digit_runs(text):
            replaced = self._digits(run.digits)
            if replaced is None or "@example" in text[max(0, run.start - 40) : run.end + 12]:
                continue
            if len(run.digits) <= _LONGEST_FIGURE and is_marked(text, run):
                continue
            out += [text[at : run.start], written_as(text, run, replaced)]
            at = run.end
        text = "".join([*out, text[at:]])
        return _WORD.sub(lambda one: self._said(one[0]), text)

    def _digits(self, digits: str) -> str | None:
        """What stands for a run of digits; ``None`` when it stays."""
        if digits in self.kept:
            return None
        if digits in self.numbers:
            return self.numbers[digits]
        if len(digits) >= _LEAST_PART:
            for known, other in self.numbers.items():
                if len(known) == _NATIONAL and digits in known:
                    start = known.index(digits)
                    return other[start : start + len(digits)]
        parts = self._parts(digits)
        return None if parts == digits else parts

    def _parts(self, digits: str) -> str:
        """A run with every number that is known in it replaced, the longest first."""
        for known, other in sorted(self.numbers.items(), key=lambda one: -len(one[0])):
            if len(known) >= _LEAST_PART and known in digits:
                before, _, behind = digits.partition(known)
                return self._parts(before) + other + self._parts(behind)
        return digits

    def _word(self, word: str, pool: Sequence[str]) -> None:
        if len(word) < 2 or word in self.words:  # noqa: PLR2004 - an initial names nobody
            return
        free = (one for one in pool if one not in self.words.values() and one not in self.words)
        self.words[word] = next(free, pool[0])

    def _said(self, word: str) -> str:
        bare = re.sub(r"['\u2019]s$", "", word)
        other = self.words.get(bare.lower())
        if other is None:
            return word
        shaped = other.title() if bare[0].isupper() else other
        return (other.upper() if bare.isupper() and len(bare) > 1 else shaped) + word[len(bare) :]

    def _email(self, address: str) -> str:
        if address.endswith("@example.com"):
            return address
        other = f"person{len(self.emails) + 1}@example.com"
        return self.emails.setdefault(address.lower(), other)

    def _link(self, link: str) -> str:
        return self.links.setdefault(link, f"https://example.com/link{len(self.links) + 1}")


def _other(digits: str) -> str:
    """As many digits, no zero in front; another number always."""
    shifted = "".join(str((int(one) + 3 + place) % 10) for place, one in enumerate(digits))
    return "4" + shifted[1:] if shifted.startswith("0") else shifted
