"""What was heard in each recording, kept line by line: a long measurement can be resumed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pipelines.offline.verdict import Ear, HearingVerdict
from training.hearing import EarsHere, HearingResult
from training.scores import answered, digits_of, errors, is_fact, said
from training.trials import TrialRecording
from voiceagent.domain.open_question import OpenQuestion


@dataclass(frozen=True, slots=True)
class TrialHeard:
    """A recording and what was heard of it."""

    of: TrialRecording
    heard: HearingResult

    @property
    def text(self) -> str:
        """The words."""
        return self.heard.verdict.text

    @property
    def words(self) -> int:
        """How many words were said; a digit is one."""
        return len(said(self.of.words))

    @property
    def errors(self) -> int:
        """Words wrong, missing or too many, by what was said."""
        return errors(said(self.of.words), said(self.text))

    @property
    def exact(self) -> bool:
        """Whether the whole turn was understood: of a number, its digits."""
        digits = digits_of(self.of.words)
        return digits == digits_of(self.text) if len(digits) >= MANY_DIGITS else not self.errors

    @property
    def meant(self) -> bool:
        """Whether it is the same answer, yes or no."""
        return answered(self.of.words) is answered(self.text)

    @property
    def turned(self) -> bool:
        """Whether it is the opposite answer."""
        return not self.meant and answered(self.text) is not None

    @property
    def fact(self) -> bool:
        """Whether a caller's turn with these words would be taken for an answer."""
        return is_fact(self.text, self.of.asked)


MANY_DIGITS = 5
"""A text with so many is a number that was dictated."""


def hear_all(
    played: Iterable[TrialRecording], ears: EarsHere, kept: Path | None = None
) -> Iterator[TrialHeard]:
    """Hear each recording.

    Args:
        played: the recordings.
        ears: what hears.
        kept: a file of JSON lines: what it has is not heard again, what it lacks is added.
    """
    known = dict(_read(kept)) if kept is not None and kept.exists() else {}
    for one in played:
        heard = known.get(one.key)
        if heard is None:
            heard = ears.hear(one.sound(), OpenQuestion(one.asked))
            if kept is not None:
                with kept.open("a", encoding="utf-8") as file:
                    file.write(_line(one.key, heard))
        yield TrialHeard(one, heard)


def _line(key: str, heard: HearingResult) -> str:
    verdict = heard.verdict
    row = [key, verdict.text, verdict.confidence, verdict.by, heard.spent_s, heard.finish_s]
    return json.dumps(row) + "\n"


def _read(kept: Path) -> Iterator[tuple[str, HearingResult]]:
    for line in kept.read_text("utf-8").splitlines():
        key, text, confidence, by, spent_s, finish_s = json.loads(line)
        yield key, HearingResult(HearingVerdict(text, confidence, Ear(by)), spent_s, finish_s)
