"""How a part is, in one word."""

from __future__ import annotations

from enum import StrEnum


class Health(StrEnum):
    """UNUSED covers what was not tried, too."""

    OK = "ok"
    OFFLINE = "offline"
    UNUSED = "unused"
    WRONG = "wrong"
