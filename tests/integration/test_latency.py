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

from statistics import median

import pytest

from pipelines.session import SILENCE_PROMPT_S
from tests.integration.measured import Evening, measured_calls

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(200)]

STAGES = ("endpoint_ms", "stt_ms", "think_ms", "tools_ms", "tts_ms", "send_ms")


@pytest.mark.ahead.with_args(measured_calls)
async def test_stages_sum_to_voice_to_voice(ahead: Evening) -> None:
    answered = [row for one in ahead.polite for row in one.answered]
    assert len(answered) >= 7
    for row in answered:
        stages = [row[stage] for stage in STAGES]
        assert all(stage >= 0 for stage in stages)
        assert row["speaker"] == "agent"
        assert sum(stages) == pytest.approx(row["v2v_ms"], abs=5)
        assert row["decided_by"]
        assert 0 < row["v2v_ms"] < 10_000


@pytest.mark.ahead.with_args(measured_calls)
async def test_the_wire_agrees(ahead: Evening) -> None:
    """Replies after the silence prompt's time answer the silence, not the caller.

    On a machine that is busy with other tests, a pause inside a turn can be taken for its end; the
    caller talks on, and the reply is withdrawn before any of it is heard. The engine has a row for
    it, the wire, which knows the whole recording as one turn, has no place: it may happen once.
    """
    differences: list[float] = []
    withdrawn = 0
    for one in ahead.polite:
        report = one.call.report
        wire = [v2v for v2v in report.v2v_ms if v2v < SILENCE_PROMPT_S * 1000]
        engine = [row["v2v_ms"] for row in one.answered if row["heard"]]
        withdrawn += len(one.answered) - len(engine)
        said = [(turn.who, turn.heard) for turn in one.call.result.turns]
        assert len(wire) == len(engine), (wire, engine, said)
        differences += [a - b for a, b in zip(wire, engine, strict=True)]
    assert withdrawn <= 1
    *sizes, largest = sorted(abs(difference) for difference in differences)
    assert median(sizes) <= 60, differences
    assert sizes[-1] <= 200, differences
    assert largest <= 500, differences  # one may be of a moment when nothing ran
