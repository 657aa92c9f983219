"""The turns of a call over connections that come and go: what is sent, kept, told and lost."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.providers.deepgram.recognition import (
    FINALIZE,
    NEAR_8K,
    SILENT_8K,
    STALLED_8K,
    CallRecognition,
    RecognitionState,
    TurnWords,
    WordsSoFar,
)

SECOND = bytes(range(1, 201)) * 40
"""A second of sound that is nowhere the same for 200 samples."""


def results(
    text: str,
    start: float,
    end: float,
    *,
    final: bool = False,
    finalize: bool = False,
    words: tuple[tuple[str, float, float], ...] = (),
) -> str:
    timed = [{"word": word, "start": s, "end": e} for word, s, e in words]
    return json.dumps(
        {
            "type": "Results",
            "start": start,
            "duration": end - start,
            "is_final": final,
            "speech_final": False,
            "from_finalize": finalize,
            "channel_index": [0, 1],
            "channel": {"alternatives": [{"transcript": text, "confidence": 1, "words": timed}]},
        }
    )


def sent(recognition: CallRecognition) -> bytes:
    """The sound that is to be sent; control messages stay."""
    sound = b"".join(part for part in recognition.outgoing if isinstance(part, bytes))
    recognition.outgoing[:] = [part for part in recognition.outgoing if isinstance(part, str)]
    return sound


def in_a_turn(seconds: int = 2) -> CallRecognition:
    recognition = CallRecognition()
    recognition.connect()
    recognition.start()
    for _ in range(seconds):
        recognition.sound(SECOND)
    return recognition


def test_a_turn_from_its_first_sound_to_its_words() -> None:
    recognition = in_a_turn()
    assert sent(recognition) == 2 * SECOND
    assert recognition.receive(results("yes", 0, 1)) == WordsSoFar("yes")
    assert recognition.receive(results("yes that", 0, 1.5, final=True)) == WordsSoFar("yes that")
    assert recognition.receive(results("is", 1.5, 2)) == WordsSoFar("yes that is")
    recognition.finish()
    assert recognition.outgoing == [FINALIZE]
    told = recognition.receive(results("is fine", 1.5, 2, final=True, finalize=True))
    assert told == TurnWords("yes that is fine")
    assert recognition.state is RecognitionState.RESTING


@pytest.mark.parametrize(
    ("state", "message", "then"),
    [
        ("resting", results("late", 0, 1, final=True, finalize=True), None),
        ("hearing", results("a", 0, 2, final=True, finalize=True), WordsSoFar("a")),
        ("finishing", results("a", 0, 2, final=True), WordsSoFar("a")),
        ("finishing", results("a", 0, 2, final=True, finalize=True), TurnWords("a")),
        ("finishing", results("", 0, 2, final=True, finalize=True), TurnWords("", lost=True)),
        ("finishing", results("", 0, 2), None),
        ("finishing", '{"type": "Metadata", "request_id": "x"}', None),
        ("finishing", '{"type": "Results"}', None),
        ("finishing", "[]", None),
        ("finishing", "no json at all", None),
        ("finishing", b"\xff\xfe", None),
    ],
)
def test_a_message_in_each_state(
    state: str, message: str | bytes, then: WordsSoFar | TurnWords | None
) -> None:
    recognition = in_a_turn()
    if state != "hearing":
        recognition.finish()
    if state == "resting":
        recognition.conclude()
    assert recognition.receive(message) == then


def test_words_of_an_earlier_turn_are_told_by_their_time() -> None:
    recognition = in_a_turn()
    recognition.finish()
    recognition.conclude()
    recognition.start()
    recognition.sound(SECOND)
    assert recognition.receive(results("too late", 0, 2, final=True, finalize=True)) is None
    across = results("late yes", 1, 3, words=(("late", 1.2, 1.8), ("yes", 2.1, 2.6)))
    assert recognition.receive(across) == WordsSoFar("yes")


def test_a_new_connection_is_sent_what_was_not_told_for_good() -> None:
    recognition = in_a_turn(4)
    sent(recognition)
    recognition.receive(results("one", 0, 1.5, final=True))
    recognition.receive(results("two", 1.5, 3))
    recognition.disconnect()
    recognition.sound(SECOND)
    recognition.finish()
    assert recognition.outgoing == []
    recognition.connect()
    assert recognition.outgoing[-1] == FINALIZE
    assert sent(recognition) == (4 * SECOND + SECOND)[12000:]
    told = recognition.receive(results("two three", 0, 3.5, final=True, finalize=True))
    assert told == TurnWords("one two three")


@pytest.mark.parametrize(
    ("seconds", "told", "connected", "lost"),
    [(1, "", True, True), (1, "yes", True, False), (1, "", False, True), (0, "", True, False)],
)
def test_a_turn_whose_time_is_up_is_lost_only_without_any_words(
    seconds: int, told: str, connected: bool, lost: bool
) -> None:
    recognition = in_a_turn(seconds)
    if told:
        recognition.receive(results(told, 0, 1))
    if not connected:
        recognition.disconnect()
    recognition.finish()
    assert recognition.conclude() == TurnWords(told, lost=lost)


def test_a_long_turn_without_words_is_lost_and_a_short_one_was_a_noise() -> None:
    for samples, lost in ((SILENT_8K - 800, False), (SILENT_8K, True)):
        recognition = CallRecognition()
        recognition.connect()
        recognition.start()
        recognition.sound(bytes(samples))
        recognition.finish()
        end = samples / 8000
        told = recognition.receive(results("", 0, end, final=True, finalize=True))
        assert told == TurnWords("", lost=lost)


def test_a_connection_that_takes_sound_and_tells_nothing_is_stalled() -> None:
    recognition = in_a_turn(0)
    recognition.sound(bytes(STALLED_8K))
    assert not recognition.stalled
    recognition.sound(bytes(160))
    assert recognition.stalled
    recognition.receive(results("", 0, 2))
    assert not recognition.stalled


def test_what_was_told_before_the_finalize_needs_no_answer_to_it() -> None:
    recognition = in_a_turn(2)
    recognition.finish()
    assert not recognition.all_told
    recognition.receive(results("yes", 0, 2 - NEAR_8K / 8000, final=True))
    assert recognition.all_told
    assert recognition.conclude() == TurnWords("yes")


@given(st.lists(st.sampled_from(["sound", "final", "lose", "back"]), max_size=40))
def test_whatever_happens_each_sample_is_told_for_good_or_sent_again(happens: list[str]) -> None:
    """A recogniser that tells the positions of what it hears: in the end it has heard all."""
    recognition = CallRecognition()
    recognition.connect()
    recognition.start()
    said = wire = b""
    told: list[bytes] = []
    at = 0.0
    for event in [*happens, "sound", "lose", "back"]:
        match event:
            case "sound":
                piece = len(said).to_bytes(4, "big") * 1000
                said += piece
                recognition.sound(piece)
            case "final" if recognition.connected and len(wire) / 8000 > at:
                end = len(wire) / 8000
                told.append(wire[round(at * 8000) :])
                recognition.receive(results("x", at, end, final=True))
                at = end
            case "lose":
                recognition.disconnect()
            case "back" if not recognition.connected:
                wire, at = b"", 0.0
                recognition.connect()
            case _:
                pass
        wire += sent(recognition)
    assert b"".join(told) + wire[round(at * 8000) :] == said
