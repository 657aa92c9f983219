"""What a visit costs (docs/contract.md): from the price table in force, in decimals, halves up.

Every figure is rounded to whole dollars before it is stored, because whole dollars are what the
agent says: what was said is what is charged.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from voiceagent.domain.business import PriceTable, Service
from voiceagent.domain.records import Cents, Quote
from voiceagent.errors import OwnerFixable

_CENTS = Decimal(100)


@dataclass(frozen=True, slots=True)
class Price:
    """The figures of one visit, in cents, each a whole number of dollars.

    Attributes:
        version: of the price table they come from.
        service_call: the visit in opening hours; credited when the work is done.
        range_low: what the typical job starts at, before multipliers.
        range_high: what the typical job ends at, before multipliers.
        estimate: midpoint of the range x multipliers; includes the visit.
        emergency_fee: the visit after hours.
        deposit: the share of the estimate that holds the booking.
        trip_fee: for the way there; in the estimate.
    """

    version: str
    service_call: Cents
    range_low: Cents
    range_high: Cents
    estimate: Cents
    emergency_fee: Cents
    deposit: Cents
    trip_fee: Cents


@dataclass(frozen=True, slots=True)
class Complexity:
    """How hard a job is beside a typical one.

    Attributes:
        factor: multiplies the estimate.
        why: the symptom that makes it so, as it is said; "" when nothing does.
    """

    factor: Decimal = Decimal(1)
    why: str = ""


TYPICAL: Final = Complexity()


def complexity_by(table: PriceTable, service: Service, description: str) -> Complexity:
    """How hard a job is by what is wrong: the hardest of the symptoms that were told.

    Args:
        table: the version that is quoted.
        service: a service of that table.
        description: what is wrong, in the business file's words or the caller's.
    """
    factors = table.services[service.id].complexity_of
    if not factors:
        return TYPICAL
    told = " ".join(description.casefold().split())
    found = [
        Complexity(factors.get(one.say, Decimal(1)), one.say)
        for one in service.symptoms
        if any(phrase.casefold() in told for phrase in (one.say, *one.heard))
    ]
    hardest = max(found, key=lambda one: one.factor, default=TYPICAL)
    return hardest if hardest.factor != 1 else TYPICAL


def whole_dollars(amount: Decimal) -> Cents:
    """Dollars rounded to whole ones, halves up, as cents: 247.50 -> 24800."""
    return Cents(int(amount.quantize(Decimal(1), rounding=ROUND_HALF_UP) * _CENTS))


def dollars(cents: Cents) -> int:
    """Whole dollars of an amount, halves up: 24800 -> 248, 20650 -> 207."""
    return int((Decimal(cents) / _CENTS).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def in_dollars(cents: Cents) -> str:
    """An amount to the cent, as records and pages show it: ``$1,206.00``, ``-$0.05``."""
    whole, rest = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}${whole:,}.{rest:02}"


def digest_of(quote: Quote) -> str:
    """SHA-256 in hexadecimal of all that a quote says, whatever its `digest` is.

    Whoever was given a quote can tell by it that what is booked is what was quoted. It is over the
    quote's fields as JSON with sorted keys, no blanks, and times in UTC.
    """
    said = asdict(quote)
    del said["digest"]
    if quote.expires_at is not None:
        said["expires_at"] = quote.expires_at.astimezone(UTC).isoformat(timespec="microseconds")
    plain = json.dumps(said, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()


def table_in_force(tables: Sequence[PriceTable], day: date) -> PriceTable:
    """The latest table that has taken effect by `day`, in the business's own calendar.

    Of two that take effect on one day the later in `tables` is in force.

    Raises:
        OwnerFixable: ``price.none_in_force``, the first table starts later.
    """
    started = [table for table in tables if table.effective_from <= day]
    if not started:
        raise OwnerFixable(
            "price.none_in_force", f"no price table is in force on {day}", where="prices"
        )
    return max(reversed(started), key=lambda table: table.effective_from)


def table_for(
    tables: Sequence[PriceTable], service_type: str, now: datetime, day: date, held: Quote | None
) -> PriceTable:
    """The table by which a caller is quoted: that of the quote they hold, else the one in force.

    Args:
        tables: all that are known, those that are over as well.
        service_type: what is quoted.
        now: aware.
        day: today in the business's own calendar.
        held: the last quote for it in this conversation.

    Raises:
        OwnerFixable: ``price.none_in_force``.
    """
    if held is not None and not is_over(held, now):
        kept = (one for one in tables if one.version == held.price_version)
        found = next(kept, None)
        if found is not None and service_type in found.services:
            return found
    return table_in_force(tables, day)


def is_over(quote: Quote, now: datetime) -> bool:
    """Whether a quote holds no longer."""
    return quote.expires_at is not None and quote.expires_at <= now


def price(
    table: PriceTable,
    service_type: str,
    *,
    after_hours: bool,
    complexity: Decimal = Decimal(1),
    trip_fee: Decimal = Decimal(0),
    percent_off: Decimal = Decimal(0),
) -> Price:
    """Price a visit.

    Args:
        table: the version in force.
        service_type: a service of that table.
        after_hours: whether the after-hours multiplier applies to the estimate.
        complexity: how hard the job is by what is wrong (`complexity_by`), beside the service's
            own factor.
        trip_fee: dollars for the way there, added to the estimate as it is.
        percent_off: what a coupon takes off the work.

    Raises:
        KeyError: the table has no such service; the business file's checks and the tools keep that
            from happening.
    """
    row = table.services[service_type]
    multiplier = table.after_hours_multiplier if after_hours else Decimal(1)
    midpoint = (row.typical_low + row.typical_high) / 2
    hard = row.complexity * complexity
    work = midpoint * multiplier * hard * (100 - percent_off) / 100
    trip = whole_dollars(trip_fee)
    estimate = Cents(whole_dollars(work) + trip)
    share = table.deposit_share if row.deposit_share is None else row.deposit_share
    return Price(
        version=table.version,
        service_call=whole_dollars(row.service_call),
        range_low=whole_dollars(row.typical_low),
        range_high=whole_dollars(row.typical_high),
        estimate=estimate,
        emergency_fee=whole_dollars(row.service_call * table.after_hours_multiplier),
        deposit=whole_dollars(Decimal(estimate) / _CENTS * share),
        trip_fee=trip,
    )
