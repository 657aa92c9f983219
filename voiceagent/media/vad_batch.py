"""The voice model, asked about many lines at once.

A round takes one window of every line that has one, puts them before the model in one batch and
hands each line its answer. Silence in silence is not put before it. What goes wrong with one line's
window is that line's end; a batch that fails is asked again line by line, which shows whose fault
it was, and the others never notice.
"""

from __future__ import annotations

from collections.abc import Sequence

from voiceagent.core.audio.g711 import mulaw_windows
from voiceagent.core.audio.levels import block_levels, hisses
from voiceagent.core.audio.voice_gate import WINDOW_SAMPLES
from voiceagent.media.line import Line
from voiceagent.media.line_end import LineFault
from voiceagent.media.silero import COMFORT, Vad, Windows


class VadBatch:
    """Asks one voice model for all lines of a worker.

    Args:
        vad: has a slot for each line.
    """

    def __init__(self, vad: Vad) -> None:
        self._vad = vad

    def judge(self, lines: Sequence[Line]) -> list[Line]:
        """One window of every line that has one; the lines that had one."""
        ready, mulaw = self._windows(lines)
        if not ready:
            return ready
        sound = mulaw_windows(b"".join(mulaw), WINDOW_SAMPLES)
        levels = block_levels(sound).tolist()
        asked = self._not_at_rest(ready, levels)
        if asked:
            heard = sound[asked]
            hissing = hisses(heard).tolist()
            answers = self._answers([ready[row] for row in asked], heard)
            for row, answer, hiss in zip(asked, answers, hissing, strict=True):
                if answer is not None:
                    line = ready[row]
                    line.guarded(line.judged, answer, levels[row], hiss)
        return ready

    @staticmethod
    def _windows(lines: Sequence[Line]) -> tuple[list[Line], list[bytes]]:
        """The lines that have a window, and their windows, mu-law."""
        ready: list[Line] = []
        mulaw: list[bytes] = []
        for line in lines:
            if line.end is not None:
                continue
            try:
                window = line.inbound.window()
                if window is None:
                    continue
                _check(window)
            except Exception as error:  # noqa: BLE001 - this line's end, see `LineGuard.guarded`
                line.fail(error, LineFault.WINDOW)
                continue
            ready.append(line)
            mulaw.append(window)
        return ready, mulaw

    def _not_at_rest(self, ready: Sequence[Line], levels: list[list[float]]) -> list[int]:
        """The rows to be put before the voice model; the others' silence is judged at once."""
        asked: list[int] = []
        for row, line in enumerate(ready):
            try:
                if not line.rests(levels[row]):
                    asked.append(row)
                    continue
                if line.inbound.begins_rest:
                    self._vad.rest(line.slot)
            except Exception as error:  # noqa: BLE001 - this line's end, see `LineGuard.guarded`
                line.fail(error, LineFault.WINDOW)
        return asked

    def _answers(self, lines: Sequence[Line], sound: Windows) -> list[float | None]:
        """The voice model's answers, all at once; one by one if that fails.

        Dead quiet gets comfort noise. ``None`` for a line that could not be answered for: it has
        been closed.
        """
        for row, line in enumerate(lines):
            if line.inbound.dead_quiet:
                sound[row] += COMFORT[line.inbound.windows_judged % len(COMFORT)]
        try:
            return [*self._ask(lines, sound)]
        except Exception as error:  # noqa: BLE001 - whose fault it is shows below
            if len(lines) == 1:
                lines[0].fail(error, LineFault.MODEL)
                return [None]
        one_by_one: list[float | None] = []
        for row, line in enumerate(lines):
            try:
                one_by_one += self._ask([line], sound[row : row + 1])
            except Exception as error:  # noqa: BLE001 - this line's end, see `LineGuard.guarded`
                line.fail(error, LineFault.MODEL)
                one_by_one.append(None)
        return one_by_one

    def _ask(self, lines: Sequence[Line], sound: Windows) -> list[float]:
        """The voice model's answers for a window of each line."""
        slots = [line.slot for line in lines]
        quiet = [not line.inbound.voice for line in lines]
        answers: list[float] = self._vad.probabilities(slots, sound, quiet).tolist()
        if len(answers) != len(lines):
            raise ValueError(f"{len(answers)} answers for {len(lines)} lines")
        return answers


def _check(window: bytes) -> None:
    """A window of another length would shift everybody else's in the batch."""
    if len(window) != WINDOW_SAMPLES:
        raise ValueError(f"a window of {len(window)} samples")
