"""Boards and alerts on a real Prometheus that scrapes a real engine: ``./run test-dashboards``.

An engine with a database, whose ears are emulated and slow at first, is phoned by callers who are
answered, interrupt and find no place. Prometheus reads it once a second under the shipped rules.
Then every query of every board must have an answer, every rule must be one that Prometheus can
judge, the stages must add up to voice to voice, a percentile must lead to its call, Grafana must
know every field of the boards, and nine alerts are caused for real (`tests.soak.faults`).

Needs `prometheus` and `promtool` (Debian: ``apt install prometheus``); says so when they are absent
and exits with 2. Takes about seven minutes; exit status 1 when something was not as it must be.
"""

from __future__ import annotations

import asyncio
import math
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from pathlib import Path
from typing import Final, cast

import aiohttp

from deploy.boards import BOARDS
from loadtest.simulator.providers.faults import FaultName
from loadtest.simulator.script import CallerScript, DuringAgent, EndCall, PlayWav, ScriptStep
from tests.integration.stage import recording, turns, until
from tests.soak.faults import FAULTS, many_calls
from tests.soak.grafana_schema import unknown_fields
from tests.support.ears import emulated_ears
from tests.support.live import Live, live_engine
from tests.support.postgres import state_folder
from voiceagent.app.cli.phone import free_port
from voiceagent.app.ops.watch import EXEMPLAR
from voiceagent.store.embedded import EmbeddedPostgres

RULES: Final = Path("deploy/prometheus")
SCRAPE_S: Final = 1
PLACES: Final = 3
WITHIN: Final = 0.02
"""How much the stages may differ from the whole."""

BUDGET: Final = 50.0
DEAF_CALLS: Final = 8
NOBODY: Final = "http://127.0.0.1:9"
"""An address where nobody listens."""

ALERT_S: Final = 150.0
"""How long an alert may take to fire: its `for`, and some scrapes."""

Json = Mapping[str, object]


class Prometheus:
    """A running Prometheus.

    Args:
        url: of its web page.
        http: a session.
    """

    def __init__(self, url: str, http: aiohttp.ClientSession) -> None:
        self._url = url
        self._http = http

    async def get(self, path: str, **params: str) -> Json:
        """`data` of an answer of the HTTP API (https://prometheus.io/docs/prometheus/latest/querying/api/)."""
        async with self._http.get(f"{self._url}/api/v1/{path}", params=params) as answer:
            body = await answer.json()
        if body["status"] != "success":
            raise LookupError(f"{path}: {body.get('error')}")
        return cast("Json", body["data"])

    async def values(self, expr: str) -> list[float]:
        """What an expression comes to now."""
        data = await self.get("query", query=expr)
        results = cast("list[dict[str, tuple[float, str]]]", data["result"])
        return [float(one["value"][1]) for one in results]

    async def exemplars(self, series: str) -> list[str]:
        """CallSids of the exemplars of the last minutes."""
        end = time.time()
        data = await self.get("query_exemplars", query=series, start=str(end - 600), end=str(end))
        groups = cast("list[dict[str, list[dict[str, dict[str, str]]]]]", data)
        return [one["labels"][EXEMPLAR] for group in groups for one in group["exemplars"]]

    async def firing(self) -> set[str]:
        """Names of the alerts that fire now."""
        alerts = cast("list[dict[str, object]]", (await self.get("alerts"))["alerts"])
        labels = (
            cast("dict[str, str]", one["labels"]) for one in alerts if one["state"] == "firing"
        )
        return {one["alertname"] for one in labels}


@asynccontextmanager
async def prometheus(folder: Path, target: str) -> AsyncIterator[Prometheus]:
    """One that scrapes `target` under the shipped rules, for a block."""
    (folder / "rules.yml").write_text((RULES / "rules.yml").read_text())
    config = (RULES / "prometheus.yml").read_text()
    shipped = 'targets: ["voiceagent:8080"]'
    assert shipped in config
    config = config.replace(shipped, f'targets: ["{target}"]').replace(": 5s", f": {SCRAPE_S}s")
    (folder / "prometheus.yml").write_text(config)
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        *("prometheus", "--enable-feature=exemplar-storage"),
        *(f"--config.file={folder}/prometheus.yml", "--log.level=error"),
        *(f"--storage.tsdb.path={folder}/data", f"--web.listen-address=127.0.0.1:{port}"),
    )
    try:
        async with aiohttp.ClientSession() as http:
            yield Prometheus(f"http://127.0.0.1:{port}", http)
    finally:
        process.terminate()
        await process.wait()


async def comes_to_hold(holds: Callable[[], Awaitable[bool]], within_s: float) -> bool:
    """Whether something comes to hold in time; a Prometheus that starts answers nothing yet."""

    async def answer() -> bool:
        with suppress(aiohttp.ClientError, LookupError):
            return await holds()
        return False

    try:
        return bool(await until(answer, within_s=within_s, every_s=1.0))
    except TimeoutError:
        return False


async def phoned(live: Live) -> None:
    """One who books, and one who interrupts."""
    polite: list[ScriptStep] = [
        *(PlayWav(turn) for turn in turns("reference", range(1, 10))),
        EndCall(),
    ]
    hasty: list[ScriptStep] = [
        PlayWav(recording("reference/awb/02"), DuringAgent(1500)),
        PlayWav(recording("reference/awb/04")),
        EndCall(),
    ]
    await asyncio.gather(
        live.phone(CallerScript(polite), caller="+15551230041"),
        live.phone(CallerScript(hasty), caller="+15551230061"),
    )


async def unanswered(found: Prometheus) -> list[str]:
    """Panels of which a query has no answer, or none that is a number.

    A percentile of nothing is no number: a histogram that has counted nothing yet may say so.
    """
    missing = []
    for board in BOARDS:
        for panel in board.panels:
            for query in panel.queries:
                expr = query.expr.replace("$__rate_interval", "10m").replace("$__range", "10m")
                values = await found.values(expr)
                shown = any(math.isfinite(value) for value in values)
                if not shown and not (values and await counted_nothing(found, expr)):
                    missing.append(f"{board.slug} / {panel.title}: {query.expr}")
    return missing


async def counted_nothing(found: Prometheus, expr: str) -> bool:
    """Whether an expression asks for a percentile of a histogram that is there and empty."""
    histogram = re.search(r"histogram_quantile.*\b(voiceagent_\w+)_bucket", expr)
    return histogram is not None and await found.values(f"sum({histogram[1]}_count)") == [0.0]


async def sick_rules(found: Prometheus) -> list[str]:
    """Rules that Prometheus could not judge."""
    groups = cast("list[dict[str, list[dict[str, str]]]]", (await found.get("rules"))["groups"])
    rules = [rule for group in groups for rule in group["rules"]]
    assert rules
    return [rule["name"] for rule in rules if rule["health"] != "ok"]


class Findings:
    """What held and what did not, as it is found."""

    def __init__(self) -> None:
        self.failed = 0

    def tell(self, what: str, wrong: object) -> None:
        """One line; `wrong` is empty when all is well."""
        self.failed += bool(wrong)
        print(f"{'MISSED' if wrong else 'ok':7}{what}{f': {wrong}' if wrong else ''}", flush=True)  # noqa: T201


async def watched(folder: Path, postgres: EmbeddedPostgres) -> int:
    """All of it; how many things were not as they must be."""
    findings = Findings()
    budget = {"DAILY_BUDGET_DOLLARS": str(BUDGET)}
    async with (
        emulated_ears(*[FaultName.SLOW_FIRST_BYTE] * 2) as ears,
        live_engine(postgres, folder, ears={**ears, **budget}, max_calls=PLACES) as live,
        prometheus(folder, live.engine.url.removeprefix("http://")) as found,
    ):
        up = await comes_to_hold(lambda: _is(found, "up"), 60.0)
        findings.tell("Prometheus scrapes the engine", "" if up else "it does not")
        await phoned(live)
        await asyncio.sleep(15.0)
        findings.tell("every query of every board has an answer", await unanswered(found))
        findings.tell("every rule can be judged", await sick_rules(found))
        findings.tell("no alert fires for a healthy engine", await found.firing())
        findings.tell("the stages add up to voice to voice", await difference(found))
        findings.tell("a percentile leads to its call", await no_way_to_a_call(found, live))
        for alert, why, cause in FAULTS:
            await cause(live)
            await _fires(found, findings, alert, why)
    deaf = {
        "STT_PROVIDER": "deepgram,deepgram-flux",
        "DEEPGRAM_API_KEY": "x",
        "DEEPGRAM_URL": NOBODY,
    }
    async with (
        live_engine(postgres, folder, ears=deaf, max_calls=DEAF_CALLS) as live,
        prometheus(new_folder(folder), live.engine.url.removeprefix("http://")) as found,
    ):
        await comes_to_hold(lambda: _is(found, "up"), 60.0)
        await many_calls(live, 1)
        await _fires(found, findings, "VoiceagentNobodyLeft", "no recogniser can be reached")
        await many_calls(live, DEAF_CALLS)
        await _fires(found, findings, "VoiceagentProviderFails", "one was left in many calls")
    return findings.failed


def new_folder(folder: Path) -> Path:
    """Another one, for another Prometheus."""
    made = folder / "second"
    made.mkdir()
    return made


async def difference(found: Prometheus) -> str:
    """By how much the stages' sum and the whole differ, where that is more than `WITHIN`."""
    stages = await found.values("sum(voiceagent_turn_stage_seconds_sum)")
    whole = await found.values("sum(voiceagent_turn_voice_to_voice_seconds_sum)")
    share = abs(stages[0] - whole[0]) / whole[0]
    return f"{share:.1%}" if share > WITHIN else ""


async def no_way_to_a_call(found: Prometheus, live: Live) -> str:
    """What is in the way from a dot on the board to the call's page; empty when nothing is."""
    exemplars = await found.exemplars("voiceagent_turn_voice_to_voice_seconds_bucket")
    if not exemplars:
        return "Prometheus keeps no exemplar"
    page = f"{live.engine.url}/console/calls/{exemplars[-1]}"
    async with aiohttp.ClientSession() as http, http.get(page) as answer:
        shown = await answer.text()
    return "" if answer.status == HTTPStatus.OK and "<h1" in shown else f"{page}: {answer.status}"


async def _is(found: Prometheus, expr: str) -> bool:
    return await found.values(expr) == [1.0]


async def _fires(found: Prometheus, findings: Findings, alert: str, why: str) -> None:
    async def fires() -> bool:
        return alert in await found.firing()

    fired = await comes_to_hold(fires, ALERT_S)
    findings.tell(f"{alert}: {why}", "" if fired else "it does not fire")


def told_fields() -> int:
    """Fields of the boards that Grafana does not know; how many."""
    unknown = unknown_fields()
    Findings().tell("Grafana knows every field of the boards", unknown)
    return len(unknown)


def main() -> int:
    """Run it."""
    if missing := [one for one in ("prometheus", "promtool") if shutil.which(one) is None]:
        print(f"This needs {' and '.join(missing)} (Debian: apt install prometheus).")  # noqa: T201
        return 2
    for command in (["check", "rules", "rules.yml"], ["test", "rules", "rules_test.yml"]):
        if subprocess.run(["promtool", *command], cwd=RULES, check=False).returncode:
            return 1
    with state_folder() as state, tempfile.TemporaryDirectory() as folder:
        server = EmbeddedPostgres(state, durable=False)
        server.start()
        try:
            failed = asyncio.run(watched(Path(folder), server))
            return 1 if failed + told_fields() else 0
        finally:
            server.stop()


if __name__ == "__main__":
    sys.exit(main())
