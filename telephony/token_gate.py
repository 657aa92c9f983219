"""Single-use tokens that tie a media socket to the webhook that asked for it.

The webhook is signed, the socket is not. So the webhook's answer carries a token that only the
carrier gets to see; it comes back in `start`, and proves that this socket belongs to that call. A
token is 128 random bits, good once, for one CallSid, for a minute.

A socket says its token only after it has been opened. So that an announced call finds a place
whoever else waits, the path it connects to carries a *ticket*: derived from the token, it opens
nothing and tells nothing, and may stand in a proxy's log.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from telephony.contract import IncomingCall
from voiceagent.core.clock import Clock
from voiceagent.errors import Unavailable

TOKEN_BYTES = 16
LIFETIME_S = 60.0
TICKET_DIGITS = 24


def ticket_of(token: str) -> str:
    """The ticket that goes with a token: 96 bits of its digest, in hexadecimal."""
    return hashlib.sha256(b"ticket:" + token.encode()).hexdigest()[:TICKET_DIGITS]


class TokenFault(StrEnum):
    """Why a token was not taken. UNKNOWN: this call has none, or it has been used."""

    UNKNOWN = "token_unknown"
    WRONG = "token_wrong"
    EXPIRED = "token_expired"


@dataclass(frozen=True, slots=True)
class _Entry:
    token: str
    call: IncomingCall
    expires_s: float


class TokenGate:
    """Issues and redeems tokens; holds at most `capacity` of them.

    Args:
        clock: its `monotonic()` ages the tokens.
        capacity: calls that may be between webhook and socket at one time.
        lifetime_s: seconds a token is good for.
        on_unclaimed: called with each call whose token will never be redeemed (expired, revoked),
            so that what was reserved for it can be given back.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        capacity: int = 1024,
        lifetime_s: float = LIFETIME_S,
        on_unclaimed: Callable[[IncomingCall], None] | None = None,
    ) -> None:
        self._clock = clock
        self._capacity = capacity
        self._lifetime_s = lifetime_s
        self._on_unclaimed = on_unclaimed
        self._entries: dict[str, _Entry] = {}  # by CallSid, oldest first
        self._tickets: dict[str, str] = {}  # ticket -> CallSid
        self._decoy = secrets.token_urlsafe(TOKEN_BYTES)

    def __len__(self) -> int:
        return len(self._entries)

    def issue(self, call: IncomingCall) -> str:
        """A new token for `call`; an earlier one of the same call becomes worthless.

        Raises:
            Unavailable: ``token.full`` when too many calls are on their way.
        """
        self.sweep()
        self._take(call.call_sid)
        if len(self._entries) >= self._capacity:
            raise Unavailable(
                "token.full", "Too many calls are connecting.", retry_after_s=self._lifetime_s
            )
        token = secrets.token_urlsafe(TOKEN_BYTES)
        expires_s = self._clock.monotonic() + self._lifetime_s
        self._entries[call.call_sid] = _Entry(token, call, expires_s)
        self._tickets[ticket_of(token)] = call.call_sid
        return token

    def announced(self, ticket: str) -> bool:
        """Whether a ticket's call has rung, and may still connect."""
        entry = self._entries.get(self._tickets.get(ticket, ""))
        return entry is not None and self._clock.monotonic() < entry.expires_s

    def redeem(self, token: str, call_sid: str) -> IncomingCall | TokenFault:
        """The call that `token` was issued for, once.

        A wrong token leaves the right one good: knowing a CallSid must not be enough to keep its
        caller out. The comparison takes the same time wherever the tokens differ (RFC 2104 advises
        it), and takes place for unknown calls as well.
        """
        entry = self._entries.get(call_sid)
        expected = self._decoy if entry is None else entry.token
        given = token.encode("utf-8", "surrogatepass")
        same = hmac.compare_digest(expected.encode(), given)
        if entry is None:
            return TokenFault.UNKNOWN
        if not same:
            return TokenFault.WRONG
        if self._clock.monotonic() >= entry.expires_s:
            self.revoke(call_sid)
            return TokenFault.EXPIRED
        self._take(call_sid)
        return entry.call

    def revoke(self, call_sid: str) -> None:
        """Forget the call's token, if it has one: the call is over."""
        entry = self._take(call_sid)
        if entry is not None and self._on_unclaimed is not None:
            self._on_unclaimed(entry.call)

    def _take(self, call_sid: str) -> _Entry | None:
        entry = self._entries.pop(call_sid, None)
        if entry is not None:
            del self._tickets[ticket_of(entry.token)]
        return entry

    def sweep(self) -> None:
        """Forget expired tokens. `issue` does it too; call it when calls have become rare."""
        now_s = self._clock.monotonic()
        for call_sid, entry in list(self._entries.items()):
            if entry.expires_s > now_s:
                break
            self.revoke(call_sid)
