"""Prices: whole micro-cents, a source and a date each, and nothing is ever free for want of one."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from pipelines.providers.openai.model import DEFAULT_MODEL
from voiceagent.domain.usage import PRICES, TOKEN_KINDS, Usage, UsageKind, cost, known_cost


@given(st.sampled_from(PRICES), st.integers(0, 10**9))
def test_a_cost_is_the_price_to_half_a_micro_cent(price: object, units: int) -> None:
    one = next(other for other in PRICES if other is price)
    found = cost(one.provider, one.kind, units)
    assert found is not None
    assert abs(found - Fraction(units * one.micro_cents, 1000)) <= Fraction(1, 2)


def test_a_million_tokens_cost_what_the_page_says() -> None:
    assert cost("gpt-4.1-mini", UsageKind.PROMPT_TOKENS, 10**6) == 40 * 10**6
    assert cost("gpt-4.1-mini", UsageKind.COMPLETION_TOKENS, 10**6) == 160 * 10**6


@given(st.text(max_size=20), st.sampled_from(UsageKind), st.integers(0, 10**9))
def test_an_unknown_price_is_unknown_and_not_nought(name: str, kind: UsageKind, n: int) -> None:
    if any(price.provider == name for price in PRICES):
        return
    used = Usage.of(name, kind, n, estimated=False)
    assert used.micro_cents is None
    assert known_cost([used]) == 0


def test_every_price_has_a_source_and_models_have_all_kinds() -> None:
    assert all(price.source.startswith("https://") and price.micro_cents > 0 for price in PRICES)
    names = {price.provider for price in PRICES}
    assert len(PRICES) == len(names) * len(TOKEN_KINDS)
    assert DEFAULT_MODEL in names
