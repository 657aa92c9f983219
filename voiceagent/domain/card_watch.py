"""Keeps card numbers out of a conversation, however a caller gives them. Sans-I/O.

Everything a caller says, writes or types passes a `CardWatch` first, and only what it lets through
goes on: to the store, the journal, a model, a screen. It knows more than one text can tell:

* *a proven number*: issuer's prefix, length and Luhn check (`cards`), in one turn or put together
  from up to `_MOST_TURNS` turns, or from keys;
* *a part of one*: digits led by the word card (or a brand), groups of four, or more digits than a
  phone number has. Nothing good comes of waiting for the rest, so it is treated like a card;
* *what belongs to one*: once there is a card in a turn, every other number in it goes too, except a
  phone number; in the turn after it, an expiry or a security code.

Digits that may be a beginning and may as well be a phone number pass, as `Sign.MAYBE`: who writes
things down must hold them back until the next turn tells (`voiceagent.dialogue.caller_gate`). Two
turns that both answer what was asked (a phone number, then a booking code) are never put together.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import combinations, pairwise

from voiceagent.domain.cards import after_phones, is_card, is_phone, may_start_card, spans_in
from voiceagent.domain.digit_runs import FILLERS, Run, digit_runs, plain, words
from voiceagent.domain.expecting import Expecting
from voiceagent.domain.identity import CODE_LENGTH

MARK = "[card number]"
"""What stands in the place of a card number, or of a part of one."""
DETAIL = "[card details]"
"""What stands in the place of an expiry or a security code."""

_MOST_TURNS = 4
_TOO_LONG_FOR_A_PHONE = 12
_GROUP = 4
_LED = 4
"""Digits that are a part of a card number when the word card leads them."""
_WINDOW = 6
"""Digits in a row that give a card away, wherever they stand (the issuer's number is six)."""
_FOLLOWING_TURNS = 2
_MOST_DETAILS = 4
_MOST_COMMON = 16
"""Digits of most cards; a shorter number that passes the check may be the beginning of one."""
_ZIP = 5

_CARD = re.compile(r"\b(?:card|visa|master ?card|amex|american express|discover|diners)\b")
_LEADING_WORDS = FILLERS | frozenset(
    [
        "number",
        "numbers",
        "is",
        "it",
        "its",
        "the",
        "that",
        "this",
        "starts",
        "begins",
        "with",
        "goes",
        "ends",
        "ending",
        "in",
        "reads",
        "to",
        "here",
        "my",
        "s",
        "first",
        "last",
        "four",
        "digits",
        "part",
        "half",
        "rest",
        "other",
        "of",
        "are",
        "put",
        "would",
        "be",
        "there",
    ]
)
"""Words that may stand between "card" and its digits, and around digits that go on a number."""
_SERIAL = re.compile(
    r"\b(?:serial|model|order|invoice|part|policy|account|tracking|reference)\b[^.?!\d]*$"
)
_ALWAYS_DETAIL = re.compile(r"\b(?:cvv|cvc|cvv2|cvc2)\b")
_DETAIL = re.compile(r"\b(?:exp|expir\w+|cvv2?|cvc2?|security|good (?:through|thru|until)|valid)\b")
_CODE = re.compile(
    r"(?<!gate )(?<!door )(?<!zip )(?<!area )(?<!booking )(?<!confirmation )\bcode\b"
)
_OTHER_CODES = frozenset({Expecting.CODE, Expecting.NOTES})
_MONTH = re.compile(
    r"\b(?:january|february|march|april|may|june|july|august|september|october|november|december"
    r"|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\W{1,2}(?:of )?$"
)
_MONEY = re.compile(r"[$\u20ac\u00a3]\s?$")


class Sign(StrEnum):
    """What a caller's turn or key is, as far as cards go.

    PLAIN: nothing of a card. MAYBE: digits that may be the beginning of one. CARD: it was one, or
    a part of one, and nothing of it is left in the text.
    """

    PLAIN = "plain"
    MAYBE = "maybe"
    CARD = "card"


@dataclass(frozen=True, slots=True)
class Heard:
    """A turn or key without card numbers.

    Attributes:
        text: what may go on.
        sign: what it was.
        secret: digits of a card in it and in the turns before, to be taken out of what is held
            back; empty when nothing before belonged to it.
        joined: the turn goes on the digits of the turns before.
    """

    text: str
    sign: Sign = Sign.PLAIN
    secret: str = ""
    joined: bool = False


@dataclass(frozen=True, slots=True)
class _Part:
    """Digits at the end of a turn, or keys. `fits`: they are a whole answer to the question."""

    digits: str
    fits: bool
    asked: Expecting
    keyed: bool = False


@dataclass(frozen=True, slots=True)
class CardWatch:
    """What the last turns' digits were. Each input gives the next watch.

    It is the only place where digits of a card are kept, in memory, for as long as they may go on.
    """

    parts: tuple[_Part, ...] = ()
    following: int = 0
    """Turns for which an expiry or a security code is still to be expected."""
    more_keys: int = 0
    """Keys that may still belong to a number that was noticed by its beginning."""

    def hear(self, text: str, expecting: Expecting) -> tuple[CardWatch, Heard]:
        """A committed turn of the caller.

        Args:
            text: as recognised or typed.
            expecting: what was asked for.
        """
        turn = _Turn.of(text)
        secret, whole = self._put_together(turn, expecting)
        cards = [*turn.proven(), *turn.led(), *turn.too_long()]
        if whole is not None:
            cards.append(whole)
        following = max(0, self.following - 1)
        if not cards:
            details = turn.details(following=self.following, expecting=expecting)
            if details:
                clean = turn.without([], details)
                parts = self._withheld(turn, expecting)
                return CardWatch(parts, self.following), Heard(clean, Sign.CARD)
            return self._plain(turn, expecting, following)
        clean = turn.without(cards, turn.beside(cards))
        parts = () if secret else self._withheld(turn, expecting)
        watch = CardWatch(parts, _FOLLOWING_TURNS)
        return watch, Heard(clean, Sign.CARD, secret, joined=bool(secret))

    def glance(self, text: str, expecting: Expecting) -> str:
        """A turn that is still being spoken, without card numbers."""
        return self.hear(text, expecting)[1].text

    def key(self, digit: str, expecting: Expecting) -> tuple[CardWatch, Heard]:
        """A key of the phone; keys that are no digits end nothing. A key that goes is empty."""
        if not (len(digit) == 1 and digit.isascii() and digit.isdecimal()):
            return self, Heard(digit, Sign.MAYBE if self.parts else Sign.PLAIN, joined=True)
        if self.more_keys:
            return replace(self, more_keys=self.more_keys - 1), Heard("", Sign.CARD)
        if digit == "0" and not self.parts:
            return self, Heard(digit)  # the key for a person; no card begins with it
        last = self.parts[-1] if self.parts else None
        if last is not None and last.keyed and last.asked is expecting and not _is_whole(last):
            typed, before = last.digits + digit, self.parts[:-1]
        else:
            typed, before = digit, self.parts
        part = _Part(typed, _fits(typed, expecting, keyed=True), expecting, keyed=True)
        parts = _newest((*before, part))
        secret = _card_in(parts)
        if not secret and len(typed) > _TOO_LONG_FOR_A_PHONE:
            secret = "".join(one.digits for one in parts)
        if not secret:
            return replace(self, parts=parts), Heard(digit, Sign.MAYBE, joined=bool(self.parts))
        watch = CardWatch((), _FOLLOWING_TURNS, max(0, _MOST_COMMON - len(secret)))
        return watch, Heard(MARK, Sign.CARD, secret, joined=True)

    def _put_together(self, turn: _Turn, expecting: Expecting) -> tuple[str, Run | None]:
        """Digits of a card that began before this turn and its run that goes on it, if any."""
        head = turn.head()
        if head is None or not self.parts:
            return "", None
        shortest = len(head.pieces) if is_phone(head.digits) else 1
        for end in range(len(head.pieces), shortest - 1, -1):
            digits = "".join(piece.digits for piece in head.pieces[:end])
            fits = turn.all_digits and end == len(head.pieces) and _fits(digits, expecting)
            parts = (*self.parts, _Part(digits, fits, expecting))
            if _again(parts):
                continue
            if secret := _card_in(parts):
                return secret, head
        return "", None

    def _plain(self, turn: _Turn, expecting: Expecting, following: int) -> tuple[CardWatch, Heard]:
        """A turn without a card; its last digits may be the beginning of one."""
        if not turn.runs and turn.only_small_words and self.parts:
            held = Heard(turn.text, Sign.MAYBE, joined=True)
            return replace(self, following=following), held
        tail = turn.tail()
        if tail is None:
            return CardWatch(following=following), Heard(turn.text)
        part = _Part(tail.digits, turn.all_digits and _fits(tail.digits, expecting), expecting)
        joined = turn.all_digits and bool(self.parts)
        parts = _newest((*self.parts, part)) if joined else (part,)
        if not may_start_card(parts[0].digits):
            parts, joined = (part,), False
        if not may_start_card(part.digits) and not joined:
            return CardWatch(following=following), Heard(turn.text)
        return CardWatch(parts, following), Heard(turn.text, Sign.MAYBE, joined=joined)

    def _withheld(self, turn: _Turn, expecting: Expecting) -> tuple[_Part, ...]:
        """A part of a card that was taken out already: what goes on it is still to be noticed."""
        tail = turn.tail()
        if tail is None or any(spans_in(run, turn.text) for run in turn.runs):
            return ()
        part = _Part(tail.digits, False, expecting)
        return _newest((*self.parts, part)) if turn.all_digits else (part,)


@dataclass(frozen=True, slots=True)
class _Turn:
    """A turn and its runs of digits."""

    text: str
    lower: str
    runs: tuple[Run, ...]

    @classmethod
    def of(cls, text: str) -> _Turn:
        return cls(text, plain(text), tuple(digit_runs(text)))

    @property
    def only_small_words(self) -> bool:
        return all(word in _LEADING_WORDS for word in words(self.text))

    @property
    def all_digits(self) -> bool:
        """Whether the turn is one run of digits and nothing that says what they are."""
        return len(self.runs) == 1 and self.head() is not None and self.tail() is not None

    def head(self) -> Run | None:
        """The first run, if it could go on a number that began in the turn before."""
        if not self.runs or self.runs[0].plus:
            return None
        run = self.runs[0]
        behind = words(self.text[run.end :])
        before = [word for word in words(self.text[: run.start]) if not _is_about_cards(word)]
        free = not behind or behind[0] in _LEADING_WORDS or _is_about_cards(behind[0])
        ends = bool(re.match(r"\s*[.,;?!\-]", self.text[run.end :]))
        return run if (free or ends) and all(one in _LEADING_WORDS for one in before) else None

    def tail(self) -> Run | None:
        """The last run, if nothing but small words stands behind it."""
        if not self.runs or self.runs[-1].plus:
            return None
        run = self.runs[-1]
        behind = words(self.text[run.end :])
        return run if all(word in _LEADING_WORDS for word in behind) else None

    def proven(self) -> list[Run]:
        """Runs that hold a card number, or are one together where cards are spoken of."""
        found = [run for run in self.runs if spans_in(run, self.text)]
        if _CARD.search(self.lower):
            for first, last in combinations(range(len(self.runs)), 2):
                together = self.runs[first : last + 1]
                if is_card("".join(run.digits for run in together)):
                    found += together
        return found

    def led(self) -> list[Run]:
        """Runs that the word card leads: "my visa is ...", "card number starts with ..."."""
        found = []
        for run in self.runs:
            lead = self.lower[: run.start]
            cues = list(_CARD.finditer(lead))
            if not cues or len(run.digits) < _LED or _MONEY.search(lead):
                continue
            between = words(lead[cues[-1].end() :])
            if all(word in _LEADING_WORDS or word.isdecimal() for word in between):
                found.append(run)
        return found

    def too_long(self) -> list[Run]:
        """Runs that cannot be a phone number and look like a card's: groups of four, or long."""
        found = []
        for run in self.runs:
            pieces = after_phones(run.pieces)
            digits = "".join(piece.digits for piece in pieces)
            lead = self.lower[: run.start]
            other = run.plus or _SERIAL.search(lead) or _MONEY.search(lead)
            if other or not may_start_card(digits[:_GROUP]):
                continue
            spoken_phone = is_phone(digits[:10]) and len(digits) - 10 <= _WINDOW
            by_fours = any(
                len(a.digits) == len(b.digits) == _GROUP and not (b.spoken or b.parted)
                for a, b in pairwise(pieces)
            )
            if by_fours or (len(digits) >= _TOO_LONG_FOR_A_PHONE and not spoken_phone):
                found.append(run)
        return found

    def beside(self, cards: Sequence[Run]) -> list[Run]:
        """What goes together with cards: every number that is no phone number."""
        return [run for run in self.runs if run not in cards and not is_phone(run.digits)]

    def details(self, *, following: int, expecting: Expecting) -> list[Run]:
        """Expiry and security code of a card, named, or bare right after it was offered."""
        other = expecting in _OTHER_CODES
        named = _DETAIL.search(self.lower) or (not other and _CODE.search(self.lower))
        if _ALWAYS_DETAIL.search(self.lower) or (following and named):
            return self.beside(())
        if following < _FOLLOWING_TURNS or not self.all_digits:
            return []
        short = len(self.runs[0].digits) <= _MOST_DETAILS
        unasked = not _fits(self.runs[0].digits, expecting)
        return self.beside(()) if short or unasked else []

    def without(self, cards: Sequence[Run], details: Sequence[Run]) -> str:
        """The text without these runs."""
        out, at = [], 0
        for run in self.runs:
            if run in cards or run in details:
                out += [self.text[at : self._start(run)], MARK if run in cards else DETAIL]
                at = run.end
        return "".join([*out, self.text[at:]])

    def _start(self, run: Run) -> int:
        """Where what is taken out begins: a month before a year goes with it."""
        month = _MONTH.search(self.lower[: run.start])
        return month.start() if month else run.start


def withhold(text: str, secret: str) -> str:
    """`text` without digits of a card that is known by now.

    Four digits in a row that are the card's, or a longer number that holds six of them, are taken
    out; a house number or a price that shares fewer stays.
    """
    if not secret:
        return text
    out, at = [], 0
    for run in digit_runs(text):
        digits = run.digits
        within = len(digits) >= _GROUP and digits in secret
        windows = (digits[i : i + _WINDOW] for i in range(len(digits) - _WINDOW + 1))
        if within or any(window in secret for window in windows):
            out += [text[at : run.start], MARK]
            at = run.end
    return "".join([*out, text[at:]])


def _is_about_cards(word: str) -> bool:
    return any(cue.fullmatch(word) is not None for cue in (_CARD, _DETAIL, _CODE))


def _fits(digits: str, expecting: Expecting, *, keyed: bool = False) -> bool:
    """Whether these digits are a whole answer to what was asked."""
    match expecting:
        case Expecting.CODE:
            return len(digits) == CODE_LENGTH or (keyed and len(digits) < CODE_LENGTH)
        case Expecting.ADDRESS | Expecting.NOTES:
            return len(digits) <= _ZIP and not keyed
        case _:
            return is_phone(digits)


def _is_whole(part: _Part) -> bool:
    """Whether the next key begins something new."""
    return part.fits and (part.asked is not Expecting.CODE or len(part.digits) == CODE_LENGTH)


def _again(parts: Sequence[_Part]) -> bool:
    """Whether the last part only says the one before again, from its beginning and whole."""
    *_, before, last = parts
    return last.fits and last.digits.startswith(before.digits)


def _card_in(parts: Sequence[_Part]) -> str:
    """The digits of a whole card that the parts end with, put together; empty if there is none."""
    for first in range(len(parts)):
        rest = parts[first:]
        digits = "".join(part.digits for part in rest)
        if is_card(digits) and not (len(rest) > 1 and all(part.fits for part in rest)):
            return digits
    return ""


def _newest(parts: tuple[_Part, ...]) -> tuple[_Part, ...]:
    """As many of the last parts as one card number can have."""
    return parts[-_MOST_TURNS:]
