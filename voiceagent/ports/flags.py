"""Feature flags: what an operator may turn in a file, beside the settings of the process."""

from __future__ import annotations

from typing import Final, Protocol

CANARY_MODEL: Final = "canary-model"
"""Text: the model that a share of the callers tries; none when empty."""

CANARY_SHARE: Final = "canary-share"
"""Number from 0 to 1: of the conversations."""


class FeatureFlags(Protocol):
    """What the flags say now."""

    def text(self, key: str, default: str) -> str:
        """A flag's text; `default` when it is not there or switched off."""
        ...

    def number(self, key: str, default: float) -> float:
        """A flag's number; `default` when it is not there or switched off."""
        ...


class NoFlags(FeatureFlags):
    """Every flag is at its default."""

    def text(self, key: str, default: str) -> str:
        """See `FeatureFlags`."""
        del key
        return default

    def number(self, key: str, default: float) -> float:
        """See `FeatureFlags`."""
        del key
        return default
