from __future__ import annotations

import ast
from pathlib import Path

import pytest

from voiceagent.core.supervisor import LIMITS, Supervisor, Timer, describe

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("timer", "seconds"),
    [
        (Timer.HANDSHAKE, 5),
        (Timer.MEDIA_GAP, 3),
        (Timer.TOOL, 2.5),
        (Timer.CALL, 1800),
        (Timer.GOODBYE, 5),
        (Timer.TEARDOWN, 3),
    ],
)
def test_every_timer_runs_out_once_and_on_time(timer: Timer, seconds: float) -> None:
    supervisor = Supervisor({})
    supervisor.start(timer, 100.0)
    assert supervisor.running(timer)
    assert supervisor.expired(100.0 + seconds - 0.001) == ()
    assert supervisor.expired(100.0 + seconds) == (timer,)
    assert not supervisor.running(timer)
    assert supervisor.expired(1e9) == ()


def test_no_timer_is_without_a_limit() -> None:
    assert set(LIMITS) == set(Timer)


@pytest.mark.parametrize("timer", list(Timer))
def test_every_timer_is_seen_to_by_the_module_that_the_table_names(timer: Timer) -> None:
    path = ROOT / (LIMITS[timer].owner.replace(".", "/") + ".py")
    named = {
        node.attr
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "Timer"
    }
    assert timer.name in named


def test_the_printed_page_shows_this_table() -> None:
    page = (ROOT / "docs" / "latency-budget.md").read_text("utf-8")
    assert describe() in page


def test_restarted_and_extended_timers() -> None:
    supervisor = Supervisor({})
    supervisor.extend(Timer.GOODBYE, 5.0)
    assert not supervisor.running(Timer.GOODBYE)
    supervisor.start(Timer.MEDIA_GAP, 0.0)
    supervisor.start(Timer.MEDIA_GAP, 2.0)
    assert supervisor.expired(4.9) == ()
    supervisor.extend(Timer.MEDIA_GAP, 1.0)
    assert supervisor.expired(5.9) == ()
    assert supervisor.expired(6.0) == (Timer.MEDIA_GAP,)


def test_the_earliest_comes_first_and_a_limit_may_differ() -> None:
    supervisor = Supervisor({Timer.CALL: 1.0})
    supervisor.start(Timer.MEDIA_GAP, 0.0)
    supervisor.start(Timer.CALL, 0.0)
    assert supervisor.expired(0.9) == ()
    assert supervisor.expired(9.0) == (Timer.CALL, Timer.MEDIA_GAP)
