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
"""Wrong passwords in a row before it takes patience."""

TRY_EVERY_S: Final = 6.0
"""After that, one try in this time: at most 14,400 a day for each worker."""


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
    """A bucket of tries that fills up again; shared by all visitors, as addresses can be many.

    Args:
        clock: measures the filling.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._left = float(TRIES)
        self._at = clock.monotonic()

    def wait_s(self) -> float:
        """Seconds until the next try is allowed; 0 when it is now."""
        self._fill()
        return max(0.0, (1.0 - self._left) * TRY_EVERY_S)

    def spend(self) -> None:
        """Note a wrong password."""
        self._fill()
        self._left = max(0.0, self._left - 1.0)

    def _fill(self) -> None:
        now = self._clock.monotonic()
        self._left = min(float(TRIES), self._left + (now - self._at) / TRY_EVERY_S)
        self._at = now


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
