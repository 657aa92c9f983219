"""What `loadtest` refuses, and what it shows while it runs."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer

from loadtest.replay.callers import Cast
from loadtest.replay.faults import PlannedFault
from loadtest.replay.run import LoadProgress
from loadtest.replay.schedule import LoadPlan
from loadtest.simulator.network import NetworkSpec
from voiceagent.app.cli import load
from voiceagent.app.cli.load_progress import progress_line
from voiceagent.app.cli.load_run import LoadOrder, Parts


def an_order(*faults: str, parts: Parts = Parts.OFFLINE, url: str = "") -> LoadOrder:
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
        real=False,
        noise="",
        command="",
    )


@pytest.mark.parametrize(
    ("order", "why"),
    [
        (an_order("stt=reset"), "--parts emulated"),
        (an_order("stt=reset", parts=Parts.EMULATED, url="http://127.0.0.1:1"), "leave --url out"),
        (an_order("carrier=error", parts=Parts.BENCH), "no faults"),
        (an_order("stt=reset", "carrier=error", parts=Parts.EMULATED), ""),
        (an_order("carrier=error", url="http://127.0.0.1:1"), ""),
    ],
)
def test_faults_need_parts_that_can_have_them(order: LoadOrder, why: str) -> None:
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
