"""Throw requests that Schemathesis draws of the OpenAPI document at a served engine.

    ./run fuzz-api [--cases 12000] [--seed 1] [--minutes 15]

The engine is `serve` with everything behind it, on a PostgreSQL of its own; each request brings the
token that has the scope it needs and no other, one in ten a token with all but that, one in twenty
none (`tests.fuzz.api_hooks`). Assets and orders are there before it begins. It draws what the
document allows and what it does not, each route by itself and in chains along the document's links,
until so many were sent. No 5xx, no status or body that the document does not have, no route without
its scope. Exit status 1 for any of it; the request is printed as a line of curl.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import secrets
import signal
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import aiohttp

from tests.support.postgres import state_folder
from tests.support.rooms import FRIDAY_NIGHT
from voiceagent.domain.api_tokens import ApiScope, new_token
from voiceagent.store import PostgresStore
from voiceagent.store.embedded import EmbeddedPostgres

PORT: Final = 18_471
ROOT: Final = Path(__file__).parents[2]
EXAMPLES: Final = 40
"""Requests of a route in one round."""

MUST_WORK: Final = frozenset(
    {
        "PUT /assets/{asset_id}",
        "POST /book",
        "PATCH /resched/{order_id}",
        "POST /memory",
        "POST /msg",
    }
)
"""Routes that at least one request must have got through to the end of."""

CHECKS: Final = (
    "not_a_server_error,status_code_conformance,content_type_conformance,"
    "response_headers_conformance,response_schema_conformance,scoped"
)


@asynccontextmanager
async def served(dsn: str, state: Path) -> AsyncIterator[str]:
    """The engine on a database, for a block; its address."""
    url = f"http://127.0.0.1:{PORT}"
    environment = {
        **os.environ,
        "DATABASE_URL": dsn,
        "VOICEAGENT_STATE": str(state),
        "LOG_LEVEL": "WARNING",
        "API_TOKEN": secrets.token_urlsafe(24),  # no request brings it
    }
    command = ["-m", "voiceagent", "serve", "--port", str(PORT), "--now", FRIDAY_NIGHT.isoformat()]
    process = await asyncio.create_subprocess_exec(sys.executable, *command, env=environment)
    try:
        async with aiohttp.ClientSession() as http:
            while process.returncode is None:
                try:
                    async with http.get(f"{url}/health"):
                        break
                except aiohttp.ClientError:
                    await asyncio.sleep(0.2)
        yield url
    finally:
        for _ in range(2):  # the second one ends what is left
            if process.returncode is None:
                process.send_signal(signal.SIGTERM)
                await asyncio.sleep(0.2)
        await process.wait()


async def tokens_of(store: PostgresStore) -> dict[str, str]:
    """For each scope a token that has no other, and one that has all others."""
    tokens: dict[str, str] = {}
    for scope in ApiScope:
        others = frozenset(ApiScope) - {scope}
        for name, scopes in ((scope.value, {scope}), (f"all but {scope.value}", others)):
            made = new_token()
            lasts = timedelta(days=1)
            await store.api_tokens.add(made, name, scopes, per_minute=1_000_000, lasts=lasts)
            tokens[name] = made.text
    return tokens


async def seeded(url: str, token: str) -> dict[str, list[str]]:
    """Customers with assets, and a visit of each; what requests may name."""
    known: dict[str, list[str]] = {
        "asset_id": [],
        "customer_id": [],
        "order_id": [],
        "code": [],
        "phone": [f"+1937555{place:04}" for place in range(2000, 2006)],
        "address": ["123 Oak Street, Springfield, OH 45501"],
        "zip": ["45501", "45502"],
        "service_type": ["repair", "maintenance"],
        "device_type": ["ac", "thermostat"],
        "fault": ["filter_due"],
        "symptom": ["AC not cooling", "I smell gas"],
        "SLA_pref": ["emergency", "same_day", "next_day", "flexible"],
        "channel": ["sms", "webchat", "email"],
        "text": ["My AC died", "STOP", "START", "No gas smell", "4242 4242 4242 4242"],
        "offer_type": ["home-advantage-tag"],
        "date": [f"2025-09-{day:02}" for day in (3, 4, 9, 10, 16, 17, 23)],
    }
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as http:
        for place, phone in enumerate(known["phone"]):
            asset = {
                "service_type": "repair",
                "device_type": ("ac", "thermostat")[place % 2],
                "customer": {
                    "name": f"Ann Number {'ABCDEF'[place]}",
                    "phone": phone,
                    "address": "123 Oak Street, Springfield, OH 45501",
                },
            }
            name = f"unit-{place}"
            async with http.put(f"{url}/assets/{name}", json=asset) as answer:
                kept = await answer.json()
                if answer.status != 200:
                    raise RuntimeError(kept)
            book = {"asset_id": name, "SLA_pref": "flexible", "symptom": "AC not cooling"}
            key = {"Idempotency-Key": name}
            async with http.post(f"{url}/book", json=book, headers=key) as answer:
                visit = await answer.json()
                if answer.status != 200:
                    raise RuntimeError(visit)
            known["asset_id"].append(name)
            known["customer_id"].append(kept["customer_id"])
            known["order_id"].append(visit["order_id"])
            known["code"].append(visit["code"])
    return known


async def round_of(
    url: str, given: dict[str, Any], folder: Path, left_s: float
) -> tuple[int, Counter[str]]:
    """One round of Schemathesis: its exit status, and how often what was answered."""
    told = folder / "told.json"
    (folder / "given.json").write_text(json.dumps(given), encoding="utf-8")
    environment = {
        **os.environ,
        "SCHEMATHESIS_HOOKS": "tests.fuzz.api_hooks",
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
        "API_FUZZ_GIVEN": str(folder / "given.json"),
        "API_FUZZ_TOLD": str(told),
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()"),
        *("run", f"{url}/openapi.json", "--checks", CHECKS, "--seed", str(given["seed"])),
        *("--max-examples", str(EXAMPLES), "--workers", "1", "--no-shrink", "--warnings", "off"),
        *("--suppress-health-check", "all", "--continue-on-failure", "--no-color"),
        *("--request-timeout", "30"),
        env=environment,
        cwd=folder,  # it leaves a cache where it is
    )
    try:
        async with asyncio.timeout(left_s):
            status = await process.wait()
    except TimeoutError:
        process.send_signal(signal.SIGINT)
        await process.wait()
        status = 0  # the report says that there were too few
    return status, Counter(json.loads(told.read_text(encoding="utf-8")))


async def fuzzed(cases: int, seed: int, minutes: float) -> int:
    """All of it; the command's exit status."""
    answers: Counter[str] = Counter()
    began_s, failed = time.monotonic(), False
    with state_folder() as folder:
        postgres = EmbeddedPostgres(folder)
        await asyncio.to_thread(postgres.start)
        name = f"fuzz_{os.getpid()}"
        dsn = await asyncio.to_thread(postgres.create_database, name)
        try:
            async with AsyncExitStack() as stack:
                store = await stack.enter_async_context(PostgresStore(dsn).opened())
                tokens = await tokens_of(store)
                url = await stack.enter_async_context(served(dsn, folder))
                known = await seeded(url, tokens[ApiScope.BOOKINGS.value])
                while answers.total() < cases and not failed:
                    left_s = minutes * 60 - (time.monotonic() - began_s)
                    if left_s <= 0:
                        break
                    given = {"seed": seed, "tokens": tokens, "known": known}
                    status, counted = await round_of(url, given, folder, left_s)
                    answers += counted
                    failed, seed = status != 0, seed + 1
        finally:
            await asyncio.to_thread(postgres.drop_database, name)
    return report(answers, cases, failed=failed, took_s=time.monotonic() - began_s)


def report(answers: Counter[str], cases: int, *, failed: bool, took_s: float) -> int:
    """Say what was answered; the exit status."""
    say = print
    for what, count in sorted(answers.items()):
        say(f"{count:6} {what}")
    worked = {what.rpartition(" ")[0] for what in answers if what.endswith(" 200")}
    missed = sorted(MUST_WORK - worked)
    for one in missed:
        say(f"no request got through {one}")
    enough = answers.total() >= cases
    word = "something was answered WRONGLY" if failed else "none answered wrongly"
    say(f"{answers.total()} requests in {took_s:.0f} s: {word}.{'' if enough else ' Too few.'}")
    return int(failed or bool(missed) or not enough)


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="./run fuzz-api", description=__doc__)
    parser.add_argument("--cases", type=int, default=12_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=15.0, help="stop after so many")
    given = parser.parse_args()
    return asyncio.run(fuzzed(given.cases, given.seed, given.minutes))


if __name__ == "__main__":
    sys.exit(main())
