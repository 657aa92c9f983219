from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from pipecat.audio.turn.smart_turn._whisper_features import compute_whisper_log_mel_features

from tests.media.rig import load, silence, speech_spans
from tests.support.present import present
from voiceagent.core.audio.samples import Pcm
from voiceagent.media.features import SAMPLES_16K, double_rate, log_mel
from voiceagent.media.smart_turn import WAITING_MOST, SmartTurn, TurnModelThread


def test_features_equal_pipecats() -> None:
    rng = np.random.default_rng(3)
    speech = double_rate(load("reference/slt/03.wav").astype(np.float32) / np.float32(32768))
    for sound in (speech, rng.standard_normal(SAMPLES_16K).astype(np.float32) * 0.1, speech[:1600]):
        padded = np.zeros(SAMPLES_16K, dtype=np.float32)
        kept = sound[-SAMPLES_16K:]
        padded[SAMPLES_16K - kept.size :] = kept
        expected = compute_whisper_log_mel_features(padded)
        assert np.allclose(log_mel(sound), expected, atol=1e-3)


def test_doubling_the_rate_keeps_the_band_and_adds_nothing_above() -> None:
    at = np.arange(8000) / 8000
    for hertz in (200, 1000, 3000):
        doubled = double_rate(np.sin(2 * np.pi * hertz * at).astype(np.float32))
        expected = np.sin(2 * np.pi * hertz * np.arange(16000) / 16000)
        assert np.abs(doubled[200:-200] - expected[200:-200]).max() < 0.02
    assert double_rate(np.zeros(0, dtype=np.float32)).size == 0


def test_a_finished_and_an_unfinished_sentence() -> None:
    model = SmartTurn()
    name = "reference_hard/rms/01.wav"
    whole = load(name)
    begin, end = (int(at * 8000) for at in speech_spans()[name])
    finished = whole[: end + 896]
    broken_off = np.concatenate((whole[: int(begin + 0.6 * (end - begin))], silence(0.112)))
    assert model.probability(finished) > 0.7
    assert model.probability(broken_off) < 0.5


class Gate(SmartTurn):
    """A model that answers when told to."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.started = threading.Event()
        self.runs = 0

    def probability(self, samples_8k: Pcm) -> float:
        self.started.set()
        assert self.open.wait(5)
        self.runs += 1
        if samples_8k.size == 0:
            raise ValueError("nothing to hear")
        return 0.75


@pytest.fixture
def gate() -> Gate:
    return Gate()


def settled(service: TurnModelThread) -> None:
    """Wait until the one thread has worked off its line."""
    pool: ThreadPoolExecutor = service._thread
    pool.submit(lambda: None).result(5)


def test_one_thread_serves_a_short_line_and_withdrawn_questions_cost_nothing(gate: Gate) -> None:
    service = TurnModelThread(gate)
    sound = silence(0.1)
    questions = [present(service.ask(sound)) for _ in range(WAITING_MOST)]
    assert service.ask(sound) is None
    assert service.refused == 1
    assert gate.started.wait(5)
    for question in questions[1:3]:
        question.withdraw()
    assert questions[0].probability() is None
    gate.open.set()
    settled(service)
    assert [question.probability() for question in questions] == [0.75, None, None, 0.75]
    assert gate.runs == 2
    service.close()


def test_a_model_that_fails_gives_no_answer(gate: Gate) -> None:
    service = TurnModelThread(gate)
    gate.open.set()
    question = service.ask(silence(0.0))
    settled(service)
    assert question is not None
    assert question.probability() is None
    service.close()
