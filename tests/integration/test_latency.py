"""Where the time of a reply goes, told twice: by the engine's rows and by the caller's wire.

The two do not measure the same two moments, so they differ a little:

* *End of speech.* The wire knows the recording's last sample of speech (36 dB below its peak). The
  engine knows the last 32 ms window that its voice model, on a noisy line's terms, called voice: up
  to two windows earlier for a fading word, up to one later.
* *Reply.* The engine stamps the first frame as it hands it to the socket, the wire as it reads it;
  both wait for their own event loop, which is busy with several calls here.

Both clocks are monotonic clocks of one machine, and only differences are compared. So the two must
agree to about two windows in the middle (median |Δ| <= 60 ms), and to 200 ms in the worst case, of
which two 20 ms frames, three windows and the rest scheduling on a shared machine. A clock that
starts at the wrong door (a whole stage, 300 ms and more) cannot hide in that.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from statistics import median

import pytest

from loadtest.script import CallerScript, HangUp, PlayWav
from pipelines.session import SILENCE_PROMPT_S
from tests.integration.stage import Row, Stage, rows, turns
from voiceagent.cli.phone import PhoneCall

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(200)]

STAGES = ("endpoint_ms", "stt_ms", "think_ms", "tools_ms", "tts_ms", "send_ms")


@dataclass(frozen=True, slots=True)
class Measured:
    """A call, and its answered turns as the database holds them, in order."""

    call: PhoneCall
    answered: list[Row]


async def measured_calls(stage: Stage) -> list[Measured]:
    """Two callers at once, each with short turns that nobody could take for two."""
    scripts = {
        "+15551230041": turns("reference", [2, 4, 5, 6, 8]),
        "+15551230042": turns("hours", [1, 2]) + turns("reference", [7, 9]),
    }
    async with stage.engine("measured") as live:
        calls = await asyncio.gather(
            *(
                live.phone(
                    CallerScript([*(PlayWav(turn) for turn in said), HangUp()]), caller=caller
                )
                for caller, said in scripts.items()
            )
        )
        query = (
            "SELECT t.* FROM agent_turns t JOIN calls c ON c.id = t.call_id "
            "WHERE call_sid = $1 AND v2v_ms IS NOT NULL ORDER BY idx"
        )
        return [Measured(c, await rows(live.store, query, c.report.call_sid)) for c in calls]


@pytest.mark.ahead.with_args(measured_calls)
async def test_stages_sum_to_voice_to_voice(ahead: list[Measured]) -> None:
    answered = [row for one in ahead for row in one.answered]
    assert len(answered) >= 7
    for row in answered:
        stages = [row[stage] for stage in STAGES]
        assert all(stage >= 0 for stage in stages)
        assert row["speaker"] == "agent"
        assert sum(stages) == pytest.approx(row["v2v_ms"], abs=5)
        assert row["decided_by"]
        assert 0 < row["v2v_ms"] < 10_000


@pytest.mark.ahead.with_args(measured_calls)
async def test_the_wire_agrees(ahead: list[Measured]) -> None:
    """Replies after the silence prompt's time answer the silence, not the caller."""
    differences: list[float] = []
    for one in ahead:
        report = one.call.report
        wire = [v2v for v2v in report.v2v_ms if v2v < SILENCE_PROMPT_S * 1000]
        engine = [row["v2v_ms"] for row in one.answered]
        said = [(turn.who, turn.heard) for turn in one.call.result.turns]
        assert len(wire) == len(engine), (wire, engine, said)
        differences += [a - b for a, b in zip(wire, engine, strict=True)]
    sizes = [abs(difference) for difference in differences]
    assert median(sizes) <= 60, differences
    assert max(sizes) <= 200, differences
