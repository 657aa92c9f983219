"""Records of a load test, made up."""

from __future__ import annotations

from loadtest.replay.budgets import LoadBudget, judged
from loadtest.replay.figures import counts, spreads
from loadtest.replay.results import (
    STAGES,
    CallResult,
    Injected,
    ReplyStages,
    RunResult,
    SpokenLine,
    Target,
    WireTurn,
)


def a_reply(at_s: float = 6.0, **ms: float) -> ReplyStages:
    given = {f"{stage}_ms": 50.0 for stage in STAGES} | ms
    return ReplyStages(at_s=at_s, **given)


def a_turn(**given: object) -> WireTurn:
    usual: dict[str, object] = {
        "at_s": 5.5,
        "recording": "01",
        "words": "When are you open?",
        "v2v_ms": 302.0,
        "heard_ms": 320.0,
        "barged_in": True,
        "clear_ms": 90.0,
        "unanswered": False,
    }
    return WireTurn.model_validate(usual | given)


def a_call(**given: object) -> CallResult:
    number = given.get("number", 0)
    usual: dict[str, object] = {
        "number": 0,
        "line": 0,
        "call_sid": f"CA{number:032}",
        "caller": "hours/slt",
        "started_s": 0.5,
        "duration_s": 20.0,
        "ended_by": "agent",
        "failure": "",
        "outcome": "answered",
        "first_audio_ms": 9.0,
        "turns": (a_turn(),),
        "replies": (a_reply(),),
        "transcript": (
            SpokenLine(who="caller", text="when are you open", heard="when are you open"),
            SpokenLine(who="agent", text="We are open from 8 to 6.", heard="We are open"),
        ),
        "clears": 1,
        "underruns": 0,
        "longest_gap_ms": 0.0,
        "unheard_ms": 0.0,
        "frames_sent": 1000,
        "frames_late": 0,
        "frames_lost": 3,
        "protocol_errors": (),
    }
    return CallResult.model_validate(usual | given)


def a_run(
    *calls: CallResult,
    budgets: tuple[LoadBudget, ...] = (),
    injected: tuple[Injected, ...] = (),
    notes: tuple[str, ...] = (),
    business: str = "CoolCare",
) -> RunResult:
    found, counted = spreads(calls), counts(calls)
    return RunResult(
        began_at="2026-11-28T08:00:00+00:00",
        machine="x86_64",
        command="./run loadtest --calls 5",
        target=Target(
            url="http://127.0.0.1:1",
            business=business,
            started_by_us=True,
            parts={"stt": "pocketsphinx"},
        ),
        lines=5,
        ramp_s=1.0,
        seconds=30.0,
        seed=7,
        injected=injected,
        spreads=found,
        counts=counted,
        budgets=judged(budgets, found, counted),
        notes=notes,
        calls=calls,
    )
