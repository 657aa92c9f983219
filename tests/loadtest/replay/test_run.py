"""Lines that call one after the other: with made-up calls in virtual time, and one over sockets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from loadtest.replay.callers import Cast, RecordedCaller
from loadtest.replay.results import ReplyStages, SpokenLine
from loadtest.replay.run import EngineView, LoadRun, on_the_carrier, with_engine_side
from loadtest.replay.schedule import LoadPlan
from loadtest.simulator.carrier import CarrierEmulator
from loadtest.simulator.network import NetworkSpec
from loadtest.simulator.report import CallReport, CarrierEvent, EndedBy, EventKind, TurnReport
from loadtest.simulator.script import After, CallerScript, EndCall, PlayWav
from tests.loadtest.conftest import BUSINESS, Engine, Peer, agent_audio, spoken
from tests.loadtest.replay.made import a_call, a_reply
from tests.support import virtual_time

CAST = Cast(
    (RecordedCaller("ann", (PlayWav(spoken(300)), EndCall(After(200))), {"tone300": "hello"}),)
)


def a_turn_report(turn: int, **given: object) -> TurnReport:
    usual: dict[str, object] = {
        "name": "tone300",
        "speech_start_s": 1.0,
        "speech_end_s": 2.0,
        "reply_s": 2.5,
        "v2v_ms": 500.0,
        "heard_ms": 520.0,
        "reply_sound_ms": 900.0,
        "barged_in": False,
        "clear_ms": None,
        "agent_sounding_at_end": False,
    }
    return TurnReport(turn=turn, **(usual | given))  # type: ignore[arg-type]


def a_report(sid: str, recording: Path | None, *turns: TurnReport, **given: object) -> CallReport:
    usual: dict[str, object] = {
        "stream_sids": (),
        "from_number": "+1",
        "to_number": "+1",
        "ended_by": EndedBy.AGENT,
        "failure": None,
        "duration_s": 8.0,
        "first_audio_ms": 9.0,
        "clears": 0,
        "marks_played": 0,
        "marks_cleared": 0,
        "gaps": 0,
        "underruns": 0,
        "longest_gap_ms": 0.0,
        "agent_sound_ms": 0.0,
        "unheard_ms": 0.0,
        "frames_sent": 400,
        "frames_late": 0,
        "worst_late_ms": 0.0,
        "frames_lost": 0,
        "refused_twiml": None,
        "twiml": (),
        "transfers": (),
        "messages": (),
        "protocol_errors": (),
    }
    return CallReport(call_sid=sid, turns=turns, recording=recording, **(usual | given))  # type: ignore[arg-type]


class Exchange:
    """Places calls of eight seconds that nobody hears."""

    def __init__(self, **given: object) -> None:
        self.up = self.most = self.placed = 0
        self.given = given

    async def __call__(
        self,
        number: int,
        script: CallerScript,
        *,
        record_to: Path,
        on_event: Callable[[CarrierEvent], None],
    ) -> CallReport:
        assert script.steps
        self.up += 1
        self.placed += 1
        self.most = max(self.most, self.up)
        on_event(CarrierEvent(EventKind.CALLER_ENDED, "", 1.0))
        await asyncio.sleep(8.0)
        self.up -= 1
        record_to.touch()  # noqa: ASYNC240 - time stands still meanwhile
        slow = a_turn_report(0, v2v_ms=100.0 * (number % 7))
        return a_report(f"CA{number}", record_to, slow, a_turn_report(1, v2v_ms=1.0), **self.given)


@pytest.mark.parametrize(
    ("plan", "placed"),
    [
        (LoadPlan(3, 1.5, total=7), 7),
        (LoadPlan(4, 2.0, seconds=20.0), 12),
        (LoadPlan(5, total=5), 5),
    ],
)
def test_so_many_calls_at_one_time_and_in_all(plan: LoadPlan, placed: int, tmp_path: Path) -> None:
    exchange = Exchange()
    run = LoadRun(plan, CAST, exchange, seed=1, folder=tmp_path, keep=2)
    calls = virtual_time.run(run.calls())
    assert (exchange.most, len(calls)) == (plan.lines, placed)
    assert sorted(call.number for call in calls) == list(range(placed))
    progress = run.progress
    assert (progress.up, progress.begun, progress.done, progress.turns) == (
        0,
        placed,
        placed,
        placed,
    )
    assert len(progress.v2v_ms) == 2 * placed


def test_only_the_recordings_that_somebody_will_hear_are_kept(tmp_path: Path) -> None:
    run = LoadRun(LoadPlan(2, total=10), CAST, Exchange(), seed=1, folder=tmp_path, keep=2)
    virtual_time.run(run.calls())
    assert set(run.recordings) == {"CA5", "CA6"}
    assert len(list(tmp_path.iterdir())) == len(run.recordings) == 2


@pytest.mark.parametrize(
    ("given", "failure"),
    [
        ({"failure": "step 2 waited longer than 15 s"}, "step 2"),
        ({"ended_by": EndedBy.REFUSED}, "refused"),
        ({}, ""),
    ],
)
def test_a_call_that_did_not_go_as_scripted_has_failed(
    given: dict[str, object], failure: str, tmp_path: Path
) -> None:
    run = LoadRun(LoadPlan(1, total=1), CAST, Exchange(**given), seed=1, folder=tmp_path, keep=1)
    (call,) = virtual_time.run(run.calls())
    assert failure in call.failure
    assert call.failed is bool(failure)
    assert run.progress.failed == bool(failure)
    assert call.turns[0].words == "hello"


@pytest.mark.parametrize(
    ("turn", "v2v_ms", "unanswered"),
    [
        ({}, 500.0, False),
        ({"agent_sounding_at_end": True}, None, False),
        ({"agent_sounding_at_end": True, "clear_ms": 80.0}, 500.0, False),
        ({"reply_s": None, "v2v_ms": None}, None, True),
        ({"reply_s": None, "v2v_ms": None, "speech_end_s": None}, None, False),
    ],
)
def test_what_counts_as_a_reply(
    turn: dict[str, object], v2v_ms: float | None, unanswered: bool, tmp_path: Path
) -> None:
    async def place(number: int, script: CallerScript, **_: object) -> CallReport:
        assert (number, bool(script.steps)) == (0, True)
        return a_report("CA1", None, a_turn_report(0, **turn), a_turn_report(1, **turn))

    run = LoadRun(LoadPlan(1, total=1), CAST, place, seed=1, folder=tmp_path, keep=1)
    (call,) = virtual_time.run(run.calls())
    first, last = call.turns
    assert (first.v2v_ms, first.unanswered) == (v2v_ms, unanswered)
    assert not last.unanswered


async def test_the_engine_adds_what_it_keeps_and_its_times_become_the_runs() -> None:
    async def look(sids: object) -> dict[str, EngineView]:
        assert sids == ["CA1", "CA2"]
        said = SpokenLine(who="agent", text="Hello.", heard="Hello.")
        return {"CA1": EngineView("booked", (a_reply(at_s=2.0),), (said,))}

    bare: dict[str, object] = {"replies": (), "transcript": (), "outcome": "", "started_s": 10.0}
    calls = [a_call(call_sid=sid, **bare) for sid in ("CA1", "CA2")]
    known, unknown = await with_engine_side(calls, look)
    assert (known.outcome, known.replies) == ("booked", (a_reply(at_s=12.0),))
    assert isinstance(known.replies[0], ReplyStages)
    assert unknown == calls[1]


async def test_calls_cross_a_bad_network_over_real_sockets(
    engine: Engine, carrier: CarrierEmulator, tmp_path: Path
) -> None:
    async def talk(peer: Peer) -> None:
        async for message in peer.listen():
            if message["event"] == "start":
                await peer.media(agent_audio(200))

    engine.talk = talk
    place = on_the_carrier(
        carrier,
        engine.url,
        to_number=BUSINESS,
        network=NetworkSpec(jitter_ms=20.0, loss=0.2),
        seed=3,
        max_call_s=10.0,
    )
    run = LoadRun(LoadPlan(2, total=2), CAST, place, seed=3, folder=tmp_path, keep=1)
    calls = await run.calls()
    assert [call.failure for call in calls] == ["", ""]
    assert len(run.recordings) == 1
    for call in calls:
        assert call.ended_by == "caller"
        assert 0 < call.frames_lost < call.frames_sent
    for peer in engine.peers:
        media = [message["media"] for message in peer.of("media")]
        assert [int(one["chunk"]) for one in media] == list(range(1, len(media) + 1))
        stamps = [int(one["timestamp"]) for one in media]
        assert stamps == sorted(set(stamps))
        assert stamps[-1] > 20 * (len(stamps) - 1)


@pytest.mark.parametrize(("after_s", "whole"), [(0.0, 0), (5.0, 0), (20.0, 4)])
def test_a_run_that_is_stopped_gives_what_had_ended(
    after_s: float, whole: int, tmp_path: Path
) -> None:
    run = LoadRun(LoadPlan(4, 2.0, total=40), CAST, Exchange(), seed=1, folder=tmp_path, keep=2)

    async def stopped() -> int:
        stop = asyncio.Event()
        asyncio.get_running_loop().call_later(after_s, stop.set)
        return len(await run.calls(stop))

    assert virtual_time.run(stopped()) >= whole
    assert run.progress.up == 0
    assert run.progress.done < 40
