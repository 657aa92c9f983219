"""What tools and the engine tell a scripted model, as far as it reads it."""

from __future__ import annotations

from datetime import date, datetime
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from loadtest.simulator.providers.spoken_answers import Offer


class Told(BaseModel):
    """A message's JSON; what else is in it is not read."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class _Address(Told):
    number: str = ""
    street: str = ""
    city: str = ""
    state: str = ""


class _Window(Told):
    start: datetime


class _Found(Told):
    service: str = ""
    display: str = ""


class ToldFacts(Told):
    """What the engine knows of the caller and their wish."""

    service: str | None = None
    symptoms: tuple[str, ...] = ()
    problem: str = ""
    safety: str = "open"
    name: str | None = None
    phone: str | None = None
    address: _Address | None = None
    accepted: bool = False
    day: date | None = None
    window: _Window | None = None
    notes: str | None = None
    confirmed: bool = False
    code: str | None = None
    found: _Found | None = None

    @property
    def description(self) -> str:
        """The job in a line, with a capital letter and a full stop."""
        said = ("; ".join(self.symptoms) or self.problem).rstrip(". ")
        return f"{said[:1].upper()}{said[1:]}." if said else ""

    @property
    def place(self) -> str:
        """The address in a line; "" while it is unknown."""
        at = self.address
        if at is None:
            return ""
        parts = (f"{at.number} {at.street}".strip(), at.city, at.state)
        return ", ".join(part for part in parts if part)


class ToldQuote(Told):
    """A price."""

    total_estimate: int
    message: str = ""


class ToldCase(Told):
    """The case as the engine shows it."""

    facts: ToldFacts = ToldFacts()
    errand: str = ""
    offered_windows: tuple[_Window, ...] = ()
    quote: ToldQuote | None = None
    booking: JsonValue = None

    @property
    def offers(self) -> tuple[Offer, ...]:
        """The times that were offered."""
        return tuple(offer_at(one.start) for one in self.offered_windows)


class ToldOffers(Told):
    """Times that are open."""

    available_slots: tuple[Offer, ...]
    message: str = ""


class ToldChange(Told):
    """A job that was booked, moved or cancelled."""

    job_id: str
    message: str


class ToldBookings(Told):
    """Whom a number and a code belong to."""

    known: bool
    jobs: tuple[_Found, ...] = ()


class ToldAnswer(Told):
    """What the business's pages say to a question."""

    found: bool
    answer: str | None = None


class ToldEnd(Told):
    """The call is over."""

    reason: str
    message: str


class _Failure(Told):
    code: str = ""
    say: str = ""
    message: str = ""


class ToldFailure(Told):
    """Something could not be done."""

    error: _Failure


_T = TypeVar("_T", bound=Told)


def read_as(kind: type[_T], text: str) -> _T | None:
    """A message as one of these, if it is one."""
    try:
        return kind.model_validate_json(text)
    except ValidationError:
        return None


def offer_at(start: datetime) -> Offer:
    """An offer of which only the time is known."""
    return Offer(at=start, display=f"{start:%A, %-I %p}")
