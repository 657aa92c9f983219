"""Properties of the outbound buffer, checked against a model that plays one sample at a time."""

from __future__ import annotations

from collections import deque

from hypothesis import given
from hypothesis import strategies as st

from loadtest.simulator.g711 import SILENCE
from loadtest.simulator.playout import UTTERANCE_GAP_8K, RecordedPlayout

LOUD = b"\x80"

Operation = tuple[str, int, int]
OPERATIONS = st.lists(
    st.tuples(st.sampled_from(["media", "mark", "clear", "wait"]), st.integers(0, 60)).flatmap(
        lambda pair: st.tuples(st.just(pair[0]), st.just(pair[1]), st.integers(0, 50))
    ),
    max_size=40,
)


class SlowModel:
    """The buffer as a queue of samples and marks, played one sample at a time."""

    def __init__(self) -> None:
        self.queue: deque[int | str] = deque()
        self.heard = bytearray()
        self.played = 0

    def marks_at_head(self) -> list[str]:
        names = []
        while self.queue and isinstance(self.queue[0], str):
            names.append(str(self.queue.popleft()))
        return names

    def run(self, samples: int) -> list[str]:
        names = self.marks_at_head()
        for _ in range(samples):
            if self.queue:
                self.heard.append(int(self.queue.popleft()))
                self.played += 1
            else:
                self.heard += SILENCE
            names += self.marks_at_head()
        return names

    def clear(self) -> list[str]:
        names = [item for item in self.queue if isinstance(item, str)]
        self.queue.clear()
        return names


@given(OPERATIONS)
def test_equals_the_sample_by_sample_model(operations: list[Operation]) -> None:
    playout, model = RecordedPlayout(), SlowModel()
    now, sample = 0, 0
    for number, (what, wait, size) in enumerate(operations):
        echoed = model.run(wait)
        now += wait
        assert list(playout.due_marks(now)) == echoed
        if what == "media":
            audio = bytes((sample + i) % 255 for i in range(size))
            sample += size
            playout.receive(now, audio)
            model.queue.extend(audio)
        elif what == "mark":
            playout.mark(now, f"m{number}")
            model.queue.append(f"m{number}")
        elif what == "clear":
            assert list(playout.clear(now)) == model.clear()
        assert playout.played_8k(now) == model.played
        assert playout.heard(0, now) == bytes(model.heard)
        assert playout.buffered_8k(now) == sum(isinstance(i, int) for i in model.queue)
    assert playout.received_8k == sample
    assert playout.received_8k == (
        playout.played_8k(now) + playout.discarded_8k + playout.buffered_8k(now)
    )


@given(OPERATIONS)
def test_heard_never_exceeds_sent_and_position_is_monotone(operations: list[Operation]) -> None:
    playout, now, before = RecordedPlayout(), 0, 0
    for what, wait, size in operations:
        now += wait
        if what == "media":
            playout.receive(now, LOUD * size)
        elif what == "clear":
            playout.clear(now)
        position = playout.played_8k(now)
        assert before <= position <= playout.received_8k
        assert playout.heard(0, now).count(LOUD) == position
        before = position


@given(st.integers(1, 500), st.integers(0, 600), st.integers(0, 400), st.integers(1, 400))
def test_any_window_of_what_was_heard(length: int, at: int, start: int, size: int) -> None:
    playout = RecordedPlayout()
    playout.receive(100, LOUD * length)
    playout.receive(at, b"\x00" * 50)
    whole = playout.heard(0, 2000)
    window = playout.heard(start, start + size)
    assert window == whole[start : start + size]
    assert playout.is_playing(start, start + size) == (window != SILENCE * size)


def test_mark_waits_for_the_audio_before_it() -> None:
    playout = RecordedPlayout()
    playout.receive(0, LOUD * 800)
    playout.mark(0, "end")
    playout.receive(0, LOUD * 800)
    assert playout.due_marks(799) == ()
    assert playout.due_marks(800) == ("end",)
    assert playout.due_marks(1600) == ()


def test_clear_returns_marks_at_once_and_silences() -> None:
    playout = RecordedPlayout()
    playout.receive(0, LOUD * 800)
    playout.mark(0, "a")
    playout.mark(0, "b")
    assert playout.clear(300) == ("a", "b")
    assert playout.pending_marks == ()
    assert playout.heard(0, 800) == LOUD * 300 + SILENCE * 500
    playout.receive(300, LOUD * 10)
    assert playout.heard(300, 320) == LOUD * 10 + SILENCE * 10


def test_gap_inside_an_utterance_is_an_underrun_and_a_pause_is_not() -> None:
    playout = RecordedPlayout()
    playout.receive(0, LOUD * 160)
    playout.receive(200, LOUD * 160)
    assert [(gap.at_8k, gap.length_8k, gap.cuts_sound) for gap in playout.gaps] == [(160, 40, True)]
    playout.receive(360 + UTTERANCE_GAP_8K, LOUD * 160)
    assert len(playout.gaps) == 1


def test_gap_after_silence_or_clear_cuts_nothing() -> None:
    playout = RecordedPlayout()
    playout.receive(0, LOUD * 80 + SILENCE * 80)
    playout.receive(200, LOUD * 160)
    assert [gap.cuts_sound for gap in playout.gaps] == [False]
    playout.clear(250)
    playout.receive(400, LOUD * 160)
    assert len(playout.gaps) == 1


def test_time_never_runs_backwards() -> None:
    playout = RecordedPlayout()
    playout.receive(1000, LOUD * 10)
    playout.receive(0, LOUD * 10)
    assert playout.heard(990, 1030) == SILENCE * 10 + LOUD * 20 + SILENCE * 10
