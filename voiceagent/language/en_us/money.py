"""Amounts of US money in words. Cents inside."""

from __future__ import annotations

from voiceagent.language.en_us.numbers import say_cardinal


def say_money(cents: int) -> str:
    """`cents` for the ear: 24800 -> "two hundred forty-eight dollars", 1250 -> "twelve dollars
    and fifty cents".
    """  # noqa: D205
    if cents < 0:
        return f"minus {say_money(-cents)}"
    dollars, rest = divmod(cents, 100)
    small = f"{say_cardinal(rest)} cent{'' if rest == 1 else 's'}"
    if dollars == 0 and rest:
        return small
    large = f"{say_cardinal(dollars)} dollar{'' if dollars == 1 else 's'}"
    return f"{large} and {small}" if rest else large
