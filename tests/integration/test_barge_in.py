"""The caller speaks over the agent: silence at once, and only what was heard is remembered."""

from __future__ import annotations

import pytest

from tests.integration.measured import Evening, measured_calls
from voiceagent.domain.records import Speaker

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(150)]

CLEAR_WITHIN_MS = 500
"""Voice must last a moment before it counts (a cough does not), then `clear` leaves at once."""


@pytest.mark.ahead.with_args(measured_calls)
async def test_the_agent_is_cut_off_and_the_call_goes_on(ahead: Evening) -> None:
    call = ahead.interrupting
    interrupting, second = call.report.turns
    assert call.report.failure is None
    assert call.report.protocol_errors == ()
    assert interrupting.barged_in
    assert call.report.clears >= 1
    assert interrupting.clear_ms is not None
    assert interrupting.clear_ms <= CLEAR_WITHIN_MS
    assert call.report.marks_cleared >= 1

    greeting = call.history.turns[0]
    assert greeting.speaker is Speaker.AGENT
    assert greeting.text.startswith(greeting.heard)
    assert 0 < len(greeting.heard) < len(greeting.text)
    assert "disclosure.heard" not in [event.kind for event in call.history.events]

    who = [turn.speaker for turn in call.history.turns]
    assert who[1] is Speaker.CALLER
    assert Speaker.AGENT in who[2:]
    assert second.v2v_ms is not None
    assert second.reply_sound_ms > 300
