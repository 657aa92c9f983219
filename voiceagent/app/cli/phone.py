"""``call`` and ``demo``: phone an engine of one's own over the real carrier protocol.

The engine runs in a process of its own, started with the credentials of a local carrier; the
carrier and the caller run in this one. So the caller measures from the other end of the wire, and
nothing it does can make the engine look faster than it is.
"""

from __future__ import annotations

import asyncio
import functools
import os
import secrets
import socket
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from loadtest.simulator.carrier import CarrierEmulator
from loadtest.simulator.report import CallReport, CarrierEvent
from loadtest.simulator.script import CallerScript
from voiceagent.app.cli.result import ConversationResult, conversation_result
from voiceagent.app.installation import local_secrets, public_url
from voiceagent.app.ops.processes import end
from voiceagent.app.settings import RUN_IN, SHARED, Settings
from voiceagent.domain.business import Business
from voiceagent.domain.history import CallHistory
from voiceagent.errors import OwnerFixable, Unavailable
from voiceagent.store import PostgresStore

FIXTURES = SHARED / "audio_fixtures"

START_S = 300.0
"""How long an engine may take to start. Its first start builds the language model, and the helper
processes have a deadline of their own; one that gives up is noticed at once."""

STOP_S = 15.0
DELIVERY_S = 8.0
"""How long after a call its texts may take to leave."""


@dataclass(frozen=True, slots=True)
class LocalCarrier:
    """A running carrier and its account."""

    emulator: CarrierEmulator
    account_sid: str
    auth_token: str


@dataclass(frozen=True, slots=True)
class RunningEngine:
    """An engine in a process of its own."""

    url: str
    pid: int
    parts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PhoneCall:
    """A finished call, seen from both ends."""

    report: CallReport
    history: CallHistory
    result: ConversationResult


@asynccontextmanager
async def carrier() -> AsyncIterator[LocalCarrier]:
    """A local carrier with a fresh account."""
    sid, token = "AC" + secrets.token_hex(16), secrets.token_hex(16)
    async with CarrierEmulator(account_sid=sid, auth_token=token).running() as emulator:
        yield LocalCarrier(emulator, sid, token)


def bench_carrier() -> AbstractAsyncContextManager[LocalCarrier]:
    """A local carrier of the account that the bench server has."""
    from loadtest.bench.server.door import AUTH_TOKEN  # noqa: PLC0415 - loads pipecat
    from loadtest.bench.server.serving import ACCOUNT_SID  # noqa: PLC0415 - as above

    return _running_carrier(ACCOUNT_SID, AUTH_TOKEN, {})


@asynccontextmanager
async def running_engine(
    settings: Settings,
    dsn: str,
    local: LocalCarrier,
    *,
    log: Path,
    core: int | None = None,
    providers: Mapping[str, str] | None = None,
) -> AsyncIterator[RunningEngine]:
    """An engine as a child process for a block, stopped at its end.

    Args:
        settings: business file and clock.
        dsn: its database.
        local: the carrier it belongs to.
        log: where its log lines go.
        core: processor to pin it to, its helper processes included; for measurements.
        providers: settings of providers, in place of those of the environment.

    Raises:
        Unavailable: ``engine.start``, when it does not answer in time; see the log.
    """
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    environment = {
        "DATABASE_URL": dsn,
        "TWILIO_ACCOUNT_SID": local.account_sid,
        "TWILIO_AUTH_TOKEN": local.auth_token,
        "TWILIO_API_URL": local.emulator.rest_url,
        "PUBLIC_URL": url,
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "BUSINESS_FILE": str(settings.business.resolve()),
        "VOICEAGENT_NOW": settings.start_time,
        "VOICEAGENT_STATE": str(settings.state_dir),
        "WORKERS": str(settings.workers),
        "MAX_CALLS": str(settings.max_calls),
        "DRAIN_MINUTES": str(settings.drain_minutes),
        "HAND_OFF": settings.hand_off,
        **settings.for_elsewhere(),
        **(providers or {}),
    }
    async with _serving(("serve",), environment, url, log=log, core=core) as running:
        yield running


@asynccontextmanager
async def bench_engine(
    settings: Settings, lines: int, *, log: Path, core: int | None = None
) -> AsyncIterator[RunningEngine]:
    """The media plane alone, with stub services and without a database: ``serve --bench``.

    Args:
        settings: business file.
        lines: callers that are let in at one time.
        log: where its log lines go.
        core: see `running_engine`.

    Raises:
        Unavailable: see `running_engine`.
    """
    port = free_port()
    bench = ("serve", "--bench", "--places", str(lines), "--port", str(port))
    environment = {"BUSINESS_FILE": str(settings.business.resolve())}
    url = f"http://127.0.0.1:{port}"
    async with _serving(bench, environment, url, log=log, core=core) as running:
        yield running


@asynccontextmanager
async def _serving(
    arguments: Sequence[str],
    environment: Mapping[str, str],
    url: str,
    *,
    log: Path,
    core: int | None = None,
) -> AsyncIterator[RunningEngine]:
    """A command of ours as a child process, from when it answers until the block ends."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "voiceagent",
            *arguments,
            cwd=RUN_IN,
            env=os.environ | environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            preexec_fn=None if core is None else functools.partial(_pin, core),
        )
    try:
        parts = await _wait_until_healthy(process, url, log)
        yield RunningEngine(url, process.pid, parts)
    finally:
        await end(process, within_s=STOP_S)


def carrier_of(settings: Settings, url: str) -> AbstractAsyncContextManager[LocalCarrier]:
    """A local carrier that signs with the account a server has from the same settings.

    Args:
        settings: those the server was started with, state folder included.
        url: where it answers; webhooks are signed for its public address.
    """
    if settings.has_twilio:
        sid, token = settings.twilio_account_sid, settings.twilio_auth_token.get_secret_value()
    else:
        kept = local_secrets(settings.state_dir)
        sid, token = kept.account_sid, kept.auth_token
    return _running_carrier(sid, token, {public_url(settings): url})


@asynccontextmanager
async def _running_carrier(
    sid: str, token: str, routes: Mapping[str, str]
) -> AsyncIterator[LocalCarrier]:
    emulator = CarrierEmulator(account_sid=sid, auth_token=token, routes=routes)
    async with emulator.running() as running:
        yield LocalCarrier(running, sid, token)


async def engine_at(url: str) -> RunningEngine:
    """A server that runs already.

    Raises:
        OwnerFixable: ``call.url`` when nothing of ours answers there.
    """
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as http,
            http.get(f"{url}/health") as answer,
        ):
            body = await answer.json()
            if not isinstance(body, dict) or body.get("status") != "ok":
                raise OwnerFixable("call.url", "The server there takes no calls now.", where=url)
    except (aiohttp.ClientError, ValueError, TimeoutError):
        problem = "No voiceagent answers there; start one with ./run serve."
        raise OwnerFixable("call.url", problem, where=url) from None
    return RunningEngine(url, 0, body.get("parts", {}))


def _pin(core: int) -> None:
    os.sched_setaffinity(0, {core})


def free_port() -> int:
    """A port of this machine that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def _wait_until_healthy(
    process: asyncio.subprocess.Process, url: str, log: Path
) -> Mapping[str, str]:
    try:
        async with asyncio.timeout(START_S), aiohttp.ClientSession() as http:
            while process.returncode is None:
                with suppress(aiohttp.ClientError):
                    async with http.get(f"{url}/health") as answer:
                        if answer.ok:
                            body: dict[str, dict[str, str]] = await answer.json()
                            return body["parts"]
                await asyncio.sleep(0.1)
    except TimeoutError:
        pass
    raise Unavailable("engine.start", f"The engine did not start.\n{_tail(log)}")


def _tail(log: Path) -> str:
    return log.read_text(errors="replace")[-1500:] if log.exists() else ""


async def phone(
    engine: RunningEngine,
    local: LocalCarrier,
    store: PostgresStore,
    business: Business,
    script: CallerScript,
    *,
    caller: str,
    record_to: Path,
    on_event: Callable[[CarrierEvent], None],
) -> PhoneCall:
    """Place one call and collect what both ends know of it.

    Args:
        engine: who answers.
        local: the carrier that places it.
        store: the engine's database, to read the call back.
        business: whose number is called.
        script: what the caller does.
        caller: number the caller calls from.
        record_to: stereo WAV of both sides.
        on_event: told what happens while it happens.

    Raises:
        Unavailable: ``call.not_stored``, when the engine kept nothing of the call.
    """
    report = await local.emulator.place_call(
        webhook_url=f"{engine.url}/incoming",
        script=script,
        from_number=caller,
        to_number=business.phone,
        record_to=record_to,
        status_callback_url=f"{engine.url}/status",
        on_event=on_event,
    )
    history = await _settled_history(store, report.call_sid)
    if history is None:
        raise Unavailable("call.not_stored", f"Nothing was stored: {report.failure}")
    result = conversation_result(
        history, timezone=business.timezone, v2v_ms=report.v2v_ms, parts=engine.parts
    )
    return PhoneCall(report, history, result)


async def _settled_history(store: PostgresStore, call_sid: str) -> CallHistory | None:
    """The call once it has its outcome and its texts have left, or as it stands after a while."""
    waited_s, history = 0.0, None
    while waited_s < DELIVERY_S:
        history = await store.history.call(call_sid)
        if history is not None and history.summary.outcome is not None:
            waiting = await store.database.row(
                "SELECT count(*) AS n FROM outbox WHERE state IN ('waiting', 'leased')"
            )
            if waiting is not None and waiting["n"] == 0:
                return await store.history.call(call_sid)
        await asyncio.sleep(0.1)
        waited_s += 0.1
    return history


def script_from(files: Sequence[Path]) -> CallerScript:
    """A caller who plays each file when the agent has fallen silent.

    Where a file is one of ours, the manifest says where its speech ends; otherwise its energy does.

    Raises:
        ScriptError: a file that cannot be played.
    """
    return CallerScript.from_wavs(list(files), manifest=FIXTURES / "manifest.toml")
