"""Payment cards, which are never taken in a conversation."""

from __future__ import annotations

import re

from voiceagent.domain.card_watch import DETAIL, MARK
from voiceagent.domain.cards import has_card_number
from voiceagent.language.en_us.matching import said, words

_OFFERS = (
    "my card number", "card number is", "credit card number", "debit card number",
    "give you my card", "give you my credit card", "give you a card", "take my card",
    "read you my card", "pay with my card now", "pay over the phone", "pay by card over the phone",
    "my visa", "my mastercard", "my amex", "security code on the back", "put it on my card",
    "charge my card",
)  # fmt: skip


_EXPIRY = re.compile(
    r"\b(?:exp(?:\.|ir(?:es|y|ing|ation)(?: date)?)?"
    r"|(?:valid|good) (?:thru|through|until|till))\W{0,3}"
    r"(?:(?:date|is|on|in|:)\W{0,2})*\d{1,2}\s?[/-]\s?\d{2,4}\b",
    re.IGNORECASE,
)


def without_expiry(text: str) -> str:
    """The text without the month in which a card ends ("exp 09/27"), which is no day of a visit."""
    return _EXPIRY.sub(" ", text)


def offers_card(text: str) -> bool:
    """Whether the caller is giving, or about to give, a card number.

    The number itself was taken out before (`card_watch`); what stands in its place tells.
    """
    if MARK in text or DETAIL in text or has_card_number(text):
        return True
    tokens = words(text)
    return any(said(phrase, tokens) for phrase in _OFFERS)
