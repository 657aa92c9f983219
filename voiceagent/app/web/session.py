"""Who has signed in: one password, signed cookies, and a bound on tries.

Nothing is stored on the server but a key: a session is ``expiry.nonce.seal``, sealed with
HMAC-SHA256 (RFC 2104). The key that seals is derived from the kept key *and* the password, so a
new password ends all sessions. Workers that share a state folder know each other's sessions.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from voiceagent.core.clock import Clock
from voiceagent.errors import OwnerFixable

COOKIE: Final = "voiceagent_session"
SESSION_S: Final = 12 * 3600
"""How long a session is good: a working day."""

FORM_S: Final = 3600
"""How long a sign-in form may stand open."""

TRIES: Final = 10
"""Wrong passwords of one source before it has to wait."""

TRY_EVERY_S: Final = 6.0
"""How long it waits then; twice as long after each wrong one more."""

LONGEST_WAIT_S: Final = 900.0
FORGOTTEN_S: Final = 3600.0
"""What a source did so long ago is not held against it."""

SOURCES: Final = 4096
"""Sources that are kept in mind; the one that was quiet longest goes first."""


class Sessions:
    """Issues and checks sessions, forms and passwords.

    Args:
        password: the console's.
        key: kept secret of this installation.
        clock: the *real* time, an unshifted clock.
        secure: whether browsers reach us by https, and cookies must not travel otherwise.
    """

    def __init__(self, password: str, key: str, clock: Clock, *, secure: bool) -> None:
        self._password = _digest(password)
        self._key = hmac.digest(key.encode(), password.encode(), "sha256")
        self._clock = clock
        self.secure = secure
        self.tries = Tries(clock)

    def right(self, password: str) -> bool:
        """Whether this is the password, in constant time."""
        return hmac.compare_digest(_digest(password), self._password)

    def issue(self) -> str:
        """A new session's cookie."""
        return self._sealed("session", SESSION_S)

    def valid(self, cookie: str) -> bool:
        """Whether a cookie is a session of ours that has not expired."""
        return self._good("session", cookie)

    def form(self) -> str:
        """What a sign-in form carries twice, in a cookie and in a field."""
        return self._sealed("form", FORM_S)

    def form_valid(self, cookie: str, field: str) -> bool:
        """Whether a form came from a page of ours in the same browser."""
        return self._good("form", cookie) and hmac.compare_digest(_digest(cookie), _digest(field))

    def _sealed(self, kind: str, lasts_s: int) -> str:
        body = f"{int(self._clock.now().timestamp()) + lasts_s}.{secrets.token_hex(16)}"
        return f"{body}.{self._seal(kind, body)}"

    def _good(self, kind: str, text: str) -> bool:
        body, _, seal = text.rpartition(".")
        if not hmac.compare_digest(_digest(seal), _digest(self._seal(kind, body))):
            return False
        return int(body.partition(".")[0]) > self._clock.now().timestamp()

    def _seal(self, kind: str, body: str) -> str:
        message = f"{kind}:{body}".encode(errors="replace")
        return hmac.new(self._key, message, hashlib.sha256).hexdigest()


class Tries:
    """Wrong passwords by where they come from: each source waits longer after each of its own.

    Whoever guesses keeps nobody else out, the owner least of all. A source is forgotten after an
    hour, or when it knew the password.

    Args:
        clock: measures the waiting.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._sources: dict[str, _Source] = {}  # that of the oldest wrong password first

    def wait_s(self, source: str) -> float:
        """Seconds until a source may try again; 0 when it is now."""
        known = self._sources.get(source)
        return 0.0 if known is None else max(0.0, known.until_s - self._clock.monotonic())

    def wrong(self, source: str) -> None:
        """Note a wrong password."""
        now_s = self._clock.monotonic()
        self._forget(now_s)
        count = 1 + (known.wrong if (known := self._sources.pop(source, None)) is not None else 0)
        doubled = min(count - TRIES, 20)
        wait_s = min(LONGEST_WAIT_S, TRY_EVERY_S * 2.0**doubled) if count >= TRIES else 0.0
        self._sources[source] = _Source(count, now_s, now_s + wait_s)

    def right(self, source: str) -> None:
        """Note the right one."""
        self._sources.pop(source, None)

    def _forget(self, now_s: float) -> None:
        while self._sources:
            oldest = next(iter(self._sources))
            full = len(self._sources) >= SOURCES
            if not full and now_s - self._sources[oldest].at_s < FORGOTTEN_S:
                return
            del self._sources[oldest]


@dataclass(frozen=True, slots=True)
class _Source:
    wrong: int
    at_s: float
    until_s: float


def kept(path: Path, make: Callable[[], str]) -> str:
    """The text in a file that only its owner can read; made once, whoever comes first.

    Raises:
        OwnerFixable: ``settings.state`` when it can be neither read nor written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
            handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w") as file:
                file.write(make() + "\n")
            try:
                os.link(draft, path)  # atomic, and refused when another process was first
            except FileExistsError:
                pass
            finally:
                draft.unlink()
        return path.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise OwnerFixable(
            "settings.state", "The state folder cannot be used.", where=str(path)
        ) from error


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode(errors="replace")).digest()
