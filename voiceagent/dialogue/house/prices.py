"""Whether a turn names a price that nobody quoted: a yes beside it is a yes to something else."""

from __future__ import annotations

from datetime import date
from typing import Final

from voiceagent.dialogue.house.facts import Facts
from voiceagent.dialogue.house.understand import Understanding
from voiceagent.language.en_us.figures import read_figures

_ANY_DAY: Final = date(2000, 1, 1)
"""Days are read too, and nothing is asked about them."""

_LEAST: Final = 100
"""Without a word for money, a smaller number may count or be an hour."""


def names_another_price(turn: Understanding, facts: Facts) -> bool:
    """As in "yes, at 200" where 550 was quoted, or nothing; what a quote says is no other price."""
    said = read_figures(turn.text, _ANY_DAY)
    quoted: frozenset[int] = frozenset()
    if facts.quote is not None:
        told = read_figures(facts.quote.message, _ANY_DAY).money
        quoted = told | {facts.quote.total_estimate * 100}
    return bool((said.money | _bare(turn, said.numbers)) - quoted)


def _bare(turn: Understanding, numbers: frozenset[str]) -> frozenset[int]:
    """Numbers that can only be prices here, in cents."""
    if turn.address or turn.phone or turn.phone_part or turn.code or turn.note or turn.timed:
        return frozenset()
    plain = (int(one) for one in numbers if one.isdecimal() and len(one) <= len("10000"))
    return frozenset(number * 100 for number in plain if number >= _LEAST)
