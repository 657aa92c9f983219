"""A folder of people's short sounds: its labels, its calls, and the line in simulated time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from loadtest.panel.script import During, Kind, PanelStep
from loadtest.panel.simulated import simulate, with_weights
from loadtest.panel.sounds import (
    LEVEL_DBFS,
    Group,
    LabelledSound,
    SoundFolderError,
    SoundOutcome,
    by_label,
    calls_of,
    label_of,
    read_sounds,
    sound_span,
)
from loadtest.simulator import wav
from loadtest.simulator.recording import SampleSpan

FIXTURES = Path(__file__).parents[2] / "audio_fixtures"


@pytest.mark.parametrize(
    ("text", "label", "group"),
    [
        ("stop", "stop", Group.WORDS),
        ("word: hold", "hold", Group.WORDS),
        ("words: wait_just_a_second", "wait just a second", Group.WORDS),
        ("Hold on a second Operator", "sentence", Group.WORDS),
        ("yes", "yes", Group.NOD),
        ("nod or word: right", "right", Group.NOD),
        ("nod: short turn (machine heard: uh-huh)", "nod", Group.NOD),
        ("filler: um", "um", Group.FILLER),
        ("tic: throat clearing", "throat clearing", Group.TIC),
        ("room noise", "room noise", Group.NOISE),
    ],
)
def test_a_label_says_what_a_sound_is_to_a_conversation(
    text: str, label: str, group: Group
) -> None:
    assert label_of(text) == (label, group)


def test_only_words_take_the_floor_and_only_words_and_nods_are_answers() -> None:
    assert [group for group in Group if group.takes_floor] == [Group.WORDS]
    assert [group for group in Group if group.answers] == [Group.WORDS, Group.NOD]


def test_a_sound_is_found_in_the_noise_of_its_line() -> None:
    rng = np.random.default_rng(1)
    sound = rng.normal(0, 60, 16000)
    sound[6400:9600] += 4000 * np.sin(np.arange(3200) * 0.5)
    span = sound_span(sound.astype(np.int16))
    assert abs(span.start_8k - 6400) <= 64
    assert abs(span.end_8k - 9600) <= 64


def folder_of(folder: Path, rows: dict[str, str]) -> Path:
    for name in rows:
        source = FIXTURES / "panel" / name
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(source.read_bytes())
    lines = [f"{name}\t{label}\tsomebody\tf\n" for name, label in rows.items()]
    text = "path\twords_or_label\tspeaker\tsex\n" + "".join(lines)
    (folder / "manifest.tsv").write_text(text, "utf-8")
    return folder


def test_sounds_are_as_loud_as_the_callers_turns_and_so_much_louder(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, {"espeak_m7/wait.wav": "wait"})
    for db in (0.0, -12.0):
        (sound,) = read_sounds(folder, db=db)
        blocks = sound.samples[: len(sound.samples) // 64 * 64].reshape(-1, 64) / 32768
        loudest = 10 * np.log10((blocks**2).mean(axis=1).max())
        assert loudest == pytest.approx(LEVEL_DBFS + db, abs=0.2)


def test_a_folder_without_what_it_names_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SoundFolderError):
        read_sounds(tmp_path)
    (tmp_path / "manifest.tsv").write_text("path\twords_or_label\tspeaker\nx.wav\tstop\tme\n")
    with pytest.raises(SoundFolderError):
        read_sounds(tmp_path)


def sound_of(name: str, group: Group) -> LabelledSound:
    samples = wav.read(FIXTURES / "panel" / name)
    return LabelledSound(name, name, group, "one", "?", samples, SampleSpan(0, len(samples)))


def test_in_real_time_each_sound_has_speech_to_come_over() -> None:
    turn = PanelStep("turn", Kind.TURN, During.QUIET, 0, np.zeros(80, np.int16), SampleSpan(0, 80))
    sounds = [
        sound_of("espeak_m7/wait.wav", Group.WORDS),
        sound_of("sounds/cough_0.wav", Group.TIC),
    ]
    (call,) = calls_of(sounds, turn)
    assert [(step.kind, step.during) for step in call.steps] == [
        (Kind.TURN, During.QUIET),
        (Kind.INTERRUPTION, During.SPEECH),
        (Kind.TURN, During.QUIET),
        (Kind.VOCAL_TIC, During.SPEECH),
        (Kind.VOCAL_TIC, During.QUIET),
    ]


def test_what_was_right_is_told_by_label_and_by_speaker() -> None:
    cough = sound_of("sounds/cough_0.wav", Group.TIC)
    outcomes = [
        SoundOutcome(cough, During.SPEECH, taken=False, right=True, after_ms=None),
        SoundOutcome(cough, During.QUIET, taken=True, right=False, after_ms=310.0),
    ]
    text = by_label(outcomes).splitlines()
    (keep,) = (line for line in text if line.startswith("sounds/cough_0") and "keep" in line)
    assert keep.split()[1:8] == ["tic", "speech", "keep", "1", "0.00", "1.00", "-"]
    (none,) = (line for line in text if line.startswith("sounds/cough_0") and "none" in line)
    assert none.split()[1:8] == ["tic", "quiet", "none", "1", "1.00", "0.00", "310"]
    (speaker,) = (line for line in text if line.startswith("one "))
    assert "0.50" in speaker
    assert "cough_0.wav over quiet" in speaker


def test_the_engines_own_line_hears_them_in_simulated_time(tmp_path: Path) -> None:
    rows = {"espeak_m7/wait.wav": "wait", "espeak_m7/mm_hm.wav": "nod: mm-hm"}
    sounds = read_sounds(folder_of(tmp_path, rows))
    outcomes = list(simulate(sounds, classifier=with_weights(None)))
    assert len(outcomes) == 4
    over = {o.sound.label: o for o in outcomes if o.during is During.SPEECH}
    assert over["wait"].taken
    assert over["wait"].right
    assert 100 < (over["wait"].after_ms or 0.0) < 600
    assert not over["nod"].taken
    assert all(o.right for o in outcomes if o.during is During.QUIET)
