"""Seals that only this installation can make: HMAC-SHA256 (RFC 2104), written in hex."""

from __future__ import annotations

import hashlib
import hmac


def seal(key: bytes, text: str) -> str:
    """The seal of a text: 64 hex digits."""
    return hmac.new(key, text.encode(errors="replace"), hashlib.sha256).hexdigest()


def same(one: str, other: str) -> bool:
    """Whether two texts are equal, in a time that tells nothing of where they differ."""
    return hmac.compare_digest(_digest(one), _digest(other))


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode(errors="replace")).digest()
