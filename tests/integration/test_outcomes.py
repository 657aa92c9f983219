"""However a call ends, it has exactly one outcome, and it is the right one.

The calls of this file but one are placed at once, each from its own number, on the shared engine.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio

from loadtest.simulator.report import EndedBy
from loadtest.simulator.rest import FaultKind, RestFault
from loadtest.simulator.script import CallerScript, DuringAgent, EndCall, PlayWav, Press
from tests.integration.seed import TO_THE_QUOTE, TO_THE_READ_BACK, call_so_far
from tests.integration.stage import (
    Row,
    Stage,
    agent_texts,
    live_calls,
    outcome,
    recording,
    rows,
    turns,
    until,
)
from tests.integration.wire import WireCall, wire_call
from tests.support.live import Live
from voiceagent.app.cli.phone import PhoneCall
from voiceagent.core.supervisor import LIMITS, Timer

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(150)]


@dataclass(frozen=True, slots=True)
class Calls:
    """The calls of this file, over."""

    greeted: PhoneCall
    keyed: PhoneCall
    gas: PhoneCall
    quoted_here: str
    quoted_before: str
    gap: str
    gap_closed_after_s: float


async def left_after_the_quote(live: Live, said: int, caller: str) -> str:
    """The caller has said so much before the line was cut, hears the price, and hangs up."""
    call_sid = f"CA{secrets.token_hex(16)}"
    await call_so_far(live, call_sid, TO_THE_READ_BACK[:said], caller=caller)
    async with wire_call(live, call_sid=call_sid, caller=caller) as call:
        await call.answered()
        await call.agent_done()
        if said < len(TO_THE_QUOTE):
            await call.insist(recording("reference_hard/rms/04"), lambda: quotes_of(live, call_sid))
            await call.agent_done()
        await call.hang_up()
    return call_sid


async def quotes_of(live: Live, call_sid: str) -> list[Row]:
    query = "SELECT q.id FROM quotes q JOIN calls c ON c.id = q.call_id WHERE call_sid = $1"
    return await rows(live.store, query, call_sid)


async def fell_silent(live: Live) -> tuple[str, float]:
    """The carrier's frames stop, without `stop` and without a closed socket."""
    loop = asyncio.get_running_loop()
    async with wire_call(live, caller="+15551230015") as call:
        await call.answered()
        await call.agent_done(silence_s=0.3)
        call.mute()
        muted_s = loop.time()
        async with asyncio.timeout(10):
            await call.closed.wait()
        return call.call_sid, loop.time() - muted_s


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def calls(live: Live) -> AsyncIterator[Calls]:
    """All at once, but the one whose answer must come in its turn: its words are not to wait."""
    gas = await live.phone(
        CallerScript([PlayWav(turns("emergency", [1])[0]), EndCall()]), caller="+15551230013"
    )
    greeted, keyed, here, before, (gap, closed_s) = await asyncio.gather(
        live.phone(CallerScript([EndCall(DuringAgent(800))]), caller="+15551230011"),
        live.phone(CallerScript([Press("0")]), caller="+15551230012"),
        left_after_the_quote(live, len(TO_THE_QUOTE) - 1, "+15551230014"),
        left_after_the_quote(live, len(TO_THE_QUOTE), "+15551230016"),
        fell_silent(live),
    )
    yield Calls(greeted, keyed, gas, here, before, gap, closed_s)


async def test_hung_up_during_the_greeting(live: Live, calls: Calls) -> None:
    assert calls.greeted.result.outcome == "abandoned"
    assert calls.greeted.report.ended_by is EndedBy.CALLER
    assert calls.greeted.report.protocol_errors == ()
    (greeting,) = calls.greeted.history.turns
    assert len(greeting.heard) < len(greeting.text)
    events = [event.kind for event in calls.greeted.history.events]
    assert "disclosure.heard" not in events


async def test_hung_up_after_the_quote(live: Live, calls: Calls) -> None:
    assert await outcome(live.store, calls.quoted_here) == "quoted"
    said = " ".join(await agent_texts(live.store, calls.quoted_here))
    assert "$825" in said


async def test_a_quote_from_before_the_line_was_cut_counts(live: Live, calls: Calls) -> None:
    assert await outcome(live.store, calls.quoted_before) == "quoted"


async def test_key_0_connects_the_lead(live: Live, calls: Calls) -> None:
    """The carrier was told to dial a lead of the business file, and nobody else."""
    assert calls.keyed.result.outcome == "transferred"
    assert calls.keyed.report.ended_by in {EndedBy.TRANSFERRED, EndedBy.AGENT}
    (document,) = calls.keyed.report.transfers
    numbers = [lead.phone for lead in live.business.escalation.leads]
    assert sum(number in document for number in numbers) == 1
    (used,) = [tool for tool in calls.keyed.history.tools if tool.name == "escalate_to_human"]
    assert '"transferred": true' in used.result_json


async def test_gas_is_an_emergency_within_one_turn(live: Live, calls: Calls) -> None:
    """The first thing the agent says after the caller's first words sends them out of the house."""
    assert calls.gas.result.outcome == "emergency", calls.gas.result.turns
    who = [turn.who for turn in calls.gas.result.turns]
    first_answer = calls.gas.result.turns[who.index("caller") + 1]
    assert first_answer.who == "agent"
    assert "911" in first_answer.text


async def test_a_media_gap_ends_the_call_as_failed(live: Live, calls: Calls) -> None:
    limit_s = LIMITS[Timer.MEDIA_GAP].after_s
    assert limit_s - 0.2 <= calls.gap_closed_after_s <= limit_s + 1.0
    assert await outcome(live.store, calls.gap, within_s=1.0) == "failed"


async def test_every_call_of_the_engine_has_one_outcome_and_an_end(
    live: Live, calls: Calls
) -> None:
    open_calls = await rows(
        live.store, "SELECT call_sid FROM calls WHERE outcome IS NULL OR ended_at IS NULL"
    )
    assert open_calls == []
    twice = "SELECT call_sid FROM calls GROUP BY call_sid HAVING count(*) > 1"
    assert await rows(live.store, twice) == []
    holds = "SELECT call_id FROM holds JOIN calls c ON c.id = call_id WHERE c.outcome IS NOT NULL"
    assert await rows(live.store, holds) == []
    assert await live_calls(live) == 0


async def test_a_refused_transfer_is_admitted(live: Live) -> None:
    """The carrier's REST refuses every time: the caller is told the truth, and can go on."""
    faults = live.carrier.emulator.faults
    refusing = RestFault(FaultKind.REFUSE, resource="Calls", times=None)
    faults.append(refusing)
    try:
        script = CallerScript([Press("0"), PlayWav(turns("reference", [9])[0])])
        call = await live.phone(script, caller="+15551230017")
    finally:
        faults.remove(refusing)
    assert call.report.transfers == ()
    assert call.result.outcome not in {"transferred", None}
    said = [turn.text for turn in call.result.turns if turn.who == "agent"]
    assert any(live.business.escalation.unavailable in text for text in said), said
    assert not any("Connecting you" in text for text in said)
    (used,) = [tool for tool in call.history.tools if tool.name == "escalate_to_human"]
    assert '"transferred": false' in used.result_json
    leads = [lead.phone for lead in live.business.escalation.leads]
    left = await rows(
        live.store,
        "SELECT recipient, state FROM outbox WHERE key = $1",
        f"call-back:{call.history.summary.call.call_id}",
    )
    assert [row["recipient"] in leads for row in left] == [True]


@dataclass(frozen=True, slots=True)
class Stopped:
    """A stopping engine's calls."""

    finished: str
    unfinished: str
    refused_twiml: str
    unfinished_closed_after_s: float
    exited_after_s: float


DRAIN_S = 10.0
SAID_S = 8.0
"""The caller is told before they are handed over."""


async def stopped_during_calls(stage: Stage) -> Stopped:
    """SIGTERM with two calls up: one caller hangs up soon, the other stays for ever."""
    loop = asyncio.get_running_loop()
    async with stage.engine("stopped", drain_s=DRAIN_S) as live:
        async with (
            wire_call(live, caller="+15551230021") as leaving,
            wire_call(live, caller="+15551230022") as staying,
            wire_call(live, caller="+15551230023") as late,
        ):
            await asyncio.gather(leaving.answered(), staying.answered())
            await asyncio.gather(leaving.agent_done(), staying.agent_done())
            os.kill(live.engine.pid, signal.SIGTERM)
            stopped_s = loop.time()
            await until(lambda: _closing(live), within_s=2)
            refused = (await late.ring()).text
            await _over(late)
            await leaving.hang_up()
            finished = await outcome(live.store, leaving.call_sid, within_s=3)
            async with asyncio.timeout(DRAIN_S + SAID_S):
                await staying.closed.wait()
            closed_s = loop.time() - stopped_s
            await _over(staying)
            unfinished = await outcome(live.store, staying.call_sid, within_s=5)
        await until(lambda: _gone(live.engine.pid), within_s=10)
        return Stopped(finished, unfinished, refused, closed_s, loop.time() - stopped_s)


async def _closing(live: Live) -> bool:
    """Whether a ring is answered without a stream: the stop has been noticed."""
    async with wire_call(live, caller="+15551230024") as probe:
        answer = (await probe.ring()).text
        await _over(probe)
        return "<Stream" not in answer


async def _over(call: WireCall) -> None:
    """The carrier says that a call is over."""
    await call.tell("/status", CallStatus="completed", SequenceNumber="1")


async def _gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.mark.ahead.with_args(stopped_during_calls)
async def test_a_stopping_engine_lets_calls_finish_or_hands_them_over(
    ahead: Stopped,
) -> None:
    assert ahead.finished == "abandoned"
    assert ahead.unfinished == "transferred"
    assert "<Stream" not in ahead.refused_twiml
    assert "<Dial" in ahead.refused_twiml
    assert DRAIN_S - 0.5 <= ahead.unfinished_closed_after_s <= DRAIN_S + SAID_S
    assert ahead.exited_after_s <= DRAIN_S + SAID_S + 6
