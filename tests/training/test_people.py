"""Who of the recorded people teaches the sound classifier, and what it takes from them."""

from __future__ import annotations

import csv
import wave
from pathlib import Path

import numpy as np
import pytest

from training.sound_classifier.people import (
    SPEAKERS,
    TEACH,
    kind_of,
    part_of_speakers,
    taught_by_people,
)
from voiceagent.media.sound_classifier import KINDS


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("stop", "words"),
        ("words: hold_on", "words"),
        ("May I speak with the Operator please?", "words"),
        ("right", "nod"),
        ("nod: short turn (machine heard: okay)", "nod"),
        ("filler: um", "filler"),
        ("tic: laugh", "noise"),
        ("ah I'm gonna look up that number right now Operator", None),
        ("room noise", None),
    ],
)
def test_a_label_is_a_lesson_of_one_kind_or_none(text: str, kind: str | None) -> None:
    lesson = kind_of(text)
    assert (None if lesson is None else KINDS[lesson[0]]) == kind
    assert lesson is None or lesson[1] > 0


def test_every_speaker_has_one_part() -> None:
    with SPEAKERS.open(encoding="utf-8", newline="") as file:
        names = [row["speaker"] for row in csv.DictReader(file, delimiter="\t")]
    assert len(names) == len(set(names))
    assert set(part_of_speakers().values()) == {TEACH, "choose", "report"}


def burst(path: Path, at_s: tuple[float, ...], seconds: float) -> None:
    """A recording of a line with tones of a quarter second at these times."""
    sound = np.random.default_rng(2).normal(0, 30, int(seconds * 8000))
    for at in at_s:
        begin = int(at * 8000)
        sound[begin : begin + 2000] += 8000 * np.sin(np.arange(2000) * 0.4)
    path.parent.mkdir(exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(sound.astype("<i2").tobytes())


def test_only_the_teaching_speakers_are_heard_each_from_where_the_sound_begins(
    tmp_path: Path,
) -> None:
    parts = part_of_speakers()
    of = {part: next(s for s, p in parts.items() if p == part) for part in set(parts.values())}
    rows = ["path\twords_or_label\tspeaker"]
    for number, (part, label) in enumerate(
        [(TEACH, "stop"), ("choose", "stop"), ("report", "stop"), (TEACH, "tic: laugh")]
    ):
        burst(tmp_path / f"{number}.wav", (0.4,) if label == "stop" else (0.4, 1.2), 2.0)
        rows.append(f"{number}.wav\t{label}\t{of[part]}")
    (tmp_path / "manifest.tsv").write_text("\n".join(rows) + "\n", "utf-8")
    taught = taught_by_people([tmp_path])
    assert [KINDS[kind] for kind, *_ in taught] == ["words", "noise", "noise"]
    for _, _, sound in taught:
        loud = np.flatnonzero(np.abs(sound) > 0.05)
        assert loud[0] < 0.02 * 8000
