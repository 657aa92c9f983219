"""The shapes of answers that are no bare number: names spelled, places, offered times, e-mails.

What counts as such an answer is what the dialogue reads as one: its own readers are asked, so that
recogniser and dialogue cannot be of two minds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from pipelines.offline.alike import alike, likest, nearest
from pipelines.offline.shapes import AnswerShape, AnyShape, Fit, Undoubted
from voiceagent.domain.business import Business
from voiceagent.domain.open_question import OfferedWindows
from voiceagent.domain.safety import Judgement, hear_danger
from voiceagent.language.en_us.addresses import AddressHeard
from voiceagent.language.en_us.dates import hear_date
from voiceagent.language.en_us.dayparts import hear_daypart
from voiceagent.language.en_us.digits import DigitRun, spoken_digits
from voiceagent.language.en_us.emails import PROVIDERS, hear_email
from voiceagent.language.en_us.hours import hear_hours
from voiceagent.language.en_us.lexicon import FILLERS, vocabulary
from voiceagent.language.en_us.spelled import spelled_runs
from voiceagent.language.en_us.streets import SUFFIXES
from voiceagent.language.en_us.times import ChoiceKind, choose_window, counts_windows, say_window
from voiceagent.language.en_us.yes_no import YesNo, hear_yes_no

ZIP_DIGITS: Final = frozenset({5, 9})
WITHIN: Final = 2.0
"""These shapes prefer less than a count of digits does: other answers are common, and as good."""

EMAIL_WITHIN: Final = 6.0

_ANY_DAY: Final = datetime(2025, 6, 18, 12, tzinfo=UTC)
"""Whether a day is named does not depend on which day it is."""

_LONGEST_HOUSE_NUMBER: Final = 5
_BESIDE_A_ZIP: Final = FILLERS | vocabulary("my the a zip code postal is it's that's yes in and oh")
_COUNTED: Final = ("the first one", "the second one", "the third one")
_COMPARED: Final = ("the earlier one", "the later one")
_MOST_COUNTED: Final = len(_COUNTED)
_AT_ALIKES: Final = vocabulary("add and that ad had hat act app it a as")
_MUCH_MORE: Final = 2
_EMAIL_WORDS: Final = vocabulary("at dot com net org") | PROVIDERS


@dataclass(frozen=True, slots=True)
class SpelledShape:
    """What may be spelled: "S as in Sam" names its letter twice.

    Attributes:
        beside: the shape of the answer otherwise.
    """

    beside: AnswerShape

    @property
    def within(self) -> float:
        """See `AnswerShape`."""
        return self.beside.within

    def fit(self, words: str) -> Fit:
        """See `AnswerShape`. A letter that the word explaining it contradicts was misheard."""
        misheard = any(run.misheard for run in spelled_runs(words.split()))
        return Fit.PART if misheard else self.beside.fit(words)

    def near(self, words: str) -> tuple[str, ...]:
        """See `AnswerShape`."""
        return self.beside.near(words)

    def reads(self, words: str) -> str:
        """See `AnswerShape`."""
        return self.beside.reads(words) if self.fit(words) is Fit.WHOLE else ""

    def doubts(self, words: str, other: str) -> bool:
        """See `AnswerShape`."""
        return self.beside.doubts(words, other)


class PlaceShape(Undoubted):
    """A house number and a street that the business knows, or a ZIP code.

    Args:
        streets: as the business file writes them.
        read: the address in the words, as the dialogue reads it.
    """

    within = WITHIN

    def __init__(self, streets: Sequence[str], read: Callable[[str], AddressHeard | None]) -> None:
        self._read = read
        said = [tuple(street.lower().replace(".", "").split()) for street in streets]
        bare = [words[:-1] for words in said if len(words) > 1 and words[-1] in SUFFIXES]
        self._streets = (*said, *bare)

    def fit(self, words: str) -> Fit:
        """See `AnswerShape`."""
        tokens, runs = tuple(words.split()), spoken_digits(words)
        if "zip" in tokens or _is_number_alone(tokens, runs):
            return _zip_fit(tokens, runs)
        at = _after_house_number(runs)
        known = at is not None and any(_follows(tokens, at, street) for street in self._streets)
        return Fit.WHOLE if known else Fit.OTHER

    def near(self, words: str) -> tuple[str, ...]:
        """See `AnswerShape`. The house number stays; the street is one that the business knows."""
        tokens = tuple(words.split())
        at = _after_house_number(spoken_digits(words))
        if at is None or at >= len(tokens) or self.fit(words) is not Fit.OTHER:
            return ()
        found: dict[str, float] = {}
        for street in self._streets:
            heard = tokens[at : at + len(street)]
            text = " ".join((*tokens[:at], *street, *tokens[at + len(street) :]))
            found[text] = max(found.get(text, 0.0), alike(" ".join(heard), " ".join(street)))
        return likest({text: how for text, how in found.items() if self.fit(text) is Fit.WHOLE})

    def reads(self, words: str) -> str:
        """See `AnswerShape`."""
        found = self._read(words)
        return str(found) if found is not None and found.complete else ""


def _follows(tokens: tuple[str, ...], at: int, street: tuple[str, ...]) -> bool:
    """Whether a street is said at `at`; without its kind only where no other kind is said."""
    end = at + len(street)
    whole = street[-1] in SUFFIXES and len(street) > 1
    other = end < len(tokens) and tokens[end] in SUFFIXES
    return tokens[at:end] == street and (whole or not other)


def _is_number_alone(tokens: Sequence[str], runs: Sequence[DigitRun]) -> bool:
    """Whether nothing is said but one number, which may be introduced."""
    if len(runs) != 1:
        return False
    rest = (*tokens[: runs[0].start], *tokens[runs[0].end :])
    return _BESIDE_A_ZIP.issuperset(rest)


def _zip_fit(tokens: Sequence[str], runs: Sequence[DigitRun]) -> Fit:
    """Five digits, or nine; of a number without a word for it, only one too long for a house."""
    named = "zip" in tokens
    behind = [run for run in runs if not named or run.start > tokens.index("zip")] or list(runs)
    if not behind:
        return Fit.OTHER
    count = len(behind[0].digits)
    if count in ZIP_DIGITS:
        return Fit.WHOLE
    return Fit.PART if named or count > _LONGEST_HOUSE_NUMBER else Fit.OTHER


def _after_house_number(runs: Sequence[DigitRun]) -> int | None:
    """Index of the word behind the first number that may be a house's."""
    if not runs or len(runs[0].digits) > _LONGEST_HOUSE_NUMBER:
        return None
    return runs[0].end


class TimeShape(Undoubted):
    """A choice among what was offered; where that is not known, a day or an hour.

    Args:
        offered: with its time in the business's zone; ``None`` when it is not known.
    """

    within = WITHIN

    def __init__(self, offered: OfferedWindows | None = None) -> None:
        self._offered = offered if offered is not None and offered.windows else None

    def fit(self, words: str) -> Fit:
        """See `AnswerShape`. What means several offers, or none, is an answer of no shape."""
        if self._offered is None:
            return Fit.WHOLE if _tells_time(words) else Fit.OTHER
        choice = choose_window(words, self._offered.windows, self._offered.at)
        return Fit.WHOLE if choice.kind is ChoiceKind.CHOSEN else Fit.OTHER

    def near(self, words: str) -> tuple[str, ...]:
        """See `AnswerShape`."""
        if self.fit(words) is Fit.WHOLE:
            return ()
        return nearest(words, (one for one in self._answers() if self.fit(one) is Fit.WHOLE))

    def reads(self, words: str) -> str:
        """See `AnswerShape`."""
        if self._offered is None:
            return ""
        choice = choose_window(words, self._offered.windows, self._offered.at)
        return str(choice.index) if choice.kind is ChoiceKind.CHOSEN else ""

    def _answers(self) -> Iterator[str]:
        if self._offered is None:
            yield from (*_COUNTED, *_COMPARED)
            return
        windows, at = self._offered.windows, self._offered.at
        yield from _COUNTED[: len(windows)]
        yield from _COMPARED if len(windows) > 1 else ()
        for window in windows:
            day, *rest = say_window(window, at).lower().split(", ")
            yield from (f"{day} {' '.join(rest)}", day, rest[-1])


def _tells_time(words: str) -> bool:
    counted = counts_windows(words, _MOST_COUNTED) or words in _COMPARED
    named = hear_date(words, _ANY_DAY) is not None or hear_daypart(words) is not None
    return counted or named or hear_hours(words) is not None


@dataclass(frozen=True, slots=True)
class EmailShape(Undoubted):
    """An e-mail address, dictated."""

    within: float = EMAIL_WITHIN

    def fit(self, words: str) -> Fit:
        """See `AnswerShape`."""
        if hear_email(words) is not None:
            return Fit.WHOLE
        return Fit.PART if len(_EMAIL_WORDS.intersection(words.split())) > 1 else Fit.OTHER

    def near(self, words: str) -> tuple[str, ...]:
        """See `AnswerShape`. Before a provider's name stands an "at", which is easily lost."""
        if self.fit(words) is Fit.WHOLE:
            return ()
        tokens = words.replace("dotcom", "dot com").split()
        at = next((at for at, word in enumerate(tokens) if at and word in PROVIDERS), None)
        texts = [tokens]
        if at is not None:
            texts = [[*tokens[:at], "at", *tokens[at:]]]
            if tokens[at - 1] in _AT_ALIKES:
                texts.insert(0, [*tokens[: at - 1], "at", *tokens[at:]])
        found = (" ".join(text) for text in texts)
        return tuple(text for text in found if text != words and hear_email(text) is not None)

    def reads(self, words: str) -> str:
        """See `AnswerShape`."""
        return hear_email(words) or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class YesNoShape(AnyShape):
    """A yes or a no, and what it says of danger if that was the question; no text is preferred.

    Attributes:
        business: whose callers answer.
    """

    business: Business

    def reads(self, words: str) -> str:
        """See `AnswerShape`. Which question it was is not known: both readings have to agree."""
        answer = hear_yes_no(words)
        if answer is YesNo.UNCLEAR:
            return ""
        return f"{answer} {self._danger(words)}"

    def doubts(self, words: str, other: str) -> bool:
        """See `AnswerShape`.

        No danger is ruled out by one ear where the other heard of one, or much more than a denial:
        "mhm, a little" can sound like "no".
        """
        if not words or self._danger(words) is not Judgement.CLEAR_DENIAL:
            return False
        heard = self._danger(other)
        more = len(other.split()) >= len(words.split()) + _MUCH_MORE
        return heard is Judgement.DANGER or (heard is not Judgement.CLEAR_DENIAL and more)

    def _danger(self, words: str) -> Judgement:
        return hear_danger(words, self.business, asked=True).judgement
