"""Keeps card numbers out of a conversation, however a caller gives them. Sans-I/O.

Everything a caller says, writes or types passes a `CardWatch` first, and only what it lets through
goes on: to the store, the journal, a model, a screen. It knows more than one text can tell:

* *a proven number*: issuer's prefix, length and Luhn check (`cards`), in one turn or put together
  from a few turns, or from keys;
* *a part of one*: digits led by the word card (or a brand), groups of four, or more digits than a
  phone number has. Nothing good comes of waiting for the rest, so it is treated like a card;
* *what belongs to one*: once there is a card in a turn, every other number in it goes too, except a
  phone number; in the turn after it, an expiry or a security code.

Digits that may be a beginning and may as well be a phone number pass, as `Sign.MAYBE`: who writes
things down must hold them back until the next turn tells (`voiceagent.dialogue.caller_gate`). When
answers to two questions (a phone number, then a booking code) are a card all the same is said in
`card_parts`; what a turn tells by itself, in `card_turn`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from voiceagent.domain.card_marks import DETAIL, MARK, withhold
from voiceagent.domain.card_parts import Part, again, answers, card_in, fits, is_whole, newest
from voiceagent.domain.card_turn import FOLLOWING_TURNS, CardTurn, GivenCards
from voiceagent.domain.cards import TOO_LONG_FOR_A_PHONE, is_phone, may_start_card, spans_in
from voiceagent.domain.digit_runs import Run
from voiceagent.domain.expecting import Expecting

__all__ = ["DETAIL", "MARK", "CardWatch", "Heard", "Sign", "withhold"]

MOST_ASIDES = 2
"""Turns between two parts of one card that are not about it: a dog, a purse to be found."""

_MOST_COMMON = 16
"""Digits of most cards; a shorter number that passes the check may be the beginning of one."""


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
class CardWatch:
    """What the last turns' digits were. Each input gives the next watch.

    It is the only place where digits of a card are kept, in memory, for as long as they may go on.
    """

    parts: tuple[Part, ...] = ()
    following: int = 0
    """Turns for which an expiry or a security code is still to be expected."""
    more_keys: int = 0
    """Keys that may still belong to a number that was noticed by its beginning; of `parts`, which
    then are one or none, too."""
    asides: int = 0
    """Turns that were not about numbers since one was."""
    over: bool = False
    """Whether `parts` are the end of a card that was whole, and would begin another by mere chance:
    anything but more digits for the same question ends them."""
    given: GivenCards = GivenCards.NOTHING
    """What was given of cards before."""

    def hear(self, text: str, expecting: Expecting) -> tuple[CardWatch, Heard]:
        """A committed turn of the caller.

        Args:
            text: as recognised or typed.
            expecting: what was asked for.
        """
        turn = CardTurn.of(text)
        secret, end = self._put_together(turn, expecting)
        whole = [*turn.proven(), *([] if end is None else [end])]
        cards = [*whole, *turn.led(), *turn.too_long()]
        if not cards:
            details = turn.details(following=self.following, expecting=expecting, given=self.given)
            if details:
                clean = turn.without([], details)
                parts = self._withheld(turn, expecting)
                return self._then(parts, self.following), Heard(clean, Sign.CARD)
            return self._plain(turn, expecting)
        clean = turn.without(cards, turn.beside(cards), whole)
        parts = _beginning(turn, expecting) if secret else self._withheld(turn, expecting)
        watch = CardWatch(parts, FOLLOWING_TURNS, over=bool(secret), given=GivenCards.CARD)
        secret = secret or self._begun(turn)
        return watch, Heard(clean, Sign.CARD, secret, joined=bool(secret))

    def glance(self, text: str, expecting: Expecting) -> str:
        """A turn that is still being spoken, without card numbers."""
        return self.hear(text, expecting)[1].text

    def key(self, digit: str, expecting: Expecting) -> tuple[CardWatch, Heard]:
        """A key of the phone; keys that are no digits end nothing. A key that goes is empty."""
        if not (len(digit) == 1 and digit.isascii() and digit.isdecimal()):
            return self, Heard(digit, Sign.MAYBE if self.parts else Sign.PLAIN, joined=True)
        if self.more_keys:
            rest = tuple(replace(one, digits=one.digits + digit) for one in self.parts)
            return replace(self, parts=rest, more_keys=self.more_keys - 1), Heard("", Sign.CARD)
        if digit == "0" and not self.parts:
            return self, Heard(digit)  # the key for a person; no card begins with it
        if self.over and any(part.asked is not expecting for part in self.parts):
            return replace(self, parts=(), over=False).key(digit, expecting)
        last = self.parts[-1] if self.parts else None
        if last is not None and last.keyed and last.asked is expecting and not is_whole(last):
            typed, before = last.digits + digit, self.parts[:-1]
        else:
            typed, before = digit, self.parts
        part = Part(typed, fits(typed, expecting, keyed=True), expecting, keyed=True)
        parts = newest((*before, part))
        secret = card_in(parts)
        if not secret and len(typed) > TOO_LONG_FOR_A_PHONE:
            secret = "".join(one.digits for one in parts)
        if not secret:
            held = Heard(digit, Sign.MAYBE, joined=bool(self.parts))
            return replace(self, parts=parts, over=False), held
        rest = () if secret == typed else (replace(part, fits=False),)  # as in `_beginning`
        left = max(0, _MOST_COMMON - len(secret))
        watch = CardWatch(rest, FOLLOWING_TURNS, left, over=True, given=GivenCards.CARD)
        return watch, Heard(MARK, Sign.CARD, secret, joined=True)

    def _put_together(self, turn: CardTurn, expecting: Expecting) -> tuple[str, Run | None]:
        """Digits of a card that began before this turn and its run that goes on it, if any."""
        head = turn.head()
        if head is None or not self.parts:
            return "", None
        shortest = len(head.pieces) if is_phone(head.digits) else 1
        for end in range(len(head.pieces), shortest - 1, -1):
            digits = "".join(piece.digits for piece in head.pieces[:end])
            whole = turn.all_digits and end == len(head.pieces) and fits(digits, expecting)
            parts = (*self.parts, Part(digits, whole, expecting))
            if again(parts):
                continue
            if secret := card_in(parts):
                return secret, head
        return "", None

    def begun_before(self, text: str) -> str:
        """Digits before a turn of which only the mark of a card is left: its beginning."""
        rest = text.replace(MARK, "")
        alone = rest != text and CardTurn.of(rest).only_small_words and not self.over
        return self._open if alone else ""

    def _begun(self, turn: CardTurn) -> str:
        """Digits before a turn that is part of a card: its beginning, if they answered nothing."""
        return self._open if turn.all_digits else ""

    @property
    def _open(self) -> str:
        """Digits that answered nothing."""
        return "".join(part.digits for part in self.parts if not part.fits)

    def _then(self, parts: tuple[Part, ...], following: int, asides: int = 0) -> CardWatch:
        """The watch after a turn that ends whatever keys began."""
        return CardWatch(parts, following, asides=asides, given=self.given)

    def _following(self, turn: CardTurn) -> int:
        """What is left of `following`: an aside takes nothing of it, and one too many all."""
        if not turn.is_aside:
            return max(0, self.following - 1)
        return self.following if self.asides < MOST_ASIDES else 0

    def _plain(self, turn: CardTurn, expecting: Expecting) -> tuple[CardWatch, Heard]:
        """A turn without a card; its last digits may be the beginning of one."""
        following = self._following(turn)
        if turn.is_aside and self.parts and not self.over:
            small = not turn.runs and turn.only_small_words
            if small or self.asides < MOST_ASIDES:
                goes_on = small or not self._answered
                sign = Sign.MAYBE if goes_on else Sign.PLAIN
                watch = replace(self, following=following, asides=self.asides + 1)
                return watch, Heard(turn.text, sign, joined=goes_on)
        tail = turn.tail()
        if tail is None:
            asides = self.asides + 1 if turn.is_aside else 0
            return self._then((), following, asides), Heard(turn.text)
        part = Part(tail.digits, turn.all_digits and fits(tail.digits, expecting), expecting)
        joined = turn.all_digits and bool(self.parts)
        parts = newest((*self.parts, part)) if joined else (part,)
        if not may_start_card(parts[0].digits):
            parts, joined = (part,), False
        if not may_start_card(part.digits) and not joined:
            return self._then((), following), Heard(turn.text)
        return self._then(parts, following), Heard(turn.text, Sign.MAYBE, joined=joined)

    @property
    def _answered(self) -> bool:
        """Whether the digits before were all that was asked for, whatever was said with them."""
        return all(answers(part.digits, part.asked) for part in self.parts)

    def _withheld(self, turn: CardTurn, expecting: Expecting) -> tuple[Part, ...]:
        """A part of a card that was taken out already: what goes on it is still to be noticed."""
        tail = turn.tail()
        if tail is None or any(spans_in(run, turn.text) for run in turn.runs):
            return ()
        part = Part(tail.digits, False, expecting)
        return newest((*self.parts, part)) if turn.all_digits else (part,)


def _beginning(turn: CardTurn, expecting: Expecting) -> tuple[Part, ...]:
    """The end of a card that was put together, which may as well begin one.

    A ZIP code, a telephone number and half of a card pass the check together once in a hundred.
    """
    tail = turn.tail()
    whole = any(spans_in(run, turn.text) for run in turn.runs)
    if tail is None or whole or not may_start_card(tail.digits):
        return ()
    return (Part(tail.digits, False, expecting),)
