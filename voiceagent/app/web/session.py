"""Who has signed in: a password for each role, signed cookies, and a bound on tries.

Nothing is stored on the server but a key: a session is ``expiry.nonce.seal``, sealed with
HMAC-SHA256 (RFC 2104). The key that seals is derived from the kept key *and* the role's password,
so a new password ends all of its sessions, and a session is of the role whose key sealed it.
Workers that share a state folder know each other's sessions.
"""

from __future__ import annotations

import hmac
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from voiceagent.app.web.seal import same, seal
from voiceagent.core.clock import Clock
from voiceagent.domain.looks import Role, Visitor
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
        password: the owner's.
        key: kept secret of this installation.
        clock: the *real* time, an unshifted clock.
        secure: whether browsers reach us by https, and cookies must not travel otherwise.
        others: passwords of other roles; who has none of a role cannot sign in with it.
    """

    def __init__(
        self,
        password: str,
        key: str,
        clock: Clock,
        *,
        secure: bool,
        others: Mapping[Role, str] | None = None,
    ) -> None:
        passwords = {Role.OWNER: password, **(others or {})}
        self._passwords = passwords
        self._keys = {
            role: hmac.digest(key.encode(), text.encode(), "sha256")
            for role, text in passwords.items()
        }
        self._clock = clock
        self.secure = secure
        self.tries = Tries(clock)

    def role_for(self, password: str) -> Role | None:
        """Whose password this is, in the same time whichever it is; ``None`` when nobody's."""
        roles = [role for role, known in self._passwords.items() if same(password, known)]
        return roles[0] if roles else None

    def issue(self, role: Role = Role.OWNER) -> str:
        """A new session's cookie, of a role that has a password."""
        return self._sealed("session", SESSION_S, role)

    def visitor(self, cookie: str) -> Visitor | None:
        """Whose session of ours a cookie is; ``None`` for none and for one that has expired."""
        roles = [role for role in self._keys if self._good("session", cookie, role)]
        return Visitor(f"{roles[0].value} by password", roles[0]) if roles else None

    def form(self) -> str:
        """What a sign-in form carries twice, in a cookie and in a field."""
        return self._sealed("form", FORM_S)

    def form_valid(self, cookie: str, field: str) -> bool:
        """Whether a form came from a page of ours in the same browser."""
        return self._good("form", cookie) and same(cookie, field)

    def _sealed(self, kind: str, lasts_s: int, role: Role = Role.OWNER) -> str:
        body = f"{int(self._clock.now().timestamp()) + lasts_s}.{secrets.token_hex(16)}"
        return f"{body}.{self._seal(kind, body, role)}"

    def _good(self, kind: str, text: str, role: Role = Role.OWNER) -> bool:
        body, _, given = text.rpartition(".")
        if not same(given, self._seal(kind, body, role)):
            return False
        return int(body.partition(".")[0]) > self._clock.now().timestamp()

    def _seal(self, kind: str, body: str, role: Role) -> str:
        return seal(self._keys[role], f"{kind}:{role.value}:{body}")


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
