"""10,000 card numbers and 1,000 pairs of callers, and a search for any of it (goal R15).

    ./run soak-secrets
    ./run soak-secrets --cards 500 --canaries 50 --seed 7
    ./run soak-secrets --texts

The real gate, house policy, tools and a real PostgreSQL; half of the callers talk to a model, whose
prompts are searched as well. Cards are spoken, written and typed, whole and in pieces, at any
question. Each call's rows of every table are searched for eight digits of a card in a row, as are
its logs (at TRACE), what watchers are shown, its spans, prompts and recorded incident; in the end
the whole database for whole numbers. Not in it: sound, for which there is
tests/pipelines/test_cards_leave_nothing.py. Every core has a share of the callers, on one database.
With --texts the same in messages on every written channel, to the real desk, without spans.
Exit status 1 when anything was found.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Final

from loguru import logger

from tests.support.canaries import (
    AT_ONCE,
    SecretsReport,
    a_card,
    found_in,
    kept_in_database,
    storm,
    windows_of,
)
from tests.support.postgres import state_folder
from tests.support.secret_writers import texts_storm, writings_in_database
from voiceagent.store import Limits, PostgresStore
from voiceagent.store.embedded import EmbeddedPostgres

WHOLE: Final = 15
"""Digits of the shortest of the cards."""


async def whole_database(store: PostgresStore, cards: list[str]) -> list[str]:
    """Places of the database in which a whole card stands."""
    tables = await store.database.rows(
        "SELECT table_name AS t FROM information_schema.tables"
        " WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
    )
    found, known = [], windows_of(cards, WHOLE)
    for row in tables:
        rows = await store.database.rows(f'SELECT t::text AS v FROM "{row["t"]}" t')  # noqa: S608
        for one in rows:
            found += [f"{row['t']}: {card}" for card in found_in(str(one["v"]), known, WHOLE)]
    return found


PATIENT: Final = Limits(connections=AT_ONCE, acquire_s=60, lock_s=30, statement_s=60, client_s=90)
"""A crowded machine is no reason to lose a caller."""


@dataclass(frozen=True, slots=True)
class Share:
    """What one process does."""

    dsn: str
    cards: int
    canaries: int
    seed: int
    texts: bool = False

    @property
    def given(self) -> list[str]:
        """The cards that its callers give."""
        rng = random.Random(self.seed)
        if self.texts:
            return []  # they are searched for with what their writers left
        return [a_card(rng) for _ in range(self.cards)]


def done(share: Share) -> SecretsReport:
    """One process's callers."""
    logger.remove()

    async def work() -> SecretsReport:
        async with PostgresStore(share.dsn, limits=PATIENT).opened() as store:
            if share.texts:
                return await texts_storm(
                    store,
                    writings_in_database(store),
                    cards=share.cards,
                    canaries=share.canaries,
                    seed=share.seed,
                )
            return await storm(
                store,
                kept_in_database(store),
                cards=share.cards,
                canaries=share.canaries,
                seed=share.seed,
            )

    return asyncio.run(work())


def run(dsn: str, *, cards: int, canaries: int, seed: int, texts: bool = False) -> SecretsReport:
    """The storm over a database, and the last search of all of it."""
    cores = os.cpu_count() or 1
    shares = [
        Share(dsn, cards // cores, canaries // cores, seed * cores + at, texts)
        for at in range(cores - 1)
    ]
    rest = cores - 1
    left = cards - rest * (cards // cores), canaries - rest * (canaries // cores)
    shares.append(Share(dsn, *left, seed * cores + rest, texts))
    whole = SecretsReport()
    with ProcessPoolExecutor(cores, mp_context=get_context("spawn")) as pool:
        for report in pool.map(done, shares):
            whole += report

    async def search() -> list[str]:
        async with PostgresStore(dsn, limits=PATIENT).opened() as store:
            return await whole_database(store, [card for one in shares for card in one.given])

    whole.leaks += asyncio.run(search())
    return whole


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="./run soak-secrets", description=__doc__.split("\n")[0])
    parser.add_argument("--cards", type=int, default=10_000)
    parser.add_argument("--canaries", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--texts", action="store_true", help="in messages, on every channel")
    given = parser.parse_args()
    logger.remove()
    began_s = time.monotonic()
    with state_folder() as state:
        server = EmbeddedPostgres(state)
        server.start()
        try:
            dsn = server.create_database("secrets")
            report = run(
                dsn,
                cards=given.cards,
                canaries=given.canaries,
                seed=given.seed,
                texts=given.texts,
            )
        finally:
            server.stop()
    sys.stdout.write(f"{report.line}, {time.monotonic() - began_s:.0f} s, seed {given.seed}\n")
    for leak in report.leaks[:40]:
        sys.stdout.write(f"  {leak}\n")
    return 1 if report.leaks else 0


if __name__ == "__main__":
    sys.exit(main())
