"""WhatsApp by a telephone carrier.

Within a day of a person's last message anything may be written to them; later only a template that
was approved beforehand. Replies are always within it. What is written unasked and too late goes as
a template where one is set, else by SMS (`outgoing`).

Source: https://www.twilio.com/docs/whatsapp/key-concepts (customer service window, templates).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from channels.contract import KnownBy, TextChannel, words_of
from voiceagent.domain.business import Flags

WINDOW: Final = timedelta(hours=24)
LONGEST: Final = 1600


def written(reply: str) -> str:
    """A reply; WhatsApp takes any character, and the carrier so many of them."""
    return reply.strip()[:LONGEST]


def _is_on(flags: Flags) -> bool:
    return flags.whatsapp


WHATSAPP: Final = TextChannel("whatsapp", _is_on, words_of, written, KnownBy.NUMBER)
