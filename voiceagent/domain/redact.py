"""Takes out of a text what must never be stored, logged or sent to a model: card numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from voiceagent.domain.card_watch import MARK, withhold
from voiceagent.domain.cards import card_spans, has_card_number

__all__ = ["MARK", "Withhold", "redact", "redact_value"]


def redact(text: str) -> str:
    """The text with every card number, written or spoken, replaced by `MARK`."""
    out, at = [], 0
    for start, end in card_spans(text):
        out += [text[at:start], MARK]
        at = end
    return "".join([*out, text[at:]])


def redact_value(value: object) -> object:
    """A JSON-like value with `redact` applied to every text, key and number in it."""
    if isinstance(value, int) and has_card_number(str(value)):
        return MARK
    return _in_texts(value, redact, redact_value)


@dataclass(frozen=True, slots=True)
class Withhold:
    """Takes the digits of cards out of what was written while nobody could know them for one.

    `secrets` is empty when there is nothing to take out.
    """

    secrets: tuple[str, ...] = ()

    @classmethod
    def of(cls, secret: str) -> Withhold:
        """What takes the digits of one card out; "" is none."""
        return cls((secret,)) if secret else cls()

    def __or__(self, other: Withhold) -> Withhold:
        """What takes out both."""
        return Withhold(tuple(dict.fromkeys((*self.secrets, *other.secrets))))

    def text(self, text: str) -> str:
        """A text without them."""
        for secret in self.secrets:
            text = withhold(text, secret)
        return text

    def key(self, digit: str) -> str:
        """A key of the phone: all digits go, each is a key by itself."""
        return "" if self.secrets and digit.isdecimal() else digit

    def value(self, value: JsonValue) -> object:
        """A JSON value without them."""
        return self._value(value) if self.secrets else value

    def _value(self, value: object) -> object:
        return _in_texts(value, self.text, self._value)


def _in_texts(
    value: object, text: Callable[[str], str], inside: Callable[[object], object]
) -> object:
    if isinstance(value, str):
        return text(value)
    if isinstance(value, Mapping):
        return {text(str(key)): inside(item) for key, item in value.items()}
    if isinstance(value, Sequence):
        return [inside(item) for item in value]
    return value
