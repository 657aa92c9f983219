"""A database for one try-out, so that every run starts the same (docs/decisions/0004)."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from voiceagent.app.composition import database_for
from voiceagent.app.settings import Settings
from voiceagent.store.embedded import EmbeddedPostgres


@contextmanager
def database(settings: Settings, *, keep: bool) -> Iterator[str]:
    """DSN of a migrated database for a block; a fresh one is dropped at its end.

    Args:
        settings: a configured ``DATABASE_URL`` is used as it is.
        keep: use the engine's own database.
    """
    if keep or settings.has_database:
        yield database_for(settings)
        return
    server = EmbeddedPostgres(settings.state_dir)
    server.start()
    name = f"tryout_{secrets.token_hex(6)}"
    try:
        yield server.create_database(name)
    finally:
        server.drop_database(name)
