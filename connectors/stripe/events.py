"""Stripe's events of a deposit, read for what they say of money.

An account has more events than ours: of other shops, of kinds that we never asked for, in shapes of
other versions, some without the object they are about (thin events). So everything is read
leniently (a field that is not what it should be counts as left out), and only then is asked whether
enough is there. What is not ours, or is no money, is ``None``.

Sources: https://docs.stripe.com/api/events/types, https://docs.stripe.com/api/charges/object,
https://docs.stripe.com/api/disputes/object, https://docs.stripe.com/api/refunds/object,
https://docs.stripe.com/event-destinations#thin-events.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final

from loguru import logger
from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from voiceagent.domain.ledger import MOST_CENTS, EntryKind, LedgerEntry, PaymentEvent
from voiceagent.domain.records import Cents, JobId

LONGEST_ID: Final = 255
"""Of what Stripe calls an id; a longer text is none."""


def _text(value: object) -> str:
    """A text that a database can keep: NUL is in none."""
    if isinstance(value, str) and len(value) <= LONGEST_ID and "\0" not in value:
        return value
    return ""


def _id(value: object) -> str:
    """An id, also where the whole object stands in its place (an expanded field)."""
    return _text(value.get("id")) if isinstance(value, dict) else _text(value)


def _amount(value: object) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_CENTS:
        return value
    return None


def _mapping(value: object) -> object:
    return value if isinstance(value, dict) else {}


_Text = Annotated[str, BeforeValidator(_text)]
_Id = Annotated[str, BeforeValidator(_id)]
_Amount = Annotated[int | None, BeforeValidator(_amount)]


class _Foreign(BaseModel):
    """Stripe adds fields as it likes; those we do not read are not ours to refuse."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class _Metadata(_Foreign):
    job_id: _Text = ""


class _Object(_Foreign):
    """A checkout, a charge, a refund or a dispute: what any of them has of these."""

    id: _Text = ""
    metadata: Annotated[_Metadata, BeforeValidator(_mapping)] = _Metadata()
    payment_status: _Text = ""
    payment_intent: _Id = ""
    currency: _Text = ""
    status: _Text = ""
    amount: _Amount = None
    amount_total: _Amount = None
    amount_refunded: _Amount = None


class _Data(_Foreign):
    object: Annotated[_Object, BeforeValidator(_mapping)] = _Object()


class _Event(_Foreign):
    id: _Text = ""
    type: _Text = ""
    data: Annotated[_Data, BeforeValidator(_mapping)] = _Data()


_SESSION: Final = "checkout.session."
_UNPAID: Final = {
    f"{_SESSION}async_payment_failed": EntryKind.FAILED,
    f"{_SESSION}expired": EntryKind.EXPIRED,
}
_PAYING: Final = (f"{_SESSION}completed", f"{_SESSION}async_payment_succeeded")
_REFUND: Final = "charge.refunded"
_REFUNDS: Final = ("refund.created", "refund.updated", "refund.failed", "charge.refund.updated")
_GONE: Final = frozenset({"failed", "canceled"})
_DISPUTE: Final = "charge.dispute.created"
_DISPUTE_END: Final = "charge.dispute.closed"
_ENDS: Final = {"won": EntryKind.DISPUTE_WON, "lost": EntryKind.DISPUTE_LOST}

KINDS: Final = (*_PAYING, *_UNPAID, _REFUND, *_REFUNDS, _DISPUTE, _DISPUTE_END)
"""The events that an endpoint must be sent (docs/going-live.md)."""


class _Fault(StrEnum):
    """Why an event cannot be used."""

    NO_EVENT = "no event"
    NO_KIND = "no kind"
    THIN = "no object, or no id"
    NO_AMOUNT = "no amount or no currency"


def event_in(payload: bytes) -> PaymentEvent | None:
    """The event in a body that Stripe signed; ``None`` when it is no concern of ours.

    What concerns us by its kind and cannot be used is told by one line ``webhook.odd``.
    """
    try:
        event = _Event.model_validate_json(payload)
    except ValidationError:  # no JSON, nested beyond all measure, half a character, no object
        _odd(_Fault.NO_EVENT)
        return None
    if not event.type:
        _odd(_Fault.NO_KIND)
        return None
    if event.type not in KINDS:
        return None
    thing = event.data.object
    if not event.id or not thing.id:  # a thin event has the id of its object alone
        _odd(_Fault.THIN)
        return None
    entry = _entry(event.type, thing)
    if entry is None:
        return None
    session = thing.id if event.type.startswith(_SESSION) else ""
    return PaymentEvent(event.id, event.type, session, JobId(thing.metadata.job_id), entry)


def _entry(kind: str, thing: _Object) -> LedgerEntry | None:
    """What an event says; ``None`` when that is nothing of money, or cannot be read."""
    if kind in _UNPAID:
        return _said(_UNPAID[kind], 0, thing)
    if kind in _PAYING:
        # A session can complete unpaid (a bank transfer on its way): money counts, not the form.
        if thing.payment_status != "paid":
            return _said(EntryKind.PENDING, 0, thing)
        return _said(EntryKind.PAID, thing.amount_total, thing)
    if kind == _REFUND:
        return _said(EntryKind.REFUNDED, thing.amount_refunded, thing)
    if kind in _REFUNDS:
        what = EntryKind.REFUND_FAILED if thing.status in _GONE else EntryKind.REFUND
        return _said(what, thing.amount, thing)
    return _dispute(kind, thing)


def _dispute(kind: str, thing: _Object) -> LedgerEntry | None:
    if thing.status.startswith("warning"):  # a bank's question; it takes no money
        return None
    what = EntryKind.DISPUTED if kind == _DISPUTE else _ENDS.get(thing.status)
    return None if what is None else _said(what, thing.amount, thing)


def _said(kind: EntryKind, amount: int | None, thing: _Object) -> LedgerEntry | None:
    if amount is None or (kind.moves_money and not thing.currency):
        _odd(_Fault.NO_AMOUNT)
        return None
    if kind is EntryKind.REFUNDED and amount == 0:
        return None
    return LedgerEntry(kind, Cents(amount), thing.currency.lower(), thing.payment_intent, thing.id)


def _odd(fault: _Fault) -> None:
    """One line, and nothing in it that comes from outside."""
    logger.warning("webhook.odd: {}", fault)
