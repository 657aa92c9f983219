from __future__ import annotations

import base64
import json
from pathlib import Path

import numpy as np
import pytest

from loadtest.bench.measured import Measured, _begins
from loadtest.bench.report import (
    BenchRun,
    alone_p95_ms,
    as_markdown,
    as_text,
    largest,
    percentiles,
    save,
)
from loadtest.bench.speech import SpeechCycle
from loadtest.bench.swarm_caller import REPLY_GAP_S, CountingPlayout, SwarmCaller
from loadtest.simulator import g711
from loadtest.simulator.messages import StreamIds, StreamWriter
from loadtest.simulator.recording import Recording
from tests.support.replaced import replaced


def measured(calls: int, **changed: object) -> Measured:
    usual = Measured(
        calls=calls,
        seconds=10.0,
        v2v_ms=(400.0,),
        first_audio_ms=(),
        cpu_ms_per_call_second=3.0,
        cores=calls * 0.003,
        rss_mb=200.0,
        rss_mb_per_call=0.5,
        tasks=22 * calls,
        unanswered=0,
        split=0,
        dropped=0,
        frames=10_000,
        late_frames=0,
        late_ticks=0,
        ticks=1000,
    )
    return replaced(usual, **changed)


@pytest.mark.parametrize("size", [1, 2, 3, 160, 161, 320, 1600])
def test_the_length_of_a_message_is_that_of_its_sound(size: int) -> None:
    ids = StreamIds("AC", "CA", "MZ")
    message = StreamWriter(ids, {}).media(b"x" * size).encode()
    caller = SwarmCaller(0)
    caller.receive(message.replace(b'"MZ"', f'"MZ{0:032x}"'.encode()), 1.0)
    assert caller.playout.received_8k == size
    assert caller.heard_s == [1.0]


def test_a_frame_is_late_when_the_buffer_ran_dry_within_a_reply() -> None:
    playout = CountingPlayout()

    def receive(samples: int, at_s: float) -> None:
        playout.receive(at_s * 8000, b"x" * samples)

    receive(1600, 10.0)
    receive(320, 10.19)
    assert playout.late_frames == 0
    receive(320, 10.30)
    assert playout.late_frames == 1
    receive(320, 10.34 + REPLY_GAP_S + 0.01)
    assert playout.late_frames == 1, "that is another reply"
    playout.clear(11.0 * 8000)
    receive(320, 11.1)
    assert playout.late_frames == 1, "what was cleared did not run dry"
    assert playout.frames == 10 + 4 * 2


def test_marks_come_back_when_their_sound_was_played(monkeypatch: pytest.MonkeyPatch) -> None:
    caller = SwarmCaller(0)
    sent: list[str] = []
    monkeypatch.setattr(caller, "send", sent.append)
    stream = {"streamSid": f"MZ{0:032x}"}
    sound = {"payload": base64.b64encode(b"x" * 8000).decode()}
    caller.receive(json.dumps({"event": "media", "media": sound} | stream).encode(), 4.0)
    caller.receive(json.dumps({"event": "mark", "mark": {"name": "m1"}} | stream).encode(), 4.1)
    caller.echo_due(4.9)
    assert sent == []
    caller.echo_due(5.0)
    [echo] = [json.loads(message) for message in sent]
    assert (echo["event"], echo["mark"]) == ("mark", {"name": "m1"})


def test_a_line_is_a_recording_and_the_silence_after_it() -> None:
    tone = (8000 * np.sin(np.arange(8000) * 0.3)).astype(np.int16)
    samples = np.concatenate((np.zeros(800, np.int16), tone, np.zeros(800, np.int16)))
    line = SpeechCycle.of(Recording.of("tone", samples))
    assert len(line.frames) == 400
    assert (line.first, line.last) == (5, 54)
    with pytest.raises(ValueError, match="needs speech"):
        SpeechCycle.of(Recording("silence", g711.SILENCE * 8000, None))
    with pytest.raises(ValueError, match="at most"):
        SpeechCycle.of(Recording.of("long", np.tile(tone, 6)))


def test_a_reply_that_begins_while_the_caller_speaks_splits_the_turn() -> None:
    reply = [float(at) for at in np.arange(4.0, 6.0, 0.04)]
    assert not _begins(reply, 5.0, 8.0), "it had begun before"
    assert not _begins([*reply, 8.4], 6.5, 8.0), "it begins after"
    assert _begins([*reply, 7.0], 6.5, 8.0)


def test_what_holds() -> None:
    runs = [
        BenchRun("ours", measured(1)),
        BenchRun("ours", measured(100, v2v_ms=(400.0, 499.0))),
        BenchRun("ours", measured(200, v2v_ms=(400.0, 501.0))),
        BenchRun("ours", measured(300, late_frames=10)),
        BenchRun("ours", measured(400, unanswered=1)),
        BenchRun("ours", measured(500, dropped=1)),
        BenchRun("ours", measured(600, late_ticks=21)),
        BenchRun("ours", measured(700, v2v_ms=())),
    ]
    alone = alone_p95_ms(runs, "ours")
    assert alone == 400.0
    assert [run.measured.calls for run in runs if run.holds(alone)] == [1, 100]
    assert largest(runs, "ours") == 100
    assert largest(runs, "stock") == 0


def test_percentiles_are_values_that_were_measured() -> None:
    assert percentiles([]) is None
    assert percentiles([5.0]) == (5.0, 5.0, 5.0)
    assert percentiles([float(n) for n in range(1, 101)]) == (50.0, 95.0, 99.0)


def test_the_report_sets_ours_beside_the_others(tmp_path: Path) -> None:
    runs = [
        BenchRun("stock", measured(20, cpu_ms_per_call_second=38.0)),
        BenchRun("ours", measured(20)),
        BenchRun("ours", measured(200)),
    ]
    save(runs, tmp_path, "A day, a machine.")
    assert "| stock" in (tmp_path / "results.md").read_text()
    assert len(json.loads((tmp_path / "results.json").read_text())["runs"]) == 3


def test_ratios_are_written_out() -> None:
    runs = [
        BenchRun("stock", measured(20, cpu_ms_per_call_second=38.0)),
        BenchRun("ours", measured(200)),
    ]
    runs.append(BenchRun("ours", measured(300, unanswered=5, cpu_ms_per_call_second=1.0)))
    said = "stock / ours: 38.0 / 3.00 ms = 12.7 x; calls held: 20 and 200."
    assert said in as_text(runs)
    assert said in as_markdown(runs, "About.")
    assert Measured.from_json(json.dumps(json.loads(_json(runs[0].measured)))) == runs[0].measured


def _json(value: Measured) -> str:
    return json.dumps({name: getattr(value, name) for name in value.__slots__})
