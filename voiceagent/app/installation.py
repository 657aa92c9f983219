"""What is this installation's own: its address, its key, its passwords, and what it signs with.

What no setting gives is made once and kept in the state folder, the same for all workers.
"""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import NamedTuple

from voiceagent.app.settings import Settings
from voiceagent.app.web.access import Access
from voiceagent.app.web.bearers import Bearers
from voiceagent.app.web.proxy_sign_in import ProxySignIn
from voiceagent.app.web.session import Sessions, kept
from voiceagent.core.clock import SystemClock
from voiceagent.domain.looks import Role
from voiceagent.domain.setting_values import roles_of
from voiceagent.errors import OwnerFixable
from voiceagent.ports.api_tokens import ApiTokens


def public_url(settings: Settings) -> str:
    """Where the carrier finds us; this machine's own address when nothing else is configured."""
    return settings.public_url or f"http://127.0.0.1:{settings.port}"


SIGN_IN_HINT = (
    "The password is the setting CONSOLE_PASSWORD, or the text of the file console-password "
    "in the state folder."
)


def access_for(settings: Settings, tokens: ApiTokens | None = None) -> tuple[Access, Sessions]:
    """Who may see what, and who has signed in; the password is made on first use.

    Args:
        settings: the engine's.
        tokens: of the business's other systems, beside the one of the settings.

    Raises:
        OwnerFixable: ``settings.state`` when the state folder cannot keep them.
    """
    password = settings.console_password.get_secret_value() or kept(
        password_file(settings), lambda: secrets.token_urlsafe(18)
    )
    given = {
        Role.OPERATOR: settings.console_operator_password.get_secret_value(),
        Role.VIEWER: settings.console_viewer_password.get_secret_value(),
    }
    sessions = Sessions(
        password,
        installation_key(settings),
        SystemClock(),
        secure=public_url(settings).startswith("https:"),
        others={role: text for role, text in given.items() if text},
    )
    access = Access(
        listener=settings.host,
        public_url=settings.public_url,
        sessions=sessions,
        metrics_token=settings.metrics_token.get_secret_value(),
        bearers=Bearers(settings.api_token.get_secret_value(), tokens, SystemClock().monotonic),
        proxy=_proxy_sign_in(settings),
    )
    return access, sessions


def _proxy_sign_in(settings: Settings) -> ProxySignIn | None:
    if not settings.console_user_header:
        return None
    roles = roles_of(settings.console_roles)
    return ProxySignIn(settings.console_user_header, roles, settings.proxies)


def installation_key(settings: Settings) -> str:
    """What this installation seals with, the same for all its workers; made on first use.

    Raises:
        OwnerFixable: ``settings.state`` when the state folder cannot keep it.
    """
    return kept(settings.state_dir / "console-key", lambda: secrets.token_hex(32))


def password_file(settings: Settings) -> Path:
    """Where the console's password is kept when no setting gives one."""
    return settings.state_dir / "console-password"


SECRETS_FILE = "local-secrets.json"


class LocalSecrets(NamedTuple):
    """What this installation signs with when no provider gave it a secret; made once, kept."""

    account_sid: str
    auth_token: str
    payment_secret: str


def local_secrets(state_dir: Path) -> LocalSecrets:
    """Those of the local carrier and payment page, made on first use."""
    path = state_dir / SECRETS_FILE

    def made() -> str:
        account_sid, payment_secret = secrets.token_hex(16), secrets.token_hex(24)
        fresh = LocalSecrets(
            account_sid=f"AC{account_sid}",
            auth_token=secrets.token_hex(16),
            payment_secret=f"whsec_local_{payment_secret}",
        )
        return json.dumps(fresh._asdict())

    try:
        return LocalSecrets(**json.loads(kept(path, made)))
    except (ValueError, TypeError):
        raise OwnerFixable(
            "settings.state",
            "This file is damaged; remove it, and a new one is made.",
            where=str(path),
        ) from None
