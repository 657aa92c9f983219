from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.rooms import coolcare, hotel
from voiceagent.domain import pricing
from voiceagent.domain.business import PriceTable, ServicePrice
from voiceagent.domain.records import Cents
from voiceagent.errors import OwnerFixable

money = st.decimals(0, 100_000, places=2)
factors = st.decimals(1, 10, places=2)


def table_of(
    call: Decimal, low: Decimal, high: Decimal, multiplier: Decimal, share: Decimal
) -> PriceTable:
    row = ServicePrice(service_call=call, typical_low=low, typical_high=high)
    hard = row.model_copy(update={"complexity": Decimal("1.25")})
    return PriceTable(
        version="v",
        effective_from=date(2025, 1, 1),
        after_hours_multiplier=multiplier,
        deposit_share=share,
        services={"job": row, "hard": hard},
    )


tables = st.builds(
    lambda call, ends, multiplier, share: table_of(call, min(ends), max(ends), multiplier, share),
    money,
    st.tuples(money, money),
    factors,
    st.decimals(0, 1, places=2),
)


def test_the_figures_of_the_specification() -> None:
    table = pricing.table_in_force(coolcare().prices, date(2025, 8, 29))
    price = pricing.price(table, "repair", after_hours=True)
    assert (price.service_call, price.range_low, price.range_high) == (16500, 30000, 80000)
    assert (price.estimate, price.emergency_fee, price.deposit) == (82500, 24800, 20600)


def test_in_opening_hours_only_the_visit_after_hours_keeps_its_multiplier() -> None:
    table = pricing.table_in_force(coolcare().prices, date(2025, 8, 29))
    price = pricing.price(table, "repair", after_hours=False)
    assert (price.estimate, price.emergency_fee, price.deposit) == (55000, 24800, 13800)


def test_before_the_first_table_nothing_is_priced() -> None:
    with pytest.raises(OwnerFixable, match=r"price\.none_in_force"):
        pricing.table_in_force(coolcare().prices, date(2025, 5, 31))


def test_an_unknown_service_is_never_priced_by_guess() -> None:
    table = coolcare().prices[0]
    with pytest.raises(KeyError):
        pricing.price(table, "plumbing", after_hours=False)


@given(st.integers(-400, 800))
def test_the_table_in_force_is_the_last_that_has_started(days: int) -> None:
    day = date(2025, 12, 31) + timedelta(days=days)
    if day < date(2025, 1, 1):
        with pytest.raises(OwnerFixable):
            pricing.table_in_force(hotel().prices, day)
        return
    version = pricing.table_in_force(hotel().prices, day).version
    assert version == ("2026" if day >= date(2026, 1, 1) else "2025")


@pytest.mark.parametrize(
    ("amount", "cents"), [("247.50", 24800), ("206.25", 20600), ("0.49", 0), ("0.5", 100)]
)
def test_halves_round_up(amount: str, cents: int) -> None:
    assert pricing.whole_dollars(Decimal(amount)) == cents


@given(money)
def test_rounding_is_off_by_half_a_dollar_at_most_and_up_on_ties(amount: Decimal) -> None:
    off = Fraction(pricing.whole_dollars(amount), 100) - Fraction(amount)
    assert Fraction(-1, 2) < off <= Fraction(1, 2)


@given(st.integers(0, 10**9))
def test_dollars_rounds_cents_half_up(cents: int) -> None:
    assert pricing.dollars(Cents(cents)) == (cents + 50) // 100


@pytest.mark.parametrize(
    ("cents", "shown"),
    [
        (0, "$0.00"),
        (5, "$0.05"),
        (20600, "$206.00"),
        (99_999_999, "$999,999.99"),
        (-5, "-$0.05"),
        (-120_650, "-$1,206.50"),
    ],
)
def test_an_amount_is_shown_to_the_cent(cents: int, shown: str) -> None:
    assert pricing.in_dollars(Cents(cents)) == shown


@given(tables, st.booleans())
def test_every_figure_is_whole_dollars_and_follows_its_rule(
    table: PriceTable, after_hours: bool
) -> None:
    price = pricing.price(table, "job", after_hours=after_hours)
    row = table.services["job"]
    multiplier = table.after_hours_multiplier if after_hours else Decimal(1)
    exact = Fraction(row.typical_low + row.typical_high) / 2 * Fraction(multiplier)
    figures = (
        (price.estimate, exact),
        (price.emergency_fee, Fraction(row.service_call) * Fraction(table.after_hours_multiplier)),
        (price.deposit, Fraction(price.estimate, 100) * Fraction(table.deposit_share)),
    )
    for cents, wanted in figures:
        assert cents % 100 == 0
        assert Fraction(-1, 2) < Fraction(cents, 100) - wanted <= Fraction(1, 2)
    assert 0 <= price.deposit <= price.estimate


@given(tables)
def test_after_hours_and_complexity_never_make_it_cheaper(table: PriceTable) -> None:
    plain = pricing.price(table, "job", after_hours=False)
    assert pricing.price(table, "job", after_hours=True).estimate >= plain.estimate
    hard = pricing.price(table, "hard", after_hours=False)
    assert hard.estimate >= plain.estimate
    exact = Fraction(table.services["job"].typical_low + table.services["job"].typical_high) / 2
    assert abs(Fraction(hard.estimate, 100) - exact * Fraction(5, 4)) <= Fraction(1, 2)
