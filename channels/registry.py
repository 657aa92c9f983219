"""The written channels there are. A new one is its file and a line here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from channels.contract import TextChannel
from channels.email import EMAIL
from channels.rcs import RCS
from channels.sms import SMS
from channels.webchat import WEBCHAT
from channels.whatsapp import WHATSAPP

CHANNELS: Final[tuple[TextChannel, ...]] = (SMS, WHATSAPP, RCS, WEBCHAT, EMAIL)


def channel_named(channels: Sequence[TextChannel], name: str) -> TextChannel | None:
    """The channel of a name, ``None`` when there is none."""
    return next((one for one in channels if one.name == name), None)
