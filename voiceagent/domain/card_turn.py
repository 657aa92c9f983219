"""One turn of a caller, and which of its digits are a card's, as far as the turn itself tells."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations, pairwise

from voiceagent.domain.card_marks import DETAIL, GOES_ON, MARK
from voiceagent.domain.card_parts import fits
from voiceagent.domain.card_words import (
    ALWAYS_DETAIL,
    CARD_WORD,
    CODE_WORD,
    DETAIL_NAME,
    DETAIL_WORD,
    LEADING_WORDS,
    MONEY_BEFORE,
    MONTH_BEFORE,
    SERIAL_BEFORE,
    is_about_cards,
)
from voiceagent.domain.cards import (
    SIDE_NUMBER,
    TOO_LONG_FOR_A_PHONE,
    after_phones,
    is_card,
    is_phone,
    is_usual_card,
    may_start_card,
    rests_of,
    spans_in,
)
from voiceagent.domain.digit_runs import Run, digit_runs, plain, words
from voiceagent.domain.expecting import Expecting
from voiceagent.domain.identity import CODE_LENGTH

FOLLOWING_TURNS = 2
"""Turns after a card in which what belongs to it may still come."""

_GROUP = 4
_LED = 4
"""Digits that are a part of a card number when the word card leads them."""
_MOST_DETAILS = 4
_MOST_OF_ANSWERS = 6
"""Digits of the longest answers beside phone numbers: booking codes."""
_OF_A_CODE = frozenset({"booking", "code", "confirmation", "phone"})
"""Words between a phone number and the code that is said with it."""
_PHONE_DIGITS = frozenset({10, 11})
"""Of a phone number, without and with the country's 1."""
_OF_PHONES = frozenset({Expecting.PHONE, Expecting.NAME_AND_PHONE})
_OTHER_CODES = frozenset({Expecting.CODE, Expecting.NOTES})


class GivenCards(StrEnum):
    """What was given of cards in a conversation before a turn.

    NOTHING: no card. CARD: one, or a part that is known or that no telephone number goes on.
    SHORT: a part was taken out, nothing of it is known here, and what it lacks has as many digits
    as a telephone number.
    """

    NOTHING = "nothing"
    CARD = "card"
    SHORT = "short"


@dataclass(frozen=True, slots=True)
class CardTurn:
    """A turn and its runs of digits."""

    text: str
    lower: str
    runs: tuple[Run, ...]

    @classmethod
    def of(cls, text: str) -> CardTurn:
        """The turn of a text."""
        return cls(text, plain(text), tuple(digit_runs(text)))

    @property
    def only_small_words(self) -> bool:
        """Whether it says nothing that ends a number."""
        return all(word in LEADING_WORDS for word in words(self.text))

    @property
    def is_aside(self) -> bool:
        """Whether it has no number in it but such as "one" in "one second, please"."""
        return all(len(run.digits) == 1 for run in self.runs) and self.tail() is None

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
        before = [word for word in words(self.text[: run.start]) if not is_about_cards(word)]
        free = not behind or behind[0] in LEADING_WORDS or is_about_cards(behind[0])
        ends = bool(re.match(r"\s*[.,;?!\-]", self.text[run.end :]))
        return run if (free or ends) and all(one in LEADING_WORDS for one in before) else None

    def tail(self) -> Run | None:
        """The last run, if nothing but small words stands behind it."""
        if not self.runs or self.runs[-1].plus:
            return None
        run = self.runs[-1]
        behind = words(self.text[run.end :])
        return run if all(word in LEADING_WORDS for word in behind) else None

    def proven(self) -> list[Run]:
        """Runs that hold a card number, or are one together where cards are spoken of."""
        found = [run for run in self.runs if spans_in(run, self.text)]
        if CARD_WORD.search(self.lower):
            for first, last in combinations(range(len(self.runs)), 2):
                together = self.runs[first : last + 1]
                if is_card("".join(run.digits for run in together)):
                    found += together
        return found + self._phone_and_code()

    def _phone_and_code(self) -> list[Run]:
        """Runs that look like a phone number and a booking code in one breath, and are a card.

        No code is drawn so that it could be (`identity.new_booking_code`).
        """
        found = [run for run in self.runs if not self._named(run) and _as_answers(run.digits)]
        for one, other in pairwise(self.runs):
            between = words(self.text[one.end : other.start])
            apart = all(word in LEADING_WORDS or word in _OF_A_CODE for word in between)
            if apart and not self._named(other) and _as_answers(one.digits + other.digits):
                found += [one, other]
        return found

    def _named(self, run: Run) -> bool:
        """Whether what stands behind a run says what it is: "... oak street"."""
        behind = self.text[run.end :]
        following = words(behind)
        return bool(following) and behind[0].isspace() and following[0] not in LEADING_WORDS

    def led(self) -> list[Run]:
        """Runs that the word card leads: "my visa is ...", "card number starts with ..."."""
        found = []
        for run in self.runs:
            lead = self.lower[: run.start]
            cues = list(CARD_WORD.finditer(lead))
            if not cues or len(run.digits) < _LED or MONEY_BEFORE.search(lead):
                continue
            between = words(lead[cues[-1].end() :])
            if all(word in LEADING_WORDS or word.isdecimal() for word in between):
                found.append(run)
        return found

    def too_long(self) -> list[Run]:
        """Runs that cannot be a phone number and look like a card's: groups of four, or long."""
        found = []
        for run in self.runs:
            pieces = after_phones(run.pieces)
            digits = "".join(piece.digits for piece in pieces)
            lead = self.lower[: run.start]
            other = run.plus or SERIAL_BEFORE.search(lead) or MONEY_BEFORE.search(lead)
            if other or not may_start_card(digits[:_GROUP]):
                continue
            spoken_phone = is_phone(digits[:10]) and len(digits) - 10 <= SIDE_NUMBER
            by_fours = any(
                len(a.digits) == len(b.digits) == _GROUP and not (b.spoken or b.parted)
                for a, b in pairwise(pieces)
            )
            if by_fours or (len(digits) >= TOO_LONG_FOR_A_PHONE and not spoken_phone):
                found.append(run)
        return found

    def beside(self, cards: Sequence[Run]) -> list[Run]:
        """What goes together with cards: every number that is no phone number."""
        return [run for run in self.runs if run not in cards and not is_phone(run.digits)]

    def details(self, *, following: int, expecting: Expecting, given: GivenCards) -> list[Run]:
        """Expiry and security code of a card, bare right after it was offered, or named.

        What has only a card goes as long as anybody talks; a mere "code" may soon be another's.
        """
        other = expecting in _OTHER_CODES
        named = DETAIL_WORD.search(self.lower) or (not other and CODE_WORD.search(self.lower))
        late = given is not GivenCards.NOTHING and DETAIL_NAME.search(self.lower)
        if following and (named or ALWAYS_DETAIL.search(self.lower)):
            return [run for run in self.runs if not _is_asked_phone(run.digits, expecting, given)]
        if late:
            return [run for run in self.beside(()) if len(run.digits) <= _MOST_OF_ANSWERS]
        if ALWAYS_DETAIL.search(self.lower):
            return self.beside(())
        if following < FOLLOWING_TURNS or not self.all_digits:
            return self._rest(expecting, given) if following else []
        digits = self.runs[0].digits
        phone = is_phone(digits)
        answers = _is_asked_phone(digits, expecting, given) if phone else fits(digits, expecting)
        return [] if answers and len(digits) > _MOST_DETAILS else [self.runs[0]]

    def _rest(self, expecting: Expecting, given: GivenCards) -> list[Run]:
        """Digits that go on a card of which a part was taken out before.

        Whoever reads messages has nothing of that part to put them together with. Some rests have
        the shape of a phone number; one is such a number where it was asked for, unless it is as
        long as what the part lacks.
        """
        head = self.head()
        if head is None or len(head.digits) <= _MOST_OF_ANSWERS:
            return []
        return [] if _is_asked_phone(head.digits, expecting, given) else [head]

    def without(
        self, cards: Sequence[Run], details: Sequence[Run], whole: Sequence[Run] = ()
    ) -> str:
        """The text without these runs; nothing goes on those of them that are `whole`."""
        out, at = [], 0
        for run in self.runs:
            if run in cards or run in details:
                mark = MARK if run in cards else DETAIL
                goes_on = GOES_ON if run not in whole and _lacks_a_phone(run.digits) else ""
                out += [self.text[at : self._start(run)], mark, goes_on]
                at = run.end
        return "".join([*out, self.text[at:]])

    def _start(self, run: Run) -> int:
        """Where what is taken out begins: a month before a year goes with it."""
        month = MONTH_BEFORE.search(self.lower[: run.start])
        return month.start() if month else run.start


def _is_asked_phone(digits: str, expecting: Expecting, given: GivenCards) -> bool:
    """Whether digits that come after a card are a phone number, which was asked for.

    Behind a part that lacks as many digits nobody can tell them from the rest of it.
    """
    return given is not GivenCards.SHORT and expecting in _OF_PHONES and is_phone(digits)


def _lacks_a_phone(part: str) -> bool:
    """Whether what is missing of a card behind its first digits has a phone number's length."""
    return len(part) >= _LED and not _PHONE_DIGITS.isdisjoint(rests_of(part))


def _as_answers(digits: str) -> bool:
    """Whether these are a phone number and a booking code, in either order, and a usual card."""
    return (is_phone(digits[:-CODE_LENGTH]) or is_phone(digits[CODE_LENGTH:])) and is_usual_card(
        digits
    )
