"""What another voice has to say of a sentence that was cut off: no word lost, no amount cut."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.failover.rest import SLOW_8K, SentenceSound
from pipelines.heard import SpeechLedger
from pipelines.ready_speech import SpeechPiece
from voiceagent.language.en_us.speak import speakable

LETTER_8K = 480
TEXTS = (
    "The visit is $248, tonight between nine and eleven.",
    "We will call 555-123-0000 before we come.",
    "Yes.",
    "Your code is 123456 \u2014 keep it.",
)


def spoken(text: str) -> list[str]:
    return [word for token in speakable(text) for word in token.spoken.split()]


def places(words: list[str]) -> list[int]:
    """Where words begin, each as long as its letters, and where they end."""
    return [0, *accumulate(LETTER_8K * (len(word) + 1) for word in words)]


def piece(words: list[str], said: int, extra: int = 0) -> SpeechPiece:
    """So many whole words, and some sound of the next."""
    at = places(words)
    return SpeechPiece(bytes(2 * (at[said] + extra)), tuple(at[: said + bool(extra)]))


@pytest.mark.parametrize(
    ("words", "extra", "rest"),
    [
        (0, 800, TEXTS[0]),
        (2, 0, "is $248, tonight between nine and eleven."),
        (2, 800, "is $248, tonight between nine and eleven."),
        (3, 1, "$248, tonight between nine and eleven."),
        (5, 700, "$248, tonight between nine and eleven."),
        (7, 10, "tonight between nine and eleven."),
        (12, 0, ""),
    ],
)
def test_the_rest_begins_with_what_was_not_said_whole(words: int, extra: int, rest: str) -> None:
    sound = SentenceSound(TEXTS[0])
    sound.add(piece(spoken(TEXTS[0]), words, extra))
    assert sound.rest() == rest


@given(st.sampled_from(TEXTS), st.data())
def test_what_was_said_and_the_rest_are_the_sentence(text: str, data: st.DataObject) -> None:
    words = spoken(text)
    at = places(words)
    said = data.draw(st.integers(0, len(words)))
    longest = at[said + 1] - at[said] if said < len(words) else 1
    sound = SentenceSound(text)
    sound.add(piece(words, said, data.draw(st.integers(0, max(0, longest - 20)))))
    rest = spoken(sound.rest())
    begins = len(words) - len(rest)
    assert rest == words[begins:]
    assert begins <= said
    tokens = [token.words for token in speakable(text) if token.words]
    firsts = [0, *accumulate(tokens)]
    assert begins in firsts
    if said < len(words) and said > 1:  # a first word may be said again: how fast it is is unknown
        assert begins == max(first for first in firsts if first <= said)


@given(st.sampled_from(TEXTS), st.integers(0, 60_000))
def test_without_word_times_no_word_is_taken_for_said_that_may_not_have_been(
    text: str, samples: int
) -> None:
    sound = SentenceSound(text)
    sound.add(SpeechPiece(bytes(2 * samples)))
    missing = spoken(text)[: len(spoken(text)) - len(spoken(sound.rest()))]
    assert sum(len(word) + 1 for word in missing) * SLOW_8K <= samples


@given(st.integers(0, 11), st.integers(1, 900), st.integers(0, 60_000))
def test_the_ledger_knows_what_was_heard_of_two_voices(
    said: int, extra: int, position: int
) -> None:
    text = TEXTS[0]
    words = spoken(text)
    sound, ledger = SentenceSound(text), SpeechLedger()
    ledger.sentence(text)
    first = sound.add(piece(words, said, extra))
    ledger.sound(first.samples, first.word_starts)
    rest = spoken(sound.rest())
    last = sound.add(piece(rest, len(rest)))
    ledger.sound(last.samples, last.word_starts)
    assert ledger.heard(ledger.samples) == text
    heard = len(spoken(ledger.heard(position)))
    switched, begins = first.samples, len(words) - len(rest)
    whole = bisect_right(places(words), min(position, switched)) - 1
    if position > switched:
        whole = max(whole, begins + bisect_right(places(rest), position - switched) - 1)
    assert heard <= whole


def test_a_word_is_named_once_its_sound_is_there_however_early_it_was_told() -> None:
    sound = SentenceSound("One two three.")
    first = sound.add(SpeechPiece(bytes(2000), (0, 2400, 4800)))
    second = sound.add(SpeechPiece(bytes(4000)))
    assert (first.word_starts, second.word_starts) == ((0,), (2400,))
