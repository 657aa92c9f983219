"""RCS (Rich Communication Services) by a telephone carrier, with SMS where a phone has none.

Texts leave by a *messaging service* of the carrier that holds both an RCS sender and a telephone
number: it asks whether the phone has RCS and sends an SMS where it has not. So a reply is written
as an SMS is. Without such a service what is unasked goes by SMS (`outgoing`); replies to what came
by RCS go back with the webhook's answer.

Source: https://www.twilio.com/docs/rcs/send-an-rcs-message
"""

from __future__ import annotations

from typing import Final

from channels.contract import KnownBy, TextChannel, words_of
from channels.sms import written
from voiceagent.domain.business import Flags


def _is_on(flags: Flags) -> bool:
    return flags.rcs


RCS: Final = TextChannel("rcs", _is_on, words_of, written, KnownBy.NUMBER)
