"""Jitter and loss between caller and engine, by property: order, bounds, shares, repeatability."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtest.simulator import g711
from loadtest.simulator.background import Background
from loadtest.simulator.caller import Caller
from loadtest.simulator.media_stream import MediaStreamClient
from loadtest.simulator.messages import StreamIds
from loadtest.simulator.network import LONGEST_TICKS, Crossing, NetworkPath, NetworkSpec
from loadtest.simulator.playout import RecordedPlayout
from loadtest.simulator.recording import Recording
from loadtest.simulator.script import CallerScript, PlayWav
from loadtest.simulator.sound_detector import SoundDetector
from tests.loadtest.conftest import spoken, tone

SPECS = st.builds(
    NetworkSpec,
    jitter_ms=st.floats(0, 500),
    loss=st.floats(0, 0.4),
    burst=st.floats(1, 8),
)


def crossed(spec: NetworkSpec, seed: int, ticks: int) -> list[list[Crossing[int]]]:
    path: NetworkPath[int] = NetworkPath(spec, seed)
    return [list(path.send(tick, tick)) for tick in range(ticks)]


@given(spec=SPECS, seed=st.integers(0, 10_000), ticks=st.integers(1, 300))
def test_what_comes_is_in_order_once_and_never_early(
    spec: NetworkSpec, seed: int, ticks: int
) -> None:
    by_tick = crossed(spec, seed, ticks)
    items = [one.item for came in by_tick for one in came]
    assert items == list(range(len(items)))
    for tick, came in enumerate(by_tick):
        for one in came:
            assert one.item + one.held_ticks == tick
            assert one.held_ticks <= LONGEST_TICKS
    assert len(items) >= ticks - LONGEST_TICKS


@given(spec=SPECS, seed=st.integers(0, 10_000))
def test_the_same_seed_does_the_same(spec: NetworkSpec, seed: int) -> None:
    assert crossed(spec, seed, 100) == crossed(spec, seed, 100)


@pytest.mark.parametrize(("loss", "burst"), [(0.01, 1.0), (0.05, 1.0), (0.05, 4.0), (0.3, 2.0)])
def test_so_many_are_lost_in_such_bursts(loss: float, burst: float) -> None:
    lost = [one.lost for came in crossed(NetworkSpec(0.0, loss, burst), 7, 60_000) for one in came]
    assert sum(lost) / len(lost) == pytest.approx(loss, rel=0.15)
    begins = sum(now and not before for before, now in zip([False, *lost], lost, strict=False))
    assert sum(lost) / begins == pytest.approx(burst if burst > 1 else 1 / (1 - loss), rel=0.15)


def test_jitter_holds_up_what_follows_and_it_comes_in_a_burst() -> None:
    by_tick = crossed(NetworkSpec(jitter_ms=40.0), 3, 2000)
    assert max(len(came) for came in by_tick) > 2
    held = [one.held_ticks for came in by_tick for one in came]
    assert not any(one.lost for came in by_tick for one in came)
    assert np.mean(held) > 1


def test_a_perfect_network_changes_nothing() -> None:
    assert crossed(NetworkSpec(), 1, 50) == [[Crossing(tick, 0)] for tick in range(50)]


def test_what_is_under_way_when_the_connection_closes_never_comes() -> None:
    path: NetworkPath[int] = NetworkPath(NetworkSpec(jitter_ms=400.0), 5)
    sent = [one.item for tick in range(20) for one in path.send(tick, tick)]
    path.forget()
    later = [one.item for tick in range(20, 120) for one in path.send(tick, tick)]
    assert not set(later) & set(range(len(sent), 20))
    assert later[0] >= 20


@pytest.mark.parametrize(
    "wrong",
    [
        {"jitter_ms": -1.0},
        {"loss": 1.0},
        {"loss": -0.1},
        {"burst": 0.5},
        {"loss": 0.6, "burst": 1.0},
    ],
)
def test_a_network_that_cannot_be_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"jitter|bursts"):
        NetworkSpec(**wrong)


def test_timestamps_jump_where_a_frame_was_lost_and_numbers_do_not() -> None:
    client: MediaStreamClient[int] = MediaStreamClient(
        StreamIds("AC0", "CA0", "MZ0"), {}, RecordedPlayout()
    )
    first = json.loads(client.media(bytes(160)))["media"]
    client.lose_frame()
    second = json.loads(client.media(bytes(160)))["media"]
    assert (first["chunk"], first["timestamp"]) == ("1", "0")
    assert (second["chunk"], second["timestamp"]) == ("2", "40")


@pytest.mark.parametrize("snr_db", [0.0, 10.0, 20.0])
def test_a_noise_lies_so_far_under_the_speech(snr_db: float) -> None:
    recording = spoken(300)
    noise = (tone(400, 900) / 3).astype(np.int16)
    background = Background.at_snr(noise, [recording], snr_db)
    quiet = b"".join(background.under(g711.SILENCE * 160, frame) for frame in range(20))
    assert recording.speech is not None
    speech = recording.audio[recording.speech.start_8k : recording.speech.end_8k]
    measured_db = 20 * np.log10(g711.rms(speech) / g711.rms(quiet))
    assert measured_db == pytest.approx(snr_db, abs=1.0)


def test_the_noise_is_there_while_the_caller_is_silent_and_while_it_speaks() -> None:
    recording = spoken(200)
    background = Background.at_snr((tone(400, 900) / 3).astype(np.int16), [recording], 6.0)
    caller = Caller(CallerScript([PlayWav(recording)], background=background))
    ear = SoundDetector()
    frame = caller.frame(0, ear)
    assert g711.rms(frame.audio) > 500
    assert frame.acts == ()


@pytest.mark.parametrize("samples", [np.zeros(0, np.int16), np.zeros(8000, np.int16)])
def test_a_noise_without_sound_is_refused(samples: g711.Samples) -> None:
    with pytest.raises(ValueError, match="noise"):
        Background.at_snr(samples, [spoken(200)], 10.0)
    with pytest.raises(ValueError, match="noise"):
        Background.at_snr(tone(100), [Recording("x", b"\xff" * 320, None)], 10.0)
