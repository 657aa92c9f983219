from __future__ import annotations

import ast
from pathlib import Path

import pytest

from pipelines.session import TEARDOWN_S
from telephony.twilio.socket import SocketLimits
from tools import TOOLS
from voiceagent.app.settings import Settings
from voiceagent.core.supervisor import LIMITS, Supervisor, Timer, describe
from voiceagent.core.turns.endpointing import Tuning
from voiceagent.toolkit.answers import Arguments, Result
from voiceagent.toolkit.context import ToolContext
from voiceagent.toolkit.spec import ToolSpec, tool
from voiceagent.toolkit.toolbox import Toolbox

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


def test_the_numbers_that_stand_elsewhere_are_these() -> None:
    sockets = SocketLimits()
    assert sockets.handshake_s + sockets.refused_s == LIMITS[Timer.HANDSHAKE].after_s
    assert Tuning().media_gap_s == LIMITS[Timer.MEDIA_GAP].after_s
    minutes = Settings.model_fields["max_call_minutes"].default
    assert minutes * 60 == Tuning().call_s == LIMITS[Timer.CALL].after_s
    assert LIMITS[Timer.TEARDOWN].after_s == TEARDOWN_S


@pytest.mark.parametrize("spec", Toolbox(TOOLS).specs(), ids=lambda spec: spec.name)
def test_no_tool_is_waited_for_longer_than_the_table_allows(spec: ToolSpec) -> None:
    assert 0 < spec.budget_s <= LIMITS[Timer.TOOL].after_s


def test_a_tool_that_says_nothing_is_waited_for_as_the_table_says() -> None:
    @tool()
    async def idle(args: Arguments, ctx: ToolContext) -> Result:
        """Do nothing."""
        return Result()

    assert idle.spec.budget_s == LIMITS[Timer.TOOL].after_s


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
