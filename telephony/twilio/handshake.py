"""The life of a media socket, as a table.

    OPENED -> CONNECTED -> STREAMING -> STOPPED
       |          |
       +----------+-----> REFUSED

A socket is a stranger until its `start` has been believed: it names our account, sound that we can
decode, and a token which the call's own webhook handed out. Only then does the table say ACCEPT,
and only after ACCEPT may anything cost money. A stranger gets one chance: a `start` that is not
believed ends it, and so do silence (the socket's owner tells us of it) and chatter. A lost
`connected` is forgiven, as it proves nothing.

After ACCEPT nothing the peer says can end the call except `stop`: a second `start`, a second
`connected` or a malformed message is dropped. The table has a row for every state and input.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from enum import StrEnum
from types import MappingProxyType

from telephony.contract import IncomingCall
from telephony.token_gate import TokenFault
from telephony.twilio.codec import Connected, Dtmf, Event, Malformed, Mark, Media, Start, Stop

TOKEN_PARAMETER = "token"  # noqa: S105  the parameter's name, not a secret
"""Name of the `<Parameter>` that carries the token from TwiML to `start`."""

MAX_EARLY_MESSAGES = 256
"""Messages a stranger may send before `start`; Twilio sends one."""

Redeem = Callable[[str, str], IncomingCall | TokenFault]
"""Takes (token, CallSid); see `TokenGate.redeem`."""


class Tokens(StrEnum):
    """Whether a `start` must carry a token. OFF is for a machine that nobody else can reach."""

    REQUIRED = "required"
    OFF = "off"


class HandshakeState(StrEnum):
    """Where a socket stands."""

    OPENED = "opened"
    CONNECTED = "connected"
    STREAMING = "streaming"
    STOPPED = "stopped"
    REFUSED = "refused"


class Signal(StrEnum):
    """What the socket itself tells: no `start` in time, the peer has gone, we have closed."""

    TIMEOUT = "timeout"
    GONE = "gone"
    CLOSED = "closed"


class HandshakeInput(StrEnum):
    """Events and signals, as the table sees them; `start` has been judged before."""

    CONNECTED = "connected"
    GOOD_START = "good_start"
    BAD_START = "bad_start"
    SECOND_START = "second_start"
    SOUND = "sound"
    STOP = "stop"
    MALFORMED = "malformed"
    NOISE = "noise"
    TIMEOUT = "timeout"
    GONE = "gone"
    CLOSED = "closed"


class HandshakeAct(StrEnum):
    """What the socket does next.

    WAIT: nothing. ACCEPT: let the call in. REFUSE: close, policy violation; `refusal` says why.
    DELIVER: hand the event on. DROP: count it and forget it. END: the stream is over.
    """

    WAIT = "wait"
    ACCEPT = "accept"
    REFUSE = "refuse"
    DELIVER = "deliver"
    DROP = "drop"
    END = "end"


class Refusal(StrEnum):
    """Why a stranger was sent away. Stable: it is a metric's label; the peer is not told."""

    WRONG_ACCOUNT = "wrong_account"
    UNSUPPORTED_FORMAT = "unsupported_format"
    NO_TOKEN = "no_token"  # noqa: S105  a reason, not a secret
    TOKEN_UNKNOWN = "token_unknown"  # noqa: S105
    TOKEN_WRONG = "token_wrong"  # noqa: S105
    TOKEN_EXPIRED = "token_expired"  # noqa: S105
    TOO_LATE = "too_late"
    TOO_NOISY = "too_noisy"


_STRANGER: Mapping[HandshakeInput, tuple[HandshakeState, HandshakeAct]] = {
    HandshakeInput.GOOD_START: (HandshakeState.STREAMING, HandshakeAct.ACCEPT),
    HandshakeInput.BAD_START: (HandshakeState.REFUSED, HandshakeAct.REFUSE),
    HandshakeInput.NOISE: (HandshakeState.REFUSED, HandshakeAct.REFUSE),
    HandshakeInput.TIMEOUT: (HandshakeState.REFUSED, HandshakeAct.REFUSE),
    HandshakeInput.STOP: (HandshakeState.STOPPED, HandshakeAct.END),
    HandshakeInput.GONE: (HandshakeState.STOPPED, HandshakeAct.END),
    HandshakeInput.CLOSED: (HandshakeState.STOPPED, HandshakeAct.END),
}

TABLE: Mapping[HandshakeState, Mapping[HandshakeInput, tuple[HandshakeState, HandshakeAct]]] = (
    MappingProxyType(
        {
            HandshakeState.OPENED: {
                **dict.fromkeys(HandshakeInput, (HandshakeState.OPENED, HandshakeAct.DROP)),
                **_STRANGER,
                HandshakeInput.CONNECTED: (HandshakeState.CONNECTED, HandshakeAct.WAIT),
            },
            HandshakeState.CONNECTED: {
                **dict.fromkeys(HandshakeInput, (HandshakeState.CONNECTED, HandshakeAct.DROP)),
                **_STRANGER,
            },
            HandshakeState.STREAMING: {
                **dict.fromkeys(HandshakeInput, (HandshakeState.STREAMING, HandshakeAct.DROP)),
                HandshakeInput.SOUND: (HandshakeState.STREAMING, HandshakeAct.DELIVER),
                HandshakeInput.TIMEOUT: (HandshakeState.STREAMING, HandshakeAct.WAIT),
                HandshakeInput.STOP: (HandshakeState.STOPPED, HandshakeAct.END),
                HandshakeInput.GONE: (HandshakeState.STOPPED, HandshakeAct.END),
                HandshakeInput.CLOSED: (HandshakeState.STOPPED, HandshakeAct.END),
            },
            HandshakeState.STOPPED: dict.fromkeys(
                HandshakeInput, (HandshakeState.STOPPED, HandshakeAct.DROP)
            ),
            HandshakeState.REFUSED: dict.fromkeys(
                HandshakeInput, (HandshakeState.REFUSED, HandshakeAct.DROP)
            ),
        }
    )
)

_PLAIN: Mapping[type[Event], HandshakeInput] = {
    Media: HandshakeInput.SOUND,
    Mark: HandshakeInput.SOUND,
    Dtmf: HandshakeInput.SOUND,
    Connected: HandshakeInput.CONNECTED,
    Stop: HandshakeInput.STOP,
    Malformed: HandshakeInput.MALFORMED,
}

_STRANGERS = frozenset({HandshakeState.OPENED, HandshakeState.CONNECTED})


class Handshake:
    """Runs the table for one socket.

    `call` and `start` are set by ACCEPT, `refusal` by REFUSE.

    Args:
        account_sid: our own; no other is let in.
        redeem: gives the call for (token, CallSid), or says why not.
        tokens: when OFF, `redeem` is asked also when there is no token.
    """

    def __init__(
        self, *, account_sid: str, redeem: Redeem, tokens: Tokens = Tokens.REQUIRED
    ) -> None:
        self.state = HandshakeState.OPENED
        self.call: IncomingCall | None = None
        self.start: Start | None = None
        self.refusal: Refusal | None = None
        self._account_sid = account_sid
        self._redeem = redeem
        self._tokens = tokens
        self._early = 0

    def feed(self, event: Event | Signal) -> HandshakeAct:
        """Take the next event or signal; returns what to do about it."""
        self.state, act = TABLE[self.state][self._classify(event)]
        return act

    def _classify(self, event: Event | Signal) -> HandshakeInput:
        if isinstance(event, Signal):
            if event is Signal.TIMEOUT and self.state in _STRANGERS:
                self.refusal = Refusal.TOO_LATE
            return HandshakeInput(event.value)
        if self.state in _STRANGERS:
            self._early += 1
            if self._early > MAX_EARLY_MESSAGES:
                self.refusal = Refusal.TOO_NOISY
                return HandshakeInput.NOISE
            if isinstance(event, Start):
                return self._judge(event)
        elif isinstance(event, Start):
            return HandshakeInput.SECOND_START
        return _PLAIN[type(event)]

    def _judge(self, start: Start) -> HandshakeInput:
        """Believe a `start` or not. The token comes last, so that a refusal does not use it up."""
        token = start.parameters.get(TOKEN_PARAMETER, "")
        if not hmac.compare_digest(start.account_sid.encode(), self._account_sid.encode()):
            self.refusal = Refusal.WRONG_ACCOUNT
        elif not start.media_format.decodable or start.tracks not in ((), ("inbound",)):
            self.refusal = Refusal.UNSUPPORTED_FORMAT
        elif not token and self._tokens is Tokens.REQUIRED:
            self.refusal = Refusal.NO_TOKEN
        else:
            found = self._redeem(token, start.call_sid)
            if isinstance(found, IncomingCall):
                self.call, self.start = found, start
                return HandshakeInput.GOOD_START
            self.refusal = Refusal(found.value)
        return HandshakeInput.BAD_START
