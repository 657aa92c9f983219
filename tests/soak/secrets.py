"""10,000 card numbers and 1,000 pairs of callers, and a search for any of it (goal R15).

    ./run soak-secrets
    ./run soak-secrets --cards 500 --canaries 50 --seed 7

The real gate, house policy, tools and a real PostgreSQL; half of the callers talk to a model, whose
prompts are searched as well. Cards are spoken, written and typed, whole and in pieces, at any
question. Each call's rows of every table are searched for eight digits of a card in a row, its logs
(at TRACE), what was said, its prompts and its recorded incident as well; in the end the whole
database for whole numbers. Not in it: sound, and traces (tests/app/ops/test_traces.py).
Exit status 1 when anything was found.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import time
from typing import Final

from loguru import logger

from tests.support.canaries import SecretsReport, a_card, found_in, kept_in_database, storm
from tests.support.postgres import state_folder
from voiceagent.store import PostgresStore
from voiceagent.store.embedded import EmbeddedPostgres

WHOLE: Final = 15
"""Digits of the shortest of the cards."""


async def whole_database(store: PostgresStore, cards: list[str]) -> list[str]:
    """Places of the database in which a whole card stands."""
    tables = await store.database.rows(
        "SELECT table_name AS t FROM information_schema.tables"
        " WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
    )
    found = []
    for row in tables:
        rows = await store.database.rows(f'SELECT t::text AS v FROM "{row["t"]}" t')  # noqa: S608
        for one in rows:
            found += [f"{row['t']}: {card}" for card in found_in(str(one["v"]), cards, WHOLE)]
    return found


async def run(dsn: str, *, cards: int, canaries: int, seed: int) -> SecretsReport:
    """The storm over a database, and the last search of all of it."""
    async with PostgresStore(dsn).opened() as store:
        report = await storm(
            store, kept_in_database(store), cards=cards, canaries=canaries, seed=seed
        )
        rng = random.Random(seed)
        given = [a_card(rng) for _ in range(cards)]
        report.leaks += await whole_database(store, given)
        return report


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="./run soak-secrets", description=__doc__.split("\n")[0])
    parser.add_argument("--cards", type=int, default=10_000)
    parser.add_argument("--canaries", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    logger.remove()
    began_s = time.monotonic()
    with state_folder() as state:
        server = EmbeddedPostgres(state)
        server.start()
        try:
            dsn = server.create_database("secrets")
            report = asyncio.run(
                run(dsn, cards=given.cards, canaries=given.canaries, seed=given.seed)
            )
        finally:
            server.stop()
    sys.stdout.write(f"{report.line}, {time.monotonic() - began_s:.0f} s, seed {given.seed}\n")
    for leak in report.leaks[:20]:
        sys.stdout.write(f"  {leak}\n")
    return 1 if report.leaks else 0


if __name__ == "__main__":
    sys.exit(main())
