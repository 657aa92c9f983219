from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from voiceagent.core.audio.playout import Playout, Unheard
from voiceagent.core.wire import Played


def test_a_mark_proves_what_was_sent_before_it() -> None:
    playout = Playout()
    playout.send(1, 1600, 0.0)
    first = playout.mark()
    playout.send(1, 1600, 0.0)
    playout.end(1)
    last = playout.mark()
    assert playout.echo(first, 0.2) == (Played(1, 1600, False, 0.0),)
    assert playout.echo(last, 0.4) == (Played(1, 3200, True, 0.0),)
    assert not playout.outstanding


def test_between_marks_the_clock_tells_but_never_past_the_next_mark() -> None:
    playout = Playout()
    playout.send(1, 1600, 10.0)
    playout.mark()
    playout.send(1, 1600, 10.0)
    assert playout.heard(10.1) == 800
    assert playout.heard(15.0) == 1600


def test_marks_returned_by_a_clear_prove_nothing() -> None:
    playout = Playout()
    playout.send(1, 8000, 0.0)
    name = playout.mark()
    assert playout.clear(0.25) == Played(1, 2000, False, 0.0)
    assert playout.echo(name, 0.26) == ()
    assert playout.heard(9.0) == 2000
    assert playout.stale_marks == 1


def test_a_lost_echo_is_made_up_for_by_the_next() -> None:
    playout = Playout()
    playout.send(1, 800, 0.0)
    playout.end(1)
    playout.mark()
    playout.send(2, 800, 0.0)
    assert playout.echo(playout.mark(), 0.2) == (
        Played(1, 800, True, 0.0),
        Played(2, 800, False, 0.0),
    )


def test_an_end_that_was_taken_back_has_to_come_again() -> None:
    playout = Playout()
    playout.send(1, 800, 0.0)
    half = playout.mark()
    playout.send(1, 800, 0.0)
    playout.end(1)
    playout.mark()
    playout.echo(half, 0.1)
    assert playout.rewind(0.1) == (Unheard(1, 800),)
    assert playout.outstanding
    playout.send(1, 800, 0.2)
    assert playout.echo(playout.mark(), 0.3) == (Played(1, 1600, False, 0.0),)
    playout.end(1)
    assert playout.echo(playout.mark(), 0.3) == (Played(1, 1600, True, 0.0),)
    assert not playout.outstanding


def test_after_a_silence_the_clock_starts_with_the_new_sound() -> None:
    playout = Playout()
    playout.send(1, 800, 0.0)
    playout.end(1)
    playout.echo(playout.mark(), 0.1)
    playout.send(2, 8000, 100.0)
    assert playout.heard(100.5) == 800 + 4000


def test_giving_up_reports_nothing_as_heard() -> None:
    playout = Playout()
    playout.send(1, 800, 0.0)
    playout.end(1)
    name = playout.mark()
    assert playout.overdue_s(2.1) == 2.0
    playout.give_up(2.1)
    assert not playout.outstanding
    assert playout.echo(name, 2.2) == ()


class PlayoutMachine(RuleBasedStateMachine):
    """Any order of sends, marks, echoes (late, lost, twice), clears and time."""

    def __init__(self) -> None:
        super().__init__()
        self.playout = Playout()
        self.now = 0.0
        self.utterance = 0
        self.names: list[str] = []
        self.stale: set[str] = set()
        self.heard = 0
        self.progress: dict[int, int] = {}
        self.given: dict[int, int] = {}
        self.cut_below = -1

    @rule(samples=st.integers(1, 4000))
    def send(self, samples: int) -> None:
        self.playout.send(self.utterance, samples, self.now)
        self.given[self.utterance] = self.given.get(self.utterance, 0) + samples

    @rule()
    def mark(self) -> None:
        self.names.append(self.playout.mark())

    @rule()
    def next_utterance(self) -> None:
        self.playout.end(self.utterance)
        self.names.append(self.playout.mark())
        self.utterance += 1

    @rule(index=st.integers(0, 50))
    def echo(self, index: int) -> None:
        if not self.names:
            return
        name = self.names[index % len(self.names)]
        progress = self.playout.echo(name, self.now)
        if name in self.stale:
            assert progress == ()
        for played in progress:
            assert played.utterance > self.cut_below
            assert self.progress.get(played.utterance, 0) <= played.samples
            assert played.samples <= self.given[played.utterance]
            self.progress[played.utterance] = played.samples

    @rule()
    def clear(self) -> None:
        cut = self.playout.clear(self.now)
        if cut is not None:
            assert cut.samples <= self.given[cut.utterance]
            assert cut.samples >= self.progress.get(cut.utterance, 0)
        self.stale.update(self.names)
        self.cut_below = self.utterance
        self.utterance += 1

    @rule(seconds=st.floats(0.0, 2.0))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @invariant()
    def heard_is_possible(self) -> None:
        heard = self.playout.heard(self.now)
        assert self.heard <= heard <= self.playout.sent
        assert self.playout.proven <= heard
        self.heard = heard


TestPlayout = PlayoutMachine.TestCase


@given(st.text(max_size=8))
def test_unknown_marks_change_nothing(name: str) -> None:
    playout = Playout()
    playout.send(1, 100, 0.0)
    assert playout.echo(name, 1.0) == ()
    assert playout.proven == 0
