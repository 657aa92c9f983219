"""The languages that a business may serve, and how they are named.

A conversation is in one locale at a time. Every business serves American English, in which its file
is written; another locale is served by a business whose file words it (`Business.locales`).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Locale(StrEnum):
    """A language and the country whose numbers, money and addresses go with it (BCP 47)."""

    EN_US = "en-US"
    ES_US = "es-US"

    @property
    def language(self) -> str:
        """The language alone (ISO 639-1)."""
        return self.value.partition("-")[0]


ENGLISH_ONLY: Final = frozenset({Locale.EN_US})
