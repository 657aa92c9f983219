"""The thread that listens, with a listener on paper that waits until it is let go."""

from __future__ import annotations

import queue
import threading

import numpy as np
import pytest
from numpy.typing import NDArray

from pipelines.offline.listening import CallerSound, Listening, rests
from pipelines.offline.listening_queue import Purpose
from pipelines.offline.verdict import Ear, HearingVerdict
from pipelines.offline.voiced import Voiced
from voiceagent.core.clock import SystemClock
from voiceagent.domain.open_question import NOTHING_ASKED, OpenQuestion

RATE = 8000
WAIT_S = 5.0


def sound(*parts: tuple[float, float]) -> NDArray[np.int16]:
    """Noise of so many seconds at such a level, part after part."""
    chance = np.random.default_rng(7)
    return np.concatenate(
        [level * chance.standard_normal(int(seconds * RATE)) for seconds, level in parts]
    ).astype(np.int16)


SPEECH = (1.0, 3000.0)
PAUSE = (0.4, 30.0)


class PaperListener:
    """Hears how many samples it got, once it is let go."""

    def __init__(self) -> None:
        self.go = threading.Semaphore(0)
        self.begun: queue.Queue[int] = queue.Queue()

    def hear(
        self,
        pcm_8k: NDArray[np.int16],
        question: OpenQuestion,
        words: str,
        voice: Voiced | None = None,
    ) -> HearingVerdict:
        self.begun.put(len(pcm_8k))
        assert self.go.acquire(timeout=WAIT_S)
        return HearingVerdict(f"{len(pcm_8k)} samples", 0.9, Ear.WHISPER)


class Rig:
    def __init__(self) -> None:
        self.told: queue.Queue[tuple[Purpose, int, HearingVerdict]] = queue.Queue()
        self.listener = PaperListener()
        self.listening = Listening(self.listener, lambda *news: self.told.put(news), SystemClock())
        self.listening.start()

    def news(self) -> tuple[Purpose, int, str]:
        purpose, stream, verdict = self.told.get(timeout=WAIT_S)
        return purpose, stream, verdict.text


@pytest.fixture
def rig() -> Rig:
    return Rig()


def utterance(pcm_8k: NDArray[np.int16]) -> CallerSound:
    return CallerSound(pcm_8k, NOTHING_ASKED, "cheap words")


def test_what_was_heard_in_the_pause_is_the_turns_when_it_ends_there(rig: Rig) -> None:
    rig.listener.go.release()
    assert rig.listening.ahead(1, utterance(sound(SPEECH)))
    assert rig.news() == (Purpose.AHEAD, 1, "8000 samples")
    rig.listening.finish(1, utterance(sound(SPEECH, PAUSE)))
    assert rig.news() == (Purpose.FINAL, 1, "8000 samples")
    assert rig.listener.begun.qsize() == 1


def test_a_turn_that_went_on_is_heard_again(rig: Rig) -> None:
    rig.listener.go.release(2)
    assert rig.listening.ahead(1, utterance(sound(SPEECH)))
    rig.news()
    rig.listening.finish(1, utterance(sound(SPEECH, PAUSE, SPEECH)))
    assert rig.news() == (Purpose.FINAL, 1, "19200 samples")


def test_a_turn_that_ends_while_it_is_listened_to_waits_for_that(rig: Rig) -> None:
    assert rig.listening.ahead(1, utterance(sound(SPEECH)))
    assert rig.listener.begun.get(timeout=WAIT_S) == RATE
    rig.listening.finish(1, utterance(sound(SPEECH, PAUSE)))
    rig.listener.go.release()
    assert rig.news() == (Purpose.FINAL, 1, "8000 samples")


def test_who_comes_when_too_many_wait_has_the_cheap_words_at_once(rig: Rig) -> None:
    for stream in range(40):
        rig.listening.finish(stream, utterance(sound(SPEECH)))
    purpose, stream, text = rig.news()
    assert (purpose, text) == (Purpose.FINAL, "cheap words")
    assert stream > 0
    rig.listener.go.release(40)


def test_a_turn_that_nobody_waits_for_is_told_to_nobody(rig: Rig) -> None:
    assert rig.listening.ahead(1, utterance(sound(SPEECH)))
    rig.listener.begun.get(timeout=WAIT_S)
    rig.listening.forget(1)
    rig.listener.go.release(2)
    rig.listening.finish(2, utterance(sound(SPEECH)))
    assert rig.news() == (Purpose.FINAL, 2, "8000 samples")
    assert rig.told.empty()


@pytest.mark.parametrize(
    ("parts", "quiet"),
    [
        ((), True),
        ((PAUSE,), True),
        (((0.06, 3000.0), PAUSE), True),  # a click
        ((SPEECH,), False),
        ((PAUSE, (0.2, 2000.0)), False),
    ],
)
def test_a_pause_is_told_from_more_speech(
    parts: tuple[tuple[float, float], ...], quiet: bool
) -> None:
    assert rests(sound(SPEECH, *parts), RATE) == quiet
