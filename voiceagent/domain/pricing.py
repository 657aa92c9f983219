"""What a visit costs (docs/contract.md): from the price table in force, in decimals, halves up.

Every figure is rounded to whole dollars before it is stored, because whole dollars are what the
agent says: what was said is what is charged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from voiceagent.domain.business import PriceTable
from voiceagent.domain.records import Cents
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


def table_in_force(tables: Sequence[PriceTable], day: date) -> PriceTable:
    """The latest table that has taken effect by `day`, in the business's own calendar.

    Raises:
        OwnerFixable: ``price.none_in_force``, the first table starts later.
    """
    started = [table for table in tables if table.effective_from <= day]
    if not started:
        raise OwnerFixable(
            "price.none_in_force", f"no price table is in force on {day}", where="prices"
        )
    return max(started, key=lambda table: table.effective_from)


def price(
    table: PriceTable,
    service_type: str,
    *,
    after_hours: bool,
    trip_fee: Decimal = Decimal(0),
    percent_off: Decimal = Decimal(0),
) -> Price:
    """Price a visit.

    Args:
        table: the version in force.
        service_type: a service of that table.
        after_hours: whether the after-hours multiplier applies to the estimate.
        trip_fee: dollars for the way there, added to the estimate as it is.
        percent_off: what a coupon takes off the work.

    Raises:
        KeyError: the table has no such service; the business file's checks and the tools keep that
            from happening.
    """
    row = table.services[service_type]
    multiplier = table.after_hours_multiplier if after_hours else Decimal(1)
    midpoint = (row.typical_low + row.typical_high) / 2
    work = midpoint * multiplier * row.complexity * (100 - percent_off) / 100
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
