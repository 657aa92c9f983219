"""The bench reads names that a server publishes: a renamed figure must not become a nought."""

from __future__ import annotations

import ast
from pathlib import Path

from prometheus_client import CollectorRegistry, generate_latest

from loadtest.bench.server.stub_model import ModelFigures, StubModel
from loadtest.bench.subjects import _SAMPLE
from tests.media.voice_by_level import VoiceByLevel
from voiceagent.app.ops.metrics.look import WorkerLook
from voiceagent.app.ops.watch import CallWatch, WorkerFigures
from voiceagent.core.clock import SystemClock
from voiceagent.media.scheduler import FrameScheduler

GOALS = Path(__file__).parents[2] / "loadtest/bench/goals"


def published() -> set[str]:
    """Names as `Server.metrics` has them, of a bench server's page."""
    registry, scheduler = CollectorRegistry(), FrameScheduler(SystemClock(), VoiceByLevel(1))
    CallWatch(registry)
    ModelFigures(registry, StubModel())
    WorkerFigures(registry, lambda: WorkerLook(scheduler.media_figures(), 0, 1))
    return {name for name, _ in _SAMPLE.findall(generate_latest(registry).decode())}


def read_by_the_bench() -> set[str]:
    """Literals of the goals that are names of figures, formatted ones with their point."""
    found = set()
    for path in GOALS.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                text = node.value
                if text.startswith(("media_", "stub_model_")) and " " not in text:
                    found.add(text)
    return found


def test_the_bench_reads_what_is_published() -> None:
    names, wanted = published(), read_by_the_bench()
    assert {"media_lines", "stub_model_turns_total"} <= wanted
    assert not [name for name in wanted if not any(one.startswith(name) for one in names)]


def test_lag_is_there_by_point() -> None:
    for point in ("p50", "p99", "worst"):
        assert f'media_recent_tick_lag_seconds{{point="{point}"}}' in published()
