"""Whisper's features and tokens: equal to the model's own definitions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.offline.whisper.features import BANDS, LONGEST_S, RATE_8K, REST_S, log_mel
from pipelines.offline.whisper.model import installed_folder
from pipelines.offline.whisper.prompts import prompts
from pipelines.offline.whisper.tokens import TokenVocabulary
from voiceagent.domain.business import Business
from voiceagent.domain.expecting import Expecting


@pytest.fixture(scope="module")
def vocabulary() -> TokenVocabulary:
    folder = installed_folder()
    assert folder is not None
    return TokenVocabulary.load(folder)


def chirp(seconds: float) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    time_s = np.arange(int(seconds * RATE_8K)) / RATE_8K
    return (8000 * np.sin(2 * np.pi * (300 + 700 * time_s) * time_s)).astype(np.int16)


def test_a_spectrogram_has_a_frame_every_10_ms_of_sound_and_rest() -> None:
    spectra = log_mel(chirp(1.0))
    assert spectra.shape == (BANDS, int((1.0 + REST_S) * 100))
    assert spectra.dtype == np.float32


def test_loudness_makes_no_difference() -> None:
    loud = log_mel(chirp(1.0))
    quiet = log_mel(chirp(1.0) // 4)
    assert np.abs(loud - loud.max() - (quiet - quiet.max())).mean() < 0.05


def test_at_half_the_rate_the_spectrogram_is_that_of_16_khz() -> None:
    """Against the definition: 400 samples of 16 kHz, whose upper half is empty."""
    pcm = chirp(1.0)
    spectrum = np.fft.rfft(pcm / 32768.0)
    doubled = 2 * np.fft.irfft(
        np.concatenate([spectrum, np.zeros(len(spectrum) - 1)]), 2 * len(pcm)
    )
    padded = np.pad(np.concatenate([doubled, np.zeros(32000)]), 200, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, 400)[:-1:160]
    power = np.abs(np.fft.rfft(frames * np.hanning(401)[:-1], axis=1)) ** 2
    loudest = np.argmax(power[10:90, :100].sum(axis=0))
    ours = log_mel(pcm, rest_s=2.0)
    band = int(np.argmax(ours[:, 10:90].sum(axis=1)))
    assert power.shape[0] == ours.shape[1]
    assert 300 <= loudest * 40 <= 1700
    assert 5 <= band <= 45


def test_of_a_long_turn_the_end_is_heard() -> None:
    assert log_mel(chirp(LONGEST_S + 20)).shape[1] == int((LONGEST_S + REST_S) * 100)


@given(text=st.text(max_size=40))
def test_text_goes_into_tokens_and_back(vocabulary: TokenVocabulary, text: str) -> None:
    plain = " ".join(text.split())
    assert vocabulary.text(vocabulary.numbers(plain)) == plain


def test_common_words_are_single_tokens(vocabulary: TokenVocabulary) -> None:
    for word in (" Hello", " number", " five", " yes"):
        assert len(vocabulary.numbers(word)) == 1
    assert vocabulary.text([vocabulary.first_time, *vocabulary.numbers(" Yes.")]) == "Yes."


def test_there_is_a_prompt_for_every_question_that_has_a_shape(
    business: Business, vocabulary: TokenVocabulary
) -> None:
    found = prompts(business)
    assert {Expecting.PHONE, Expecting.CODE, Expecting.YES_NO, Expecting.ADDRESS} <= found.keys()
    assert business.vocabulary.streets[0] in found[Expecting.ADDRESS]
    assert all(len(vocabulary.numbers(prompt)) < 120 for prompt in found.values())


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ((("gas", "propane"), ("smoke",)), " Yes, gas. No gas, no smoke."),
        ((), ""),
    ],
)
def test_yes_and_no_are_shown_for_each_danger_both_ways(
    business: Business, asked: tuple[tuple[str, ...], ...], said: str
) -> None:
    emergency = business.emergency.model_copy(update={"asked": asked})
    found = prompts(business.model_copy(update={"emergency": emergency}))[Expecting.YES_NO]
    assert found == f"Yes. No. Yes, please. No, thank you.{said}"
