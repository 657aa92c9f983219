"""What a model may say: every figure, every promise and every name must follow from a source.

Pure, a fraction of a millisecond a sentence (`python -m tests.dialogue.model.guard_cost`). It lets
nothing pass that it cannot trace: a figure that cannot be read is refused as well, and so is what
is said in a language that nobody here reads.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Final

from pydantic import JsonValue

from voiceagent.dialogue.model.sources import Sources, figures_of, local_number, resolved
from voiceagent.domain.brand import forbidden_in
from voiceagent.domain.denied import has_denied
from voiceagent.domain.records import Outcome
from voiceagent.language.en_us.dates import WEEKDAYS
from voiceagent.language.en_us.english import SentenceLanguage, language_of
from voiceagent.language.en_us.figures import Figures, on_the_dial, read_figures
from voiceagent.language.en_us.lexicon import normal
from voiceagent.language.en_us.promises import Promise, promises_in
from voiceagent.language.en_us.proper_names import name_words, names_in
from voiceagent.language.en_us.topics import WORD_FOR_WORD, plain, topics_in

__all__ = ["RefusalKind", "SentenceRefusal", "check"]


class RefusalKind(StrEnum):
    """Why a sentence may not be said."""

    MONEY = "money"
    TIME = "time"
    DAY = "day"
    NUMBER = "number"
    EMAIL = "email"
    UNREAD = "unread"
    PROMISE = "promise"
    MARKUP = "markup"
    BRAND = "brand"
    DENIED = "denied"
    NAME = "name"
    LANGUAGE = "language"
    QUESTIONS = "questions"
    PRIVATE = "private"
    TOPIC = "topic"


@dataclass(frozen=True, slots=True)
class SentenceRefusal:
    """Why a sentence is withheld, for the model; `what` is the figure or the promise."""

    kind: RefusalKind
    what: str

    @property
    def reason(self) -> str:
        """In a sentence that the model is told."""
        return f"{_REASONS[self.kind]} ({self.what})"


_REASONS: Final[Mapping[RefusalKind, str]] = {
    RefusalKind.MONEY: "No tool returned this amount",
    RefusalKind.TIME: "No tool returned this time",
    RefusalKind.DAY: "No tool returned this day",
    RefusalKind.NUMBER: "Neither a tool nor the caller gave this number",
    RefusalKind.EMAIL: "Neither a tool nor the caller gave this address",
    RefusalKind.UNREAD: "Say amounts exactly as a tool returned them",
    RefusalKind.PROMISE: "No tool has done this in this conversation",
    RefusalKind.MARKUP: "Only plain spoken sentences can be said",
    RefusalKind.BRAND: "The business does not want this said",
    RefusalKind.DENIED: "No business says such words",
    RefusalKind.NAME: "Neither a tool nor the caller gave this name",
    RefusalKind.LANGUAGE: "Only English can be said here",
    RefusalKind.QUESTIONS: "Ask one question at a time",
    RefusalKind.TOPIC: "Only the business's own words can be said about this",
    RefusalKind.PRIVATE: "Never ask for or repeat card numbers, passwords or the like",
}

_DONE: Final[Mapping[Promise, frozenset[Outcome]]] = {
    Promise.BOOKED: frozenset({Outcome.BOOKED, Outcome.RESCHEDULED}),
    Promise.MOVED: frozenset({Outcome.RESCHEDULED}),
    Promise.CANCELLED: frozenset({Outcome.CANCELLED}),
    Promise.TRANSFERRED: frozenset({Outcome.TRANSFERRED}),
    Promise.TEXTED: frozenset({Outcome.BOOKED}),
    Promise.CALL_BACK: frozenset({Outcome.VOICEMAIL}),
    Promise.DONE: frozenset(
        {Outcome.BOOKED, Outcome.RESCHEDULED, Outcome.CANCELLED, Outcome.TRANSFERRED}
    ),
}
"""What must have been done in this conversation for a promise to be true."""

TERMS: Final = frozenset(
    {
        Promise.FREE,
        Promise.REFUND,
        Promise.DISCOUNT,
        Promise.CREDIT,
        Promise.WARRANTY,
        Promise.GUARANTEE,
    }
)
"""Of these the business's pages may speak as well: they are terms, and no deeds."""

_CUSTOMER: Final = "customer_name"

_OF_THE_CALLER = re.compile(
    r"\byou (?:said|mentioned|told|asked|named|were (?:told|quoted)|heard|suggested)\b"
)
_CLAIMS = re.compile(
    r"\byour (?:slot|visit|appointment|window|time|booking|reservation|table|room) "
    r"(?:is|starts|begins|will be)\b"
    r"|\b(?:booking|confirmation|reservation) code is\b"
    r"|\b(?:price|costs?|estimate|deposit|fee|total|charge|rate|bill|pay) "
    r"(?:is |are |was |will be |would be |comes to |of )?(?:only |just |about |around |exactly )*"
    r"(?:\d|zero\b|one\b|two\b|three\b|four\b|five\b|six\b|seven\b|eight\b|nine\b|ten\b|"
    r"eleven\b|twelve\b|\w+teen\b|\w+ty\b|a hundred)"
)
"""Of prices and of what is booked: the caller's own figures prove none of them."""

_OF_HOURS = re.compile(r"\b(?:open|opens|close|closes|closed|hours)\b")
_MARKUP = re.compile(r"https?://|www\.|[{}<>|\\^~]|\*\*|__|```|^#+ |[A-Za-z0-9+/=]{25}")
_UNSPOKEN = re.compile(
    r"[^\t -~\u00a0-\u00ac\u00ae-\u024f\u2010-\u2015\u2018\u2019\u201c\u201d\u2026\u2212\uff04"
    r"\uff10-\uff19]"
)
"""What no English sentence has: invisible characters, other scripts, pictures."""

_SPELT = re.compile(r"(?<![\w'])(?:[A-Za-z][\s.,-]+){2,}[A-Za-z](?![\w'])")
_LETTERS = re.compile(r"[A-Za-z]")
_MOST_CHARACTERS = 400
_SECRET = re.compile(
    r"\b(?:(?:card|visa|mastercard|amex|account|routing|debit|credit|social security|pin) "
    r"(?:number|digits|details|code)s?|cvv|cvc|ssn|social security|expir(?:y|ation) date|"
    r"security code|passwords?|passcode|one[- ]time code|verification code|mother's maiden)\b"
)
_REFUSES = re.compile(r"\b(?:can't|cannot|can not|don't|do not|never|won't|not)\b")
"""Secrets of a caller are spoken of only to say that they are not wanted."""

_CLAUSES = re.compile(r"[,;:.!]|\band\b|\balso\b|\bplus\b")
_ASKS = re.compile(
    r"\s*(?:(?:then|so|first|okay|and)\s+)*(?:what|when|where|who|how|which|do|does|did|can|could|"
    r"would|will|is|are|may|shall|should|have)(?:'s)? (?:\w+ )?"
    r"(?:is|are|was|were|do|does|did|can|could|would|will|i|we|you|your|the|it|that|there|a|any|"
    r"everyone|everything|anyone|many|much|old|soon|long)\b"
)
_MOST_QUESTIONS = 1
_SHORT_WORDS = 3
"""So few words need not tell which language they are of ("Surely.")."""


def check(sentence: str, sources: Sources, today: date) -> SentenceRefusal | None:
    """Why the sentence may not be said; ``None`` when it may.

    Args:
        sentence: one, in written form.
        sources: what may be told.
        today: in the business's zone.
    """
    return (
        _form(sentence, sources)
        or _secret(sentence)
        or _promise(sentence, sources)
        or _topic(sentence, sources)
        or _figure(read_figures(sentence, today), sentence, sources, today)
        or _name(sentence, sources)
    )


def unsourced(value: JsonValue, sources: Sources, today: date) -> SentenceRefusal | None:
    """The figure in the arguments of a tool that follows from no source."""
    named = figures_of(value, today, sources.zone)
    named = replace(named, money=frozenset())  # an amount is a number among arguments
    return _figure(named, "", sources, today) or _customer(value, sources)


def _form(sentence: str, sources: Sources) -> SentenceRefusal | None:
    """Whether it is a sentence that may be said at all, whatever it tells."""
    if len(sentence) > _MOST_CHARACTERS or _MARKUP.search(sentence) or _UNSPOKEN.search(sentence):
        return SentenceRefusal(RefusalKind.MARKUP, sentence[:20])
    for spelt in _SPELT.findall(sentence):
        if "".join(_LETTERS.findall(spelt)).lower() not in sources.words:
            return SentenceRefusal(RefusalKind.UNREAD, spelt)
    if (word := forbidden_in(sentence, sources.forbidden)) is not None:
        return SentenceRefusal(RefusalKind.BRAND, word)
    if _questions(sentence) > _MOST_QUESTIONS:
        return SentenceRefusal(RefusalKind.QUESTIONS, sentence[:40])
    if _is_foreign(sentence, sources):
        return SentenceRefusal(RefusalKind.LANGUAGE, sentence[:20])
    return None


def _secret(sentence: str) -> SentenceRefusal | None:
    if has_denied(sentence):
        return SentenceRefusal(RefusalKind.DENIED, sentence[:20])
    lower = normal(sentence)
    found = _SECRET.search(lower)
    if found is None or _REFUSES.search(lower):
        return None
    return SentenceRefusal(RefusalKind.PRIVATE, found[0])


def _topic(sentence: str, sources: Sources) -> SentenceRefusal | None:
    """Whether it speaks of what the business alone may speak of, in words of its own."""
    found = topics_in(sentence)
    if not found or plain(sentence) in sources.sentences:
        return None
    for topic, words in found.items():
        theirs = topic not in WORD_FOR_WORD and any(
            all(word in said for word in words) for said in sources.sentences
        )
        if not theirs:
            return SentenceRefusal(RefusalKind.TOPIC, f"{topic}: {_first(words)}")
    return None


def _is_foreign(sentence: str, sources: Sources) -> bool:
    """Whether it is not plainly English; words with accents are names that were given."""
    said = name_words(sentence)
    match language_of(sentence):
        case SentenceLanguage.OTHER:
            return True
        case SentenceLanguage.UNCLEAR if len(said) > _SHORT_WORDS and not said <= sources.own:
            return True
        case _:
            return any(not word.isascii() for word in said - sources.words)


def _questions(sentence: str) -> int:
    """How many things a sentence asks; what is offered with "or" is one question."""
    if "?" not in sentence:
        return 0
    asking = sum(_ASKS.match(clause) is not None for clause in _CLAUSES.split(sentence.lower()))
    return max(sentence.count("?"), asking)


def _name(sentence: str, sources: Sources) -> SentenceRefusal | None:
    unknown = _first(names_in(sentence) - sources.words)
    return SentenceRefusal(RefusalKind.NAME, unknown) if unknown is not None else None


def _customer(value: JsonValue, sources: Sources) -> SentenceRefusal | None:
    """The customer's name among arguments, of which the caller or a tool gave every word."""
    named = value.get(_CUSTOMER) if isinstance(value, Mapping) else None
    unknown = _first(name_words(named) - sources.words) if isinstance(named, str) else None
    return SentenceRefusal(RefusalKind.NAME, unknown) if unknown is not None else None


def _promise(sentence: str, sources: Sources) -> SentenceRefusal | None:
    for promise in sorted(promises_in(sentence)):
        known = sources.facts if promise in TERMS else sources.promises
        done = _DONE.get(promise, frozenset()) & sources.done
        if promise is Promise.TEXTED and sources.no_texts:
            done = frozenset()
        if promise is Promise.DONE and sources.failed:
            done = frozenset()
        if promise not in known and not done:
            return SentenceRefusal(RefusalKind.PROMISE, promise)
    return None


def _figure(said: Figures, sentence: str, sources: Sources, today: date) -> SentenceRefusal | None:
    lower = sentence.lower()
    hours = sources.hours if _OF_HOURS.search(lower) else Figures()
    is_theirs = _OF_THE_CALLER.search(lower) is not None
    known = sources.told | hours
    if is_theirs or not _CLAIMS.search(lower):
        known |= replace(sources.caller, money=frozenset(), unread=frozenset())
    if is_theirs:
        known |= sources.caller
    days = {day for day in said.days if not _dated(day, sources, hours, today)}
    for kind, wrong in (
        (RefusalKind.UNREAD, _first(said.unread - known.unread)),
        (RefusalKind.MONEY, _first(f"${c / 100:.2f}" for c in said.money if c not in known.money)),
        (RefusalKind.TIME, _first(_shown(t) for t in said.times if not _timed(t, known))),
        (RefusalKind.DAY, _first(str(d) for d in days)),
        (RefusalKind.NUMBER, _first(n for n in said.numbers if not _known(n, known))),
        (RefusalKind.EMAIL, _first(said.emails - known.emails)),
    ):  # fmt: skip
        if wrong is not None:
            return SentenceRefusal(kind, wrong)
    return None


def _first(found: Iterable[str]) -> str | None:
    return next(iter(sorted(found)), None)


def _shown(minutes: int) -> str:
    at = -minutes - 1 if minutes < 0 else minutes
    return f"{at // 60}:{at % 60:02d}"


def _timed(at: int, known: Figures) -> bool:
    """Whether a time of day was named.

    Where a source left the half of the day open ("nine to eleven"), either half fits; where it did
    not, only that one.
    """
    if at in known.times:
        return True
    dial = on_the_dial(at) if at >= 0 else at
    if any(one >= 0 and on_the_dial(one) == dial for one in known.times):
        return False
    hour, minute = divmod(-dial - 1, 60)
    said = f"{hour or 12}{minute:02d}" if minute else str(hour or 12)
    return dial in known.times or said in known.numbers


def _dated(day: date | str, sources: Sources, hours: Figures, today: date) -> bool:
    if day in hours.days:
        return True
    if isinstance(day, str) and day in WEEKDAYS:
        return any(one.weekday() == WEEKDAYS.index(day) for one in sources.days)
    return bool(resolved([day], today) & sources.days)


def _known(number: str, known: Figures) -> bool:
    return not known.numbers.isdisjoint(map(local_number, number.split("|")))
