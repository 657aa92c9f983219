"""The languages that a business may serve, and how they are named.

A conversation is in one locale at a time. Every business serves American English, in which its file
is written; another locale is served by a business whose file words it (`Business.locales`).
"""

from __future__ import annotations

from enum import StrEnum


class Locale(StrEnum):
    """A language and the country whose numbers, money and addresses go with it (BCP 47)."""

    EN_US = "en-US"
    ES_US = "es-US"
