"""What a call has used of providers that are paid by use, and what it cost.

Money is integer *micro-cents*: a millionth of a cent, so that a token's price is a whole number of
them. A price that nobody knows is ``None`` and never 0: docs/decisions/0037-cost-rows.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

MICRO_CENTS_IN_A_DOLLAR: Final = 10**8


class UsageKind(StrEnum):
    """What was used. Prompt tokens are those that were not found in the provider's cache."""

    PROMPT_TOKENS = "prompt_tokens"
    CACHED_TOKENS = "cached_tokens"
    COMPLETION_TOKENS = "completion_tokens"
    RECOGNISED_MS = "recognised_ms"
    SPOKEN_CHARACTERS = "spoken_characters"


TOKEN_KINDS: Final = (
    UsageKind.PROMPT_TOKENS,
    UsageKind.CACHED_TOKENS,
    UsageKind.COMPLETION_TOKENS,
)
"""What a model's reply uses."""

SPEECH_KINDS: Final = (UsageKind.RECOGNISED_MS, UsageKind.SPOKEN_CHARACTERS)
"""What recognition and speech use: sound that was sent, in milliseconds, and text to be spoken."""


@dataclass(frozen=True, slots=True)
class UsagePrice:
    """What the maker of a model asks, as its page said on a day; servers of others may differ.

    `micro_cents` are for a thousand units: $0.40 per million tokens is 40,000.
    """

    provider: str
    kind: UsageKind
    micro_cents: int
    as_of: date
    source: str


_GPT_4_1: Final = (date(2025, 4, 14), "https://openai.com/index/gpt-4-1/")

PRICES: Final[tuple[UsagePrice, ...]] = (
    UsagePrice("gpt-4.1", UsageKind.PROMPT_TOKENS, 200_000, *_GPT_4_1),
    UsagePrice("gpt-4.1", UsageKind.CACHED_TOKENS, 50_000, *_GPT_4_1),
    UsagePrice("gpt-4.1", UsageKind.COMPLETION_TOKENS, 800_000, *_GPT_4_1),
    UsagePrice("gpt-4.1-mini", UsageKind.PROMPT_TOKENS, 40_000, *_GPT_4_1),
    UsagePrice("gpt-4.1-mini", UsageKind.CACHED_TOKENS, 10_000, *_GPT_4_1),
    UsagePrice("gpt-4.1-mini", UsageKind.COMPLETION_TOKENS, 160_000, *_GPT_4_1),
    UsagePrice("gpt-4.1-nano", UsageKind.PROMPT_TOKENS, 10_000, *_GPT_4_1),
    UsagePrice("gpt-4.1-nano", UsageKind.CACHED_TOKENS, 2_500, *_GPT_4_1),
    UsagePrice("gpt-4.1-nano", UsageKind.COMPLETION_TOKENS, 40_000, *_GPT_4_1),
)
"""By the exact name of a model. What is not here has no known price.

What recognition and speech cost is in the records of their providers (`pipelines/providers`)."""

_BY_NAME: Final = {(price.provider, price.kind): price.micro_cents for price in PRICES}
_PER: Final = 1000


@dataclass(frozen=True, slots=True)
class Usage:
    """Units of one kind that one reply or one turn has used.

    Attributes:
        provider: the name of the model, the recogniser or the voice.
        kind: of the units.
        units: 0 or more.
        micro_cents: what they cost, 0 for what is known to be free; ``None`` when nobody knows.
        estimated: the provider did not tell the units; they were reckoned from what it was given.
    """

    provider: str
    kind: UsageKind
    units: int
    micro_cents: int | None
    estimated: bool = False

    @classmethod
    def of(cls, provider: str, kind: UsageKind, units: int, *, estimated: bool) -> Usage:
        """With its price of today's table."""
        return cls(provider, kind, units, cost(provider, kind, units), estimated)


@dataclass(frozen=True, slots=True)
class UsageRow:
    """A usage on record.

    `index` is the journal row of a model's reply, and of recognition and speech a number of their
    own; with the kind it makes the row one of its call. `turn` is the caller's turn that was heard
    or answered; ``None`` for what was no turn.
    """

    index: int
    turn: int | None
    usage: Usage


def cost(provider: str, kind: UsageKind, units: int) -> int | None:
    """Micro-cents, halves up; ``None`` when the price is not known."""
    each = _BY_NAME.get((provider, kind))
    return None if each is None else (units * each + _PER // 2) // _PER


def known_cost(used: Iterable[Usage]) -> int:
    """Micro-cents of all whose price is known."""
    return sum(one.micro_cents or 0 for one in used)
