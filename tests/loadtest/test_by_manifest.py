"""Recognition of known recordings: what came is heard, what did not come is not."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pytest

from loadtest.simulator import g711, wav
from loadtest.simulator.providers.by_manifest import ByManifest, placed_words
from loadtest.simulator.providers.hearing import HeardWord
from loadtest.simulator.recording import ManifestError

MANIFEST = Path("audio_fixtures/manifest.toml")
HEARS = ByManifest.read(MANIFEST)
WORDS = [
    "hi",
    "my",
    "air",
    "conditioner",
    "stopped",
    "cooling",
    "and",
    "the",
    "outdoor",
    "unit",
    "is",
    "rattling",
]


def line(name: str) -> g711.Samples:
    return g711.decode(g711.encode(wav.read(MANIFEST.parent / name)))


def heard(*sounds: g711.Samples) -> list[str]:
    return [word.text for word in HEARS(np.concatenate(sounds))]


FIRST = line("reference/slt/01.wav")


def test_every_recording_that_has_words_is_heard_wherever_it_begins() -> None:
    tables = tomllib.loads(MANIFEST.read_text())["file"]
    for table in tables:
        if table.get("words"):
            assert heard(line(table["path"])[77:]) == table["words"].split(), table["path"]


def test_nothing_is_heard_in_silence_or_noise() -> None:
    noise = np.random.default_rng(1).integers(-3000, 3000, 16000).astype(np.int16)
    assert heard(noise, np.zeros(8000, np.int16)) == []


@pytest.mark.parametrize("cut", range(4000, 40000, 4000))
def test_what_came_so_far_is_a_beginning_of_the_words(cut: int) -> None:
    so_far = heard(FIRST[:cut])
    assert so_far == WORDS[: len(so_far)]
    assert len(so_far) <= len(WORDS) * cut / len(FIRST) + 2


@pytest.mark.parametrize("missing", range(len(WORDS)))
def test_a_word_whose_sound_is_missing_is_missing(missing: int) -> None:
    word = HEARS(FIRST)[missing]
    without = [*WORDS[:missing], *WORDS[missing + 1 :]]
    assert heard(FIRST[: word.start_8k], FIRST[word.end_8k :]) == without
    silent = FIRST.copy()
    silent[word.start_8k : word.end_8k] = 0
    assert heard(silent) == without


def test_single_lost_packets_cost_no_word() -> None:
    lossy = np.concatenate([FIRST[at : at + 160] for at in range(0, len(FIRST), 160) if at % 1600])
    assert heard(lossy) == WORDS


def test_recordings_that_follow_one_another_are_heard_in_order() -> None:
    second = line("reference/awb/05.wav")
    assert heard(FIRST, second, FIRST) == [
        *WORDS,
        *["yes", "that's", "fine", "please", "go", "ahead"],
        *WORDS,
    ]


def test_words_share_the_speech_by_their_letters_and_have_no_part_in_pauses() -> None:
    assert placed_words(["abc", "abc", "abc"], [(0, 800), (1000, 1400)]) == (
        HeardWord("abc", 0, 400),
        HeardWord("abc", 400, 800),
        HeardWord("abc", 1000, 1400),
    )
    assert placed_words([], [(0, 800)]) == ()
    assert placed_words(["a"], []) == ()


@pytest.mark.parametrize("text", ["nonsense", "[[file]]\nwords = 'a'", "[[other]]"])
def test_what_is_no_manifest_is_said(text: str, tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.toml"
    manifest.write_text(text)
    with pytest.raises(ManifestError):
        ByManifest.read(manifest)
