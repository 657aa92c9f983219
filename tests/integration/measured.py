"""Calls that are placed for what can be measured on them, on an engine of their own."""

from __future__ import annotations

import asyncio
import re
import shutil
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

import aiohttp

from loadtest.simulator.providers.serving import listening
from loadtest.simulator.script import CallerScript, DuringAgent, EndCall, PlayWav, ScriptStep
from tests.integration.stage import Row, Stage, recording, rows, turns, until
from tests.support.live import Live
from tests.support.otlp import OtlpReceiver
from voiceagent.app.cli.phone import PhoneCall
from voiceagent.app.web.health import OPEN_METRICS

TOLD = {"LOG_FORMAT": "json", "CALL_RECORDING": "on"}
_OVER = re.compile(r"^voiceagent_calls_total\{[^}]*\} (\S+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Measured:
    """A call, and its answered turns as the database holds them, in order."""

    call: PhoneCall
    answered: list[Row]


@dataclass(frozen=True, slots=True)
class Evening:
    """Two polite callers, and one who interrupts; what the engine published and kept of it.

    `page` is of ``/metrics`` · `answered`: rows of `agent_turns` with a voice-to-voice time, of all
    three · `log`: the engine's lines · `traces`: where its spans came in · `secrets`: a key of the
    engine's, and the callers' numbers.
    """

    polite: list[Measured]
    interrupting: PhoneCall
    page: str
    answered: list[Row]
    ended: list[Row]
    log: list[str]
    traces: OtlpReceiver
    page_with_exemplars: str
    secrets: tuple[str, ...]
    listened: bytes
    recordings: Path
    ranged: Ranged


@dataclass(frozen=True, slots=True)
class Ranged:
    """How a part of a recording was answered, and who is said to have looked."""

    status: int
    content_range: str
    body: bytes
    looks: list[str]


async def measured_calls(stage: Stage) -> Evening:
    """All at once; the polite ones take short turns that nobody could take for two."""
    scripts: dict[str, list[ScriptStep]] = {
        "+15551230041": [
            *(PlayWav(turn) for turn in turns("reference", [2, 4, 5, 6, 8])),
            EndCall(),
        ],
        "+15551230042": [
            *(PlayWav(turn) for turn in turns("hours", [1, 2]) + turns("reference", [7, 9])),
            EndCall(),
        ],
        "+15551230061": [
            PlayWav(recording("reference/awb/02"), DuringAgent(1500)),
            PlayWav(recording("reference/awb/04")),
            EndCall(),
        ],
    }
    receiver = OtlpReceiver()
    async with (
        listening(receiver.app()) as otlp,
        stage.engine("measured", more=TOLD | {"OTEL_EXPORTER_OTLP_ENDPOINT": otlp}) as live,
    ):
        listening_in = asyncio.ensure_future(listened(live, next(iter(scripts))))
        calls = await asyncio.gather(
            *(live.phone(CallerScript(steps), caller=caller) for caller, steps in scripts.items())
        )
        query = (
            "SELECT t.* FROM agent_turns t JOIN calls c ON c.id = t.call_id "
            "WHERE call_sid = $1 AND v2v_ms IS NOT NULL ORDER BY idx"
        )
        polite = [
            Measured(call, await rows(live.store, query, call.report.call_sid))
            for call in calls[:2]
        ]
        page = await until(lambda: page_after(live, len(calls)), within_s=20, every_s=0.5)
        timed = "SELECT * FROM agent_turns WHERE v2v_ms IS NOT NULL"
        over = "SELECT *, extract(epoch FROM ended_at - started_at) AS seconds FROM calls"
        return Evening(
            polite,
            calls[2],
            page,
            await rows(live.store, timed),
            await rows(live.store, over),
            live.log.read_text(errors="replace").splitlines(),
            await until(lambda: traces_of(receiver, len(calls)), within_s=20, every_s=0.5),
            await page_after(live, len(calls), accept=OPEN_METRICS),
            (live.carrier.auth_token, *scripts),
            await listening_in,
            shutil.copytree(live.settings.state_dir / "recordings", stage.folder("kept") / "all"),
            await ranged(live, calls[0].report.call_sid),
        )


async def listened(live: Live, caller: str) -> bytes:
    """Both sides of a call, as somebody who listens in gets them."""

    async def on_a_line() -> str | None:
        query = "SELECT call_sid FROM calls WHERE from_number = $1"
        found = await rows(live.store, query, caller)
        return str(found[0]["call_sid"]) if found else None

    async with aiohttp.ClientSession() as http:
        sid = await until(on_a_line, within_s=30)
        path = f"{live.engine.url}/calls/0/{sid}/sound"

        async def let_in() -> aiohttp.ClientResponse | None:
            answer = await http.get(path)
            return answer if answer.status == HTTPStatus.OK else None

        answer = await until(let_in, within_s=30, every_s=0.2)
        async with answer:
            return bytes(await answer.read())


async def ranged(live: Live, call_sid: str) -> Ranged:
    """A part of a recording over HTTP."""
    url = f"{live.engine.url}/console/calls/{call_sid}/recording"
    async with (
        aiohttp.ClientSession() as http,
        http.get(url, headers={"Range": "bytes=100-1099"}) as answer,
    ):
        body = await answer.read()
    query = "SELECT what FROM looks WHERE about = $1 ORDER BY at"
    looks = [str(row["what"]) for row in await rows(live.store, query, call_sid)]
    return Ranged(answer.status, answer.headers.get("Content-Range", ""), body, looks)


async def page_after(live: Live, calls: int, *, accept: str = "*/*") -> str:
    """What the engine publishes once so many calls are over; empty before."""
    url, headers = f"{live.engine.url}/metrics", {"Accept": accept}
    async with aiohttp.ClientSession() as http, http.get(url, headers=headers) as answer:
        page = await answer.text()
    over = sum(float(count) for count in _OVER.findall(page))
    return page if over >= calls else ""


async def traces_of(receiver: OtlpReceiver, calls: int) -> OtlpReceiver | None:
    """Where spans came in, once the lines of so many calls have one."""
    closed = sum(span.name == "socket" for span in receiver.spans)
    return receiver if closed >= calls else None
