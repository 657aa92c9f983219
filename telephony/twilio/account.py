"""Our side of the account at the carrier: who we are and where we can be reached from outside."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from voiceagent.errors import OwnerFixable

_SECURE = {"https": "wss", "http": "ws"}
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class TwilioAccount:
    """An account and the public address under which the carrier finds us.

    Args:
        account_sid: ``AC…``.
        auth_token: secret of the account; signs webhooks, opens the REST interface.
        public_url: scheme, host and optional path prefix of our webhooks as Twilio sees them,
            ``https://voice.example.com``. Signatures are checked against it, never against what a
            request claims. Plain http is for this machine only.
        stream_url: where the media socket is, ``wss://…``; empty means `public_url` + `media_path`.
        media_path: of the media socket; several workers behind one address have one each.

    Raises:
        OwnerFixable: ``account.…`` when one of them cannot work.
    """

    account_sid: str
    auth_token: str = field(repr=False)
    public_url: str
    stream_url: str = ""
    media_path: str = "/media"

    def __post_init__(self) -> None:
        if not self.account_sid or not self.auth_token:
            raise OwnerFixable("account.missing", "Account SID and auth token are both needed.")
        base = self.public_url.rstrip("/")
        object.__setattr__(self, "public_url", base)
        scheme = _checked(base, frozenset(_SECURE))
        default = f"{_SECURE[scheme]}{base.removeprefix(scheme)}{self.media_path}"
        object.__setattr__(self, "stream_url", self.stream_url or default)
        _checked(self.stream_url, frozenset(_SECURE.values()))

    def url(self, path: str) -> str:
        """Public URL of one of our paths (``/incoming``)."""
        return f"{self.public_url}{path}"


def check_stream_url(url: str) -> None:
    """Refuse what Twilio would: other schemes than wss, and query strings (its error 31920).

    Raises:
        OwnerFixable: ``account.bad_url``.
    """
    _checked(url, frozenset(_SECURE.values()))


def _checked(url: str, schemes: frozenset[str]) -> str:
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        raise OwnerFixable("account.bad_url", "This is not a URL.", where=url) from None
    if parts.scheme not in schemes or not host or parts.query or parts.fragment or parts.username:
        wanted = " or ".join(sorted(schemes))
        raise OwnerFixable("account.bad_url", f"A {wanted} URL without query is needed.", where=url)
    if parts.scheme in {"http", "ws"} and host not in _LOOPBACK:
        raise OwnerFixable("account.insecure_url", "The carrier needs https and wss.", where=url)
    return parts.scheme
