"""A whole engine in a process of its own, phoned over the carrier protocol."""

from __future__ import annotations

import os
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from loadtest.simulator.script import CallerScript
from voiceagent.app.cli import phone
from voiceagent.app.settings import Settings
from voiceagent.domain.business import Business
from voiceagent.domain.business_file import load_business
from voiceagent.store import PostgresStore
from voiceagent.store.embedded import EmbeddedPostgres

REFERENCE_NOW = "2025-08-29T20:05:00-04:00"
BUSINESS = Path("business/coolcare.toml")
POCKETSPHINX_ALONE = {"STT_PROVIDER": "pocketsphinx"}
"""The cheapest ears there are, for tests that only need any."""


@dataclass(frozen=True, slots=True)
class Live:
    """A running engine and everything around it."""

    engine: phone.RunningEngine
    carrier: phone.LocalCarrier
    store: PostgresStore
    business: Business
    settings: Settings
    log: Path

    async def phone(
        self, script: CallerScript, *, caller: str = "+15551230000", record_to: Path | None = None
    ) -> phone.PhoneCall:
        """Place one call."""
        return await phone.phone(
            self.engine,
            self.carrier,
            self.store,
            self.business,
            script,
            caller=caller,
            record_to=record_to or self.log.with_name(f"call-{secrets.token_hex(4)}.wav"),
            on_event=lambda _: None,
        )


@asynccontextmanager
async def live_engine(
    postgres: EmbeddedPostgres,
    folder: Path,
    *,
    now: str = REFERENCE_NOW,
    business: Path = BUSINESS,
    dsn: str | None = None,
    workers: int = 1,
    max_calls: int = 20,
    drain_s: float = 900.0,
    ears: Mapping[str, str] | None = None,
) -> AsyncIterator[Live]:
    """An engine on a fresh database (or on `dsn`), with its carrier and an opened store.

    It hears by what the settings `ears` choose, by pocketsphinx otherwise: these tests are about
    calls, and run beside others.
    """
    os.environ.setdefault("RESUME_GRACE_S", "0")  # a restarted engine settles old calls at once
    # Other engines start and other tests run beside it: a voice that stands back would starve.
    os.environ.setdefault("SPEECH_NICENESS", "0")
    name = f"live_{secrets.token_hex(6)}"
    own = dsn or postgres.create_database(name)
    state = Path(".state")  # shares the built language model with the commands
    settings = Settings(
        business=business,
        start_time=now,
        database_url=own,
        state_dir=state,
        workers=workers,
        max_calls=max_calls,
        drain_minutes=drain_s / 60.0,
        hand_off="cold",  # leads of the simulator ring out unless a test tells them what to do
    )
    log = folder / "engine.log"
    hears = ears or POCKETSPHINX_ALONE
    try:
        async with (
            phone.carrier() as carrier,
            phone.running_engine(settings, own, carrier, log=log, providers=hears) as engine,
            PostgresStore(own).opened() as store,
        ):
            yield Live(engine, carrier, store, load_business(business), settings, log)
    finally:
        if dsn is None:
            postgres.drop_database(name)
