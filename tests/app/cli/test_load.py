"""What `loadtest` refuses, and what it shows while it runs."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
import typer

from loadtest.replay.budgets import LoadBudget
from loadtest.replay.callers import Cast
from loadtest.replay.faults import PlannedFault
from loadtest.replay.results import RunResult
from loadtest.replay.run import LoadProgress
from loadtest.replay.schedule import LoadPlan
from loadtest.simulator.network import NetworkSpec
from loadtest.simulator.report import CallReport, CarrierEvent
from loadtest.simulator.script import CallerScript
from tests.loadtest.replay.test_run import CAST, a_report, a_turn_report
from tests.support import virtual_time
from voiceagent.app.cli import load, load_history, load_run, phone
from voiceagent.app.cli.load_progress import progress_line
from voiceagent.app.cli.load_run import LoadOrder, LoadParts
from voiceagent.app.settings import Settings
from voiceagent.domain.history import CallHistory, CallSummary
from voiceagent.domain.records import (
    CallId,
    CallStart,
    Outcome,
    Speaker,
    Turn,
    TurnLatency,
)
from voiceagent.errors import OwnerFixable, Unavailable


def an_order(
    *faults: str, parts: LoadParts = LoadParts.OFFLINE, url: str = "", core: int | None = None
) -> LoadOrder:
    return LoadOrder(
        plan=LoadPlan(1, total=1),
        cast=Cast(()),
        network=NetworkSpec(),
        faults=tuple(PlannedFault.read(text) for text in faults),
        folders=(),
        budgets=(),
        parts=parts,
        url=url,
        folder=Path(),
        seed=0,
        longest_s=60,
        core=core,
        real=False,
        noise="",
        command="",
    )


@pytest.mark.parametrize(
    ("order", "why"),
    [
        (an_order("stt=reset"), "--parts emulated"),
        (
            an_order("stt=reset", parts=LoadParts.EMULATED, url="http://127.0.0.1:1"),
            "leave --url out",
        ),
        (an_order("carrier=error", parts=LoadParts.BENCH), "no faults"),
        (an_order("stt=reset", "carrier=error", parts=LoadParts.EMULATED), ""),
        (an_order("carrier=error", url="http://127.0.0.1:1"), ""),
        (an_order(core=0, url="http://127.0.0.1:1"), "leave --url out"),
        (an_order(core=4095), "there are processors"),
    ],
)
def test_what_does_not_go_together_is_refused(order: LoadOrder, why: str) -> None:
    if not why:
        order.check()
        return
    with pytest.raises(ValueError, match=why):
        order.check()


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"budget": ["speed=1"]}, "is no budget"),
        ({"budgets": Path("README.md")}, "README.md"),
        ({"recordings": [Path("/nowhere")]}, "no such folder"),
        ({"script": Path("README.md")}, "README.md"),
        ({"noise": "rain"}, "dog_bark"),
        ({"noise": "README.md"}, "no sound"),
        ({"keys": "q"}, "no such key"),
        ({"fault": ["stt=reset"]}, "--parts emulated"),
        ({"fault": ["ears=reset"]}, "no part"),
        ({"parts": "cloud"}, "offline, emulated, bench, configured"),
        ({"loss": 60.0}, "bursts"),
        ({"report": Path("/nowhere/at/all")}, "there is no folder"),
        ({"report": Path("README.md")}, "README.md"),
    ],
    ids=str,
)
def test_what_cannot_be_done_is_said_before_anything_starts(
    given: dict[str, object], why: str
) -> None:
    with pytest.raises(typer.BadParameter, match=why):
        load.loadtest(**given)  # type: ignore[arg-type]


def test_the_line_tells_calls_turns_latency_and_errors() -> None:
    progress = LoadProgress(up=3, begun=5, done=2, turns=9, failed=1, v2v_ms=[400.0, 500.0, 900.0])
    assert progress_line(progress, LoadPlan(3, seconds=60.0), 12.4) == (
        "12 of 60 s  calls up 3, done 2  turns 9  V2V p50/p95 500/900 ms  errors 1"
    )
    assert progress_line(LoadProgress(), LoadPlan(3, total=6), 0.0) == (
        "0 s  calls up 0, done 0 of 6  turns 0  V2V p50/p95 -  errors 0"
    )


def test_all_but_the_engine_keep_off_its_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    pinned: list[set[int]] = []
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2})
    monkeypatch.setattr(os, "sched_setaffinity", lambda _, cores: pinned.append(cores))
    with load_run._on_the_other_cores(1):
        assert pinned == [{0, 2}]
    assert pinned == [{0, 2}, {0, 1, 2}]
    with load_run._on_the_other_cores(None):
        assert len(pinned) == 2


async def test_a_server_that_moves_money_or_texts_is_left_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async def engine_at(url: str) -> phone.RunningEngine:
        return phone.RunningEngine(url, 0, {"carrier": "Twilio", "payments": "Stripe"})

    monkeypatch.setattr(phone, "engine_at", engine_at)
    order = replace(an_order(url="http://127.0.0.1:1"), folder=tmp_path)
    with pytest.raises(OwnerFixable, match=r"Stripe and Twilio.*--real"):
        await load_run.run(Settings.read({"state_dir": tmp_path}), order)


START = datetime(2025, 8, 29, 20, 5, tzinfo=UTC)
LATENCY = TurnLatency(300.0, 150.0, 20.0, 5.0, 10.0, 3.0)


def a_history(sid: str, outcome: Outcome | None) -> CallHistory:
    call = CallStart(CallId("c"), sid, "voice", "+1", "+1", "inbound")
    ended = START if outcome is not None else None

    def turn(index: int, speaker: Speaker, latency: TurnLatency | None) -> Turn:
        return Turn(
            call_id=CallId("c"),
            index=index,
            speaker=speaker,
            text="All of it.",
            heard="All of",
            at=START + timedelta(seconds=6 + index),
            latency=latency,
        )

    return CallHistory(
        summary=CallSummary(call, START, ended, outcome, 2, None),
        turns=(turn(0, Speaker.CALLER, None), turn(1, Speaker.AGENT, LATENCY)),
        tools=(),
        events=(),
        job=None,
        messages=(),
    )


class Histories:
    """Where one call settles late, one never, and one is not known."""

    def __init__(self) -> None:
        self.history = self
        self.asked: list[str] = []

    async def call(self, sid: str) -> CallHistory | None:
        self.asked.append(sid)
        if sid == "unknown":
            return None
        if sid == "late" and self.asked.count(sid) < 3:
            raise Unavailable("store.busy", "Not now.")
        return a_history(sid, None if sid == "open" else Outcome.QUOTED)


def test_the_engine_is_asked_until_calls_have_settled() -> None:
    store = Histories()
    sids = ["done", "late", "open", "unknown"]
    found = virtual_time.run(load_history.engine_side(store, sids))  # type: ignore[arg-type]
    assert set(found) == {"done", "late", "open"}
    assert store.asked.count("done") == 1
    assert (found["late"].outcome, found["open"].outcome) == ("quoted", "")
    (reply,) = found["done"].replies
    assert (reply.at_s, reply.v2v_ms) == (7.0, LATENCY.v2v_ms)
    caller, agent = found["done"].transcript
    assert (caller.who, agent.who) == ("caller", "agent")
    assert (agent.text, agent.heard) == ("All of it.", "All of")


class Phoned:
    """A carrier whose first calls end at once and whose later ones go on until they are cut off."""

    def __init__(self, ending: int) -> None:
        self._ending = ending
        self.placed = 0

    async def __call__(
        self,
        number: int,
        script: CallerScript,
        *,
        record_to: Path,
        on_event: Callable[[CarrierEvent], None],
    ) -> CallReport:
        self.placed += 1
        if self.placed > self._ending:
            os.kill(os.getpid(), signal.SIGINT)
            await asyncio.Event().wait()
        return a_report(f"CA{number}", None, a_turn_report(0, v2v_ms=400.0))


@pytest.mark.parametrize("ending", [0, 2])
async def test_ctrl_c_writes_what_was_measured_by_then(
    ending: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    @asynccontextmanager
    async def stage(*_: object) -> AsyncIterator[object]:
        engine = phone.RunningEngine("http://127.0.0.1:1", 0, {"stt": "none"})
        local = SimpleNamespace(emulator=SimpleNamespace(faults=[]))
        yield load_run._Stage(engine, local, None, None)  # type: ignore[arg-type]

    monkeypatch.setattr(load_run, "_stage", stage)
    monkeypatch.setattr(load_run, "on_the_carrier", lambda *_, **__: Phoned(ending))
    monkeypatch.setattr("loadtest.replay.run.BETWEEN_CALLS_S", 0.0)
    order = replace(
        an_order(),
        plan=LoadPlan(1, total=5),
        cast=CAST,
        folder=tmp_path / "report",
        budgets=(LoadBudget("failed_calls", 0),),
    )
    before = signal.getsignal(signal.SIGINT)
    result, page = await load_run.run(Settings.read({"state_dir": tmp_path}), order)
    assert result.cut_short
    assert len(result.calls) == ending
    assert any("cut short" in note and "1 calls" in note for note in result.notes)
    assert "cut short" in page.read_text()
    written = RunResult.model_validate_json((tmp_path / "report" / "report.json").read_text())
    assert written == result
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.parametrize(
    ("cut_short", "kept", "code"), [(True, True, 130), (True, False, 130), (False, False, 1)]
)
def test_the_exit_code_says_that_it_was_cut_short(
    cut_short: bool, kept: bool, code: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async def run(*_: object) -> object:
        return SimpleNamespace(cut_short=cut_short, kept=kept, budgets=()), tmp_path

    monkeypatch.setattr(load_run, "run", run)
    with pytest.raises(typer.Exit) as left:
        load.loadtest(report=tmp_path)
    assert left.value.exit_code == code
