"""Takes out of a text what must never be stored, logged or sent to a model: card numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from voiceagent.domain.cards import card_spans, has_card_number

MARK = "[card number]"
"""What stands in the place of a card number."""


def redact(text: str) -> str:
    """The text with every card number, written or spoken, replaced by `MARK`."""
    out, at = [], 0
    for start, end in card_spans(text):
        out += [text[at:start], MARK]
        at = end
    return "".join([*out, text[at:]])


def redact_value(value: object) -> object:
    """A JSON-like value with `redact` applied to every text, key and number in it."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, Mapping):
        return {redact(str(key)): redact_value(item) for key, item in value.items()}
    if isinstance(value, Sequence):
        return [redact_value(item) for item in value]
    if isinstance(value, int) and has_card_number(str(value)):
        return MARK
    return value
