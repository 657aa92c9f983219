"""TwiML of a warm transfer: the caller's waiting room, the lead's briefing, and the way in.

The room is a conference of two, or of three with a guest. It begins when the lead enters and ends
when the caller or the lead leaves, not when a guest does; until then the caller hears the carrier's
hold music, which needs nothing of ours. Source:
https://www.twilio.com/docs/voice/twiml/conference
"""

from __future__ import annotations

from typing import Final

from twilio.twiml.voice_response import Dial, VoiceResponse

from telephony.twilio.account import TwilioAccount
from telephony.twilio.twiml import MAX_TRANSFER_S, new_leg, say_twiml, spoken

CALLER_PATH: Final = "/handoff-caller"
ROOM_PATH: Final = "/handoff-room"
LEAD_PATH: Final = "/handoff-lead"
KEY_PATH: Final = "/handoff-key"
LEG_PATH: Final = "/handoff-leg"
MACHINE_PATH: Final = "/handoff-machine"

TAKES_THE_CALL: Final = "1"
"""The key that a lead presses to be connected."""

TOO_LATE: Final = "Thank you. This call is taken care of. Goodbye."
"""To a lead who is not needed any more."""

MOST_IN_ROOM: Final = 3

KEY_S: Final = 6
"""How long a lead may think after the last word."""

_TOLD_TWICE: Final = "I say it again."
_PRESS: Final = "Press 1 to take this call, or hang up to pass it on."


def hold_twiml(key: str, account: TwilioAccount) -> str:
    """The caller waits in the conference named `key`; when they leave it we are asked what next."""
    response = VoiceResponse()
    dial = response.dial(
        action=caller_url(account),
        method="POST",
        time_limit=MAX_TRANSFER_S,
    )
    _room(dial, key, account, opens=False)
    return str(response)


def join_twiml(key: str, account: TwilioAccount, *, guest: bool = False) -> str:
    """The lead, or a guest of theirs, enters the conference, and their call ends with it."""
    response = VoiceResponse()
    dial = response.dial(time_limit=MAX_TRANSFER_S)
    _room(dial, key, account, opens=not guest, ends=not guest)
    response.hangup()
    return str(response)


def briefing_twiml(text: str, leg: str, account: TwilioAccount) -> str:
    """A lead is told what it is about, twice, and asked for a key; no key is an answer as well."""
    response = VoiceResponse()
    gather = response.gather(
        num_digits=1,
        timeout=KEY_S,
        action=account.url(f"{KEY_PATH}?leg={leg}"),
        method="POST",
        action_on_empty_result=True,
    )
    told = f"{spoken(text)} {_PRESS}"
    gather.say(f"{told} {_TOLD_TWICE} {told}")
    return str(response)


def declined_twiml() -> str:
    """For a lead who does not take the call."""
    return say_twiml("Thank you. Goodbye.")


def caller_url(account: TwilioAccount) -> str:
    """Where we are asked what a waiting caller does next; another one each time."""
    return account.url(f"{CALLER_PATH}?leg={new_leg()}")


def _room(dial: Dial, key: str, account: TwilioAccount, *, opens: bool, ends: bool = True) -> None:
    dial.conference(
        key,
        start_conference_on_enter=opens,
        end_conference_on_exit=ends,
        max_participants=MOST_IN_ROOM,
        beep="false",
        status_callback=account.url(f"{ROOM_PATH}?leg={key}"),
        status_callback_method="POST",
        status_callback_event="join leave",
    )
