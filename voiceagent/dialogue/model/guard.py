"""What a model may say: every figure and every promise must follow from a source.

Pure, under a millisecond a sentence. It lets nothing pass that it cannot trace: a figure that
cannot be read is refused as well.
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
from voiceagent.domain.records import Outcome
from voiceagent.language.en_us.dates import WEEKDAYS
from voiceagent.language.en_us.figures import Figures, on_the_dial, read_figures
from voiceagent.language.en_us.promises import Promise, promises_in

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
}

_DONE: Final[Mapping[Promise, frozenset[Outcome]]] = {
    Promise.BOOKED: frozenset({Outcome.BOOKED, Outcome.RESCHEDULED}),
    Promise.MOVED: frozenset({Outcome.RESCHEDULED}),
    Promise.CANCELLED: frozenset({Outcome.CANCELLED}),
    Promise.TRANSFERRED: frozenset({Outcome.TRANSFERRED}),
    Promise.TEXTED: frozenset({Outcome.BOOKED}),
    Promise.CALL_BACK: frozenset({Outcome.VOICEMAIL}),
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

_OF_THE_CALLER = re.compile(
    r"\byou (?:said|mentioned|told|asked|named|were (?:told|quoted)|heard|suggested)\b"
)
_OF_HOURS = re.compile(r"\b(?:open|opens|close|closes|closed|hours)\b")
_MARKUP = re.compile(r"https?://|www\.|[{}<>|\\^~]|\*\*|__|```|^#+ ")
_MOST_CHARACTERS = 400


def check(sentence: str, sources: Sources, today: date) -> SentenceRefusal | None:
    """Why the sentence may not be said; ``None`` when it may.

    Args:
        sentence: one, in written form.
        sources: what may be told.
        today: in the business's zone.
    """
    if _MARKUP.search(sentence) or len(sentence) > _MOST_CHARACTERS:
        return SentenceRefusal(RefusalKind.MARKUP, sentence[:20])
    return _promise(sentence, sources) or _figure(
        read_figures(sentence, today), sentence, sources, today
    )


def unsourced(value: JsonValue, sources: Sources, today: date) -> SentenceRefusal | None:
    """The figure in the arguments of a tool that follows from no source."""
    named = figures_of(value, today, sources.zone)
    named = replace(named, money=frozenset())  # an amount is a number among arguments
    return _figure(named, "", sources, today)


def _promise(sentence: str, sources: Sources) -> SentenceRefusal | None:
    for promise in sorted(promises_in(sentence)):
        known = sources.facts if promise in TERMS else sources.promises
        done = _DONE.get(promise, frozenset()) & sources.done
        if promise is Promise.TEXTED and sources.no_texts:
            done = frozenset()
        if promise not in known and not done:
            return SentenceRefusal(RefusalKind.PROMISE, promise)
    return None


def _figure(said: Figures, sentence: str, sources: Sources, today: date) -> SentenceRefusal | None:
    lower = sentence.lower()
    hours = sources.hours if _OF_HOURS.search(lower) else Figures()
    known = sources.told | sources.caller | hours
    money = known.money if _OF_THE_CALLER.search(lower) else sources.told.money
    days = {day for day in said.days if not _dated(day, sources, hours, today)}
    for kind, wrong in (
        (RefusalKind.UNREAD, _first(said.unread - known.unread)),
        (RefusalKind.MONEY, _first(f"${c / 100:.2f}" for c in said.money if c not in money)),
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
