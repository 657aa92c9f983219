"""One message as JSON fields, each read with suspicion; whatever is amiss raises `Dropped`."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from enum import StrEnum
from typing import NoReturn

MAX_MESSAGE_BYTES = 64 * 1024
"""Longer messages are dropped unread; 64 kB of base64 is six seconds of sound."""

_IDENTIFIER = re.compile(r"[A-Za-z0-9_-]{1,64}")
_MAX_DIGITS = 15

Fields = Mapping[str, object]
"""A JSON object."""


class Fault(StrEnum):
    """Why a message was dropped. The value is stable: it is a metric's label."""

    BINARY_FRAME = "binary_frame"
    TOO_LONG = "too_long"
    BAD_UTF8 = "bad_utf8"
    BAD_JSON = "bad_json"
    TOO_DEEP = "too_deep"
    DUPLICATE_KEY = "duplicate_key"
    NOT_AN_OBJECT = "not_an_object"
    UNKNOWN_EVENT = "unknown_event"
    MISSING_FIELD = "missing_field"
    WRONG_TYPE = "wrong_type"
    BAD_NUMBER = "bad_number"
    BAD_IDENTIFIER = "bad_identifier"
    BAD_BASE64 = "bad_base64"
    EMPTY_PAYLOAD = "empty_payload"
    BAD_DIGIT = "bad_digit"
    WRONG_TRACK = "wrong_track"
    FOREIGN_STREAM = "foreign_stream"


class Dropped(Exception):
    """A message cannot be used, for `fault`."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self.fault = fault


def parse(message: bytes | str) -> Fields:
    """One JSON object in one frame; raises `Dropped` for anything else."""
    if len(message) > MAX_MESSAGE_BYTES:
        raise Dropped(Fault.TOO_LONG)
    try:
        text = message.decode() if isinstance(message, bytes) else message
        if not text.isascii() and len(text.encode()) > MAX_MESSAGE_BYTES:
            raise Dropped(Fault.TOO_LONG)
    except UnicodeError:
        raise Dropped(Fault.BAD_UTF8) from None
    try:
        value: object = _JSON(text)
    except ValueError:  # also integers beyond the interpreter's limit, and NaN, by `_no_constant`
        raise Dropped(Fault.BAD_JSON) from None
    if not isinstance(value, dict):
        raise Dropped(Fault.NOT_AN_OBJECT)
    return value


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """RFC 8259 leaves it open which of two equal keys counts; so neither does."""
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise Dropped(Fault.DUPLICATE_KEY)
    return fields


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)  # NaN and the infinities are Python's idea of JSON, not RFC 8259's


_JSON = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant).decode


def lacks(value: object) -> NoReturn:
    """Drop the message for a value that is missing, or is there and of the wrong type."""
    raise Dropped(Fault.MISSING_FIELD if value is None else Fault.WRONG_TYPE)


def object_of(fields: Fields, key: str) -> Fields:
    """The object under `key`."""
    value = fields.get(key)
    if not isinstance(value, dict):
        lacks(value)
    return value


def text(fields: Fields, key: str) -> str:
    """The text under `key`, fit to be written down as UTF-8."""
    value = fields.get(key)
    if not isinstance(value, str):
        lacks(value)
    if not value.isascii():
        try:
            value.encode()
        except UnicodeError:  # half a surrogate pair would break whoever writes it down
            raise Dropped(Fault.BAD_UTF8) from None
    return value


def identifier(fields: Fields, key: str) -> str:
    """The SID under `key`: 1 to 64 letters, digits, dashes and underscores."""
    value = text(fields, key)
    if not _IDENTIFIER.fullmatch(value):
        raise Dropped(Fault.BAD_IDENTIFIER)
    return value


def count(value: object) -> int | None:
    """A non-negative number below 10^15, as digits or as a JSON integer."""
    if value is None:
        return None
    if isinstance(value, str):
        if len(value) <= _MAX_DIGITS and value.isascii() and value.isdigit():
            return int(value)
    elif type(value) is int and 0 <= value < 10**_MAX_DIGITS:
        return value
    raise Dropped(Fault.BAD_NUMBER)


def required_count(fields: Fields, key: str) -> int:
    """The number under `key`, see `count`."""
    number = count(fields.get(key))
    if number is None:
        raise Dropped(Fault.MISSING_FIELD)
    return number


def strings(value: object) -> tuple[str, ...]:
    """A list of texts."""
    if not isinstance(value, list):
        lacks(value)
    if not all(isinstance(item, str) for item in value):
        raise Dropped(Fault.WRONG_TYPE)
    return tuple(value)
