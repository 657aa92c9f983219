"""What the house needs to find in a tool's answer, for each use it has for tools.

The house says what it needs; whoever answers with these attributes will do, and the house knows no
tool's own types. That the shipped tools do is checked by tests/house/test_tool_names.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol, TypeAlias, runtime_checkable

from voiceagent.domain.texting import TextVerdict, TextWay
from voiceagent.toolkit.answers import ToolAnswer, ToolFailure

Moment: TypeAlias = datetime


@runtime_checkable
class SpokenAnswer(Protocol):
    """Any answer that can be said as it stands."""

    @property
    def message(self) -> str:
        """Whole sentences, in written form."""
        ...


@runtime_checkable
class PriceAnswer(SpokenAnswer, Protocol):
    """A price."""

    @property
    def total_estimate(self) -> int:
        """Whole dollars for the whole job."""
        ...


class OfferedSlot(Protocol):
    """A window that is held for the caller."""

    @property
    def datetime(self) -> Moment:
        """When it starts."""
        ...


@runtime_checkable
class TimesAnswer(Protocol):
    """Windows to choose from."""

    @property
    def available_slots(self) -> Sequence[OfferedSlot]:
        """Soonest first; none when nothing is free."""
        ...


@runtime_checkable
class BookingAnswer(Protocol):
    """A booking that was made, or was there already."""

    @property
    def code(self) -> str:
        """The booking code, empty when the caller has not shown that it is theirs."""
        ...

    @property
    def window_start(self) -> datetime:
        """When the technician comes, at the earliest."""
        ...

    @property
    def window_end(self) -> datetime:
        """And at the latest."""
        ...

    @property
    def deposit_amount(self) -> int:
        """Whole dollars."""
        ...

    @property
    def already_booked(self) -> bool:
        """Whether it was there before."""
        ...

    @property
    def text(self) -> TextVerdict:
        """Whether a confirmation leaves for the caller, or why not."""
        ...

    @property
    def text_by(self) -> TextWay:
        """Which way it leaves."""
        ...


class FoundBooking(Protocol):
    """An open booking."""

    @property
    def code(self) -> str:
        """Its code."""
        ...

    @property
    def service_type(self) -> str:
        """The service's id in the business file."""
        ...

    @property
    def display(self) -> str:
        """Its window as people read it."""
        ...


@runtime_checkable
class CustomerAnswer(Protocol):
    """Who the caller is, as far as they have proven it."""

    @property
    def verified(self) -> bool:
        """Whether the code they gave is that of one of the bookings."""
        ...

    @property
    def name(self) -> str | None:
        """Their name on record."""
        ...

    @property
    def jobs(self) -> Sequence[FoundBooking]:
        """Their open bookings."""
        ...


@runtime_checkable
class MovedAnswer(Protocol):
    """A booking at its new time."""

    @property
    def code(self) -> str:
        """Its code."""
        ...

    @property
    def display(self) -> str:
        """The new window as people read it."""
        ...


@runtime_checkable
class KnowledgeAnswer(Protocol):
    """What the business says about a question."""

    @property
    def answer(self) -> str | None:
        """Sentences to say, ``None`` when it says nothing."""
        ...


@runtime_checkable
class PageAnswer(KnowledgeAnswer, Protocol):
    """What one of its pages says, word for word, in the language that the question was in."""

    @property
    def source(self) -> str:
        """The page and the heading where it stands, "" where it is of no page."""
        ...


@runtime_checkable
class OfferAnswer(SpokenAnswer, Protocol):
    """An offer that was given."""

    @property
    def code(self) -> str:
        """What a price is asked with to have it."""
        ...


@runtime_checkable
class PersonAnswer(SpokenAnswer, Protocol):
    """Whether a person takes the call."""

    @property
    def transferred(self) -> bool:
        """Whether somebody was reached."""
        ...


def spoken(answer: ToolAnswer) -> str:
    """What an answer says of itself, "" when it says nothing or is a failure."""
    if isinstance(answer, ToolFailure) or not isinstance(answer, SpokenAnswer):
        return ""
    return answer.message.strip() if isinstance(answer.message, str) else ""
