"""Pauses inside what people say: which of them our line takes for the end of the turn.

Each recording is one turn on the engine's own line, in simulated time; nobody hears its words, so
that the silence and the turn model decide alone. A call has the words beside, which know that a
number is not all there; what is measured here is the worst of it.

E_300 of the public benchmark is the share of pauses of 300 ms and more inside a turn that are taken
for its end; its counterpart is how long an answer waits after the real end.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np

from loadtest.panel.line_ends import DeafCarrier, NobodyAnswers, sent_sound
from loadtest.panel.scoring import MS_8K
from loadtest.panel.sounds import (
    ABOVE_FLOOR_DB,
    BELOW_PEAK_DB,
    BLOCK_8K,
    SoundFolderError,
    levels_db,
    manifest_rows,
    sound_span,
)
from loadtest.simulator import wav
from loadtest.simulator.g711 import Samples
from loadtest.simulator.recording import SampleSpan
from voiceagent.core.audio.samples import FRAME_SAMPLES, Pcm
from voiceagent.core.clock import Clock, ManualClock
from voiceagent.core.wire import TurnEnd
from voiceagent.domain.expecting import Expecting
from voiceagent.media.scheduler import FrameScheduler
from voiceagent.media.silero import BatchedVad
from voiceagent.media.smart_turn import Question, SmartTurn
from voiceagent.media.sound_classifier import SoundClassifier

PAUSE_MS: Final = 300
"""Silence of so long inside a turn is a pause."""

THINKS_S: Final = 0.1
"""What the turn model takes for an answer, on one core."""

LEAD_IN_8K: Final = 1000 * MS_8K
WATCH_8K: Final = 3000 * MS_8K
"""Silence after the recording: the longest patience, and some."""

STEP_S: Final = 0.01
_HEAD: Final = (
    f"{'asked':<10} {'turns':>5} {'pauses':>6} {'cut':>4} {'share':>6} {'p50 ms':>7} {'p90 ms':>7}"
)


@dataclass(frozen=True, slots=True)
class RecordedTurn:
    """A recording of one turn.

    Attributes:
        path: as the manifest has it.
        speaker: who.
        asked: what it answers.
        samples: linear.
        voice: from its first to its last sound.
        pauses: of `PAUSE_MS` and more, in order.
    """

    path: str
    speaker: str
    asked: Expecting
    samples: Samples
    voice: SampleSpan
    pauses: tuple[SampleSpan, ...]


@dataclass(frozen=True, slots=True)
class TurnOutcome:
    """What became of a turn.

    Attributes:
        turn: which.
        cut: how many of its pauses were taken for its end.
        after_ms: from its last sound to the end of the turn; ``None`` where that never came.
    """

    turn: RecordedTurn
    cut: int
    after_ms: float | None


def pauses_in(samples: Samples, voice: SampleSpan) -> tuple[SampleSpan, ...]:
    """Where between the first and the last sound nothing stands out for `PAUSE_MS`."""
    levels = levels_db(samples[voice.start_8k : voice.end_8k])
    if not levels.size:
        return ()
    floor = float(np.percentile(levels, 10)) + ABOVE_FLOOR_DB
    loud = levels >= max(floor, float(levels.max()) - BELOW_PEAK_DB)
    edges = np.flatnonzero(loud)
    gaps = [(a + 1, b) for a, b in pairwise(edges)]
    long = PAUSE_MS * MS_8K // BLOCK_8K
    start = voice.start_8k
    return tuple(
        SampleSpan(start + int(a) * BLOCK_8K, start + int(b) * BLOCK_8K)
        for a, b in gaps
        if b - a >= long
    )


def read_turns(folder: Path) -> list[RecordedTurn]:
    """The turns of a folder: recordings whose row says what was asked, in the manifest's order.

    Raises:
        SoundFolderError: another shape, or a recording that is not there.
    """
    try:
        return [_turn(folder, row) for row in manifest_rows(folder) if row["asked"]]
    except (OSError, KeyError, ValueError) as error:
        raise SoundFolderError(f"{folder}: {error!r}") from error


def _turn(folder: Path, row: dict[str, str]) -> RecordedTurn:
    samples = wav.read(folder / row["path"])
    voice = sound_span(samples)
    pauses = pauses_in(samples, voice)
    return RecordedTurn(
        row["path"], row["speaker"], Expecting(row["asked"]), samples, voice, pauses
    )


class ThinkingModel:
    """The turn model, whose answers take `THINKS_S` of simulated time.

    Args:
        clock: simulated.
        model: the real one.
    """

    def __init__(self, clock: Clock, model: SmartTurn) -> None:
        self._clock = clock
        self._model = model

    def ask(self, samples_8k: Pcm) -> Question:
        """See `TurnModel`."""
        return _Answer(
            self._clock, self._clock.monotonic() + THINKS_S, self._model.probability(samples_8k)
        )

    def close(self) -> None:
        """See `TurnModel`."""


@dataclass(frozen=True, slots=True)
class _Answer:
    clock: Clock
    due_s: float
    found: float

    def probability(self) -> float | None:
        return self.found if self.clock.monotonic() >= self.due_s else None

    def withdraw(self) -> None:
        pass


class _Listener(NobodyAnswers):
    """Notes when turns end, by the sound that was sent."""

    def __init__(self) -> None:
        self.sent_8k = 0
        self.ends_8k: list[int] = []

    def caller_finished(self, end: TurnEnd) -> None:
        del end
        self.ends_8k.append(self.sent_8k)


def play(
    turns: Sequence[RecordedTurn], model: SmartTurn, classifier: SoundClassifier | None
) -> Iterator[TurnOutcome]:
    """Each turn on a line of its own.

    Yields:
        What became of it, in order.
    """
    for number, turn in enumerate(turns):
        yield _played(turn, number, model, classifier)


def _played(
    turn: RecordedTurn, number: int, model: SmartTurn, classifier: SoundClassifier | None
) -> TurnOutcome:
    clock = ManualClock(datetime(2025, 8, 29, tzinfo=UTC))
    listener = _Listener()
    scheduler = FrameScheduler(clock, BatchedVad(1), ThinkingModel(clock, model), None, classifier)
    line = scheduler.add(DeafCarrier(), listener)
    line.expect(turn.asked)
    sent = sent_sound(turn.samples, start_8k=LEAD_IN_8K, after_8k=WATCH_8K, seed=number)
    for frame in range(len(sent) // FRAME_SAMPLES):
        listener.sent_8k = (frame + 1) * FRAME_SAMPLES
        piece = sent[frame * FRAME_SAMPLES : (frame + 1) * FRAME_SAMPLES]
        line.on_audio(piece, timestamp_ms=20 * frame, chunk=frame + 1)
        for _ in range(2):
            clock.advance(STEP_S)
            scheduler.tick(clock.monotonic())
    return outcome(turn, [end - LEAD_IN_8K for end in listener.ends_8k])


def outcome(turn: RecordedTurn, ends_8k: Sequence[int]) -> TurnOutcome:
    """What ends at these places of the recording make of a turn.

    A pause is cut where a turn ended in it, or before the sound after it had been a quarter second
    on the line, which is how long a decision may take.
    """
    late = 250 * MS_8K
    cut = sum(any(p.start_8k <= end < p.end_8k + late for end in ends_8k) for p in turn.pauses)
    after = [end for end in ends_8k if end >= turn.voice.end_8k - late]
    return TurnOutcome(turn, cut, (after[0] - turn.voice.end_8k) / MS_8K if after else None)


def table(outcomes: Sequence[TurnOutcome]) -> str:
    """The figures by what was asked, and of all, as text."""
    kinds = sorted({one.turn.asked for one in outcomes})
    rows = [_row(kind, [one for one in outcomes if one.turn.asked is kind]) for kind in kinds]
    return "\n".join((_HEAD, *rows, _row("all", outcomes)))


def _row(name: str, outcomes: Sequence[TurnOutcome]) -> str:
    pauses = sum(len(one.turn.pauses) for one in outcomes)
    cut = sum(one.cut for one in outcomes)
    share = f"{cut / pauses:.3f}" if pauses else "-"
    waits = [one.after_ms for one in outcomes if one.after_ms is not None]
    p50, p90 = (f"{np.percentile(waits, at):.0f}" if waits else "-" for at in (50, 90))
    return f"{name:<10} {len(outcomes):>5} {pauses:>6} {cut:>4} {share:>6} {p50:>7} {p90:>7}"
