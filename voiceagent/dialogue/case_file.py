"""What a dialogue hands to its successor: another dialogue, another process, or a person.

Plain values, and all of it JSON: `CaseFile.from_json(case.to_json()) == case`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from pydantic import JsonValue, TypeAdapter, ValidationError

from voiceagent.domain.expecting import Expecting
from voiceagent.domain.records import Window


class Obtained(StrEnum):
    """How a fact was obtained. A later one replaces an earlier one.

    ASKED: it answers a question. VOLUNTEERED: said unasked. CORRECTED: put right by the caller.
    READ_BACK: the caller heard it and said yes. VERIFIED: a tool returned or proved it.
    ASSUMED: nobody said it; it follows from what was said.
    """

    ASKED = "asked"
    VOLUNTEERED = "volunteered"
    CORRECTED = "corrected"
    READ_BACK = "read_back"
    VERIFIED = "verified"
    ASSUMED = "assumed"


_UNCHECKED: Final = frozenset({Obtained.ASKED, Obtained.VOLUNTEERED})
UNSURE_BELOW: Final = 0.5
"""Confidence under which words are more likely wrong than right."""


def is_unsure(confidence: float | None) -> bool:
    """Whether words of that confidence are asked about; what nobody can weigh is trusted."""
    return confidence is not None and confidence < UNSURE_BELOW


@dataclass(frozen=True, slots=True)
class Origin:
    """How and when a fact was obtained; `at` is aware, in the business's zone.

    `sure` is the recogniser's confidence in the words it came from, 0..1; ``None`` for what was
    typed, and where nobody can tell.
    """

    how: Obtained
    at: datetime
    sure: float | None = None

    @property
    def is_doubtful(self) -> bool:
        """Whether it has to be checked; what was put right, read back or proven has been."""
        return self.how in _UNCHECKED and is_unsure(self.sure)


@dataclass(frozen=True, slots=True)
class KnownFact:
    """A fact in JSON; `origin` is ``None`` where nobody noted it."""

    value: JsonValue
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class OpenTool:
    """A tool call whose answer has not come."""

    name: str
    arguments: Mapping[str, JsonValue]


@dataclass(frozen=True, slots=True)
class AgentWords:
    """What the agent said last, and how much of it was heard: ``None`` while that is not known."""

    said: str = ""
    heard: str | None = None


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A case, for any successor.

    Attributes:
        started_at: when the conversation began, aware.
        facts: what the caller told, by the facts' names (`service`, `name`, `phone` in E.164, …).
        offers: the windows that were offered and can be chosen, as a tool returned them.
        quote: the price that was told, as a tool returned it.
        booking: the booking made in this conversation.
        errand: what the caller wants (`book`, `quote`, `reschedule`, `cancel`); "" while unknown.
        question: the name of the open question; "" when there is none.
        expecting: what the caller is likely to say next.
        last_words: the agent's.
        open_tools: calls whose answers have not come; the one that is waited for is the last.
        waits: whether that one is waited for.
        emergency_reported: whether danger was reported and the caller was told what to do.
        opted_out: whether the caller wants no calls or texts from us.
        private: whether nothing of it may reach a host of others from here on.
        unrecorded: whether the caller does not want to be recorded.
        paged: whether their anger had a person paged.
        critical: whether danger, a person or the law came up, or a model went too far.
        memo: notes of the dialogue that wrote this to itself; by its name, of no use to others.
    """

    started_at: datetime
    facts: Mapping[str, KnownFact] = field(default_factory=dict)
    offers: tuple[JsonValue, ...] = ()
    quote: JsonValue = None
    booking: JsonValue = None
    errand: str = ""
    question: str = ""
    expecting: Expecting = Expecting.ANYTHING
    last_words: AgentWords = field(default_factory=AgentWords)
    open_tools: tuple[OpenTool, ...] = ()
    waits: bool = False
    emergency_reported: bool = False
    opted_out: bool = False
    private: bool = False
    unrecorded: bool = False
    paged: bool = False
    critical: bool = False
    memo: Mapping[str, JsonValue] = field(default_factory=dict)

    @property
    def windows(self) -> tuple[Window, ...]:
        """The offers, in the order they were said; none where they are no windows."""
        try:
            return _WINDOWS.validate_python(self.offers)
        except ValidationError:
            return ()

    def to_json(self) -> str:
        """For the store, or another process."""
        return _ADAPTER.dump_json(self).decode()

    @classmethod
    def from_json(cls, text: str) -> CaseFile:
        """What `to_json` wrote.

        Raises:
            pydantic.ValidationError: it was something else.
        """
        return _ADAPTER.validate_json(text)


_ADAPTER: TypeAdapter[CaseFile] = TypeAdapter(CaseFile)
_WINDOWS: TypeAdapter[tuple[Window, ...]] = TypeAdapter(tuple[Window, ...])
