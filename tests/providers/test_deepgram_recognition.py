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
    sure: float | None = None,
) -> str:
    told = {} if sure is None else {"confidence": sure}
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
            "channel": {"alternatives": [{"transcript": text, "words": timed, **told}]},
        }
    )


def sent(recognition: CallRecognition) -> bytes:
    """The sound that is to be sent; control messages stay."""
    sound = b"".join(part for part in recognition.outgoing if isinstance(part, bytes))
    recognition.outgoing[:] = [part for part in recognition.outgoing if isinstance(part, str)]
    return sound


SILENCE = b"\xff" * 800
"""A tenth of a second of nothing."""


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


def test_words_of_a_pause_are_the_turns_when_only_silence_came_since() -> None:
    recognition = in_a_turn()
    recognition.paused()
    recognition.sound(SILENCE)
    assert recognition.outgoing.count(FINALIZE) == 1
    sent(recognition)
    told = recognition.receive(results("yes", 0, 2, final=True, finalize=True))
    assert told == WordsSoFar("yes")
    assert recognition.finish() == TurnWords("yes")
    assert recognition.outgoing.count(FINALIZE) == 1


def test_an_answer_on_its_way_is_waited_for_and_not_asked_for_again() -> None:
    recognition = in_a_turn()
    recognition.paused()
    recognition.sound(SILENCE)
    assert recognition.finish() is None
    assert recognition.outgoing.count(FINALIZE) == 1
    told = recognition.receive(results("yes", 0, 2, final=True, finalize=True))
    assert told == TurnWords("yes")


def test_what_was_said_after_the_pause_is_asked_for() -> None:
    recognition = in_a_turn()
    recognition.paused()
    recognition.sound(SECOND)
    assert recognition.finish() is None
    assert recognition.outgoing.count(FINALIZE) == 2
    pause = recognition.receive(results("yes", 0, 2, final=True, finalize=True))
    assert pause == WordsSoFar("yes")
    told = recognition.receive(results("please", 2, 3, final=True, finalize=True))
    assert told == TurnWords("yes please")


@given(st.lists(st.tuples(st.booleans(), st.none() | st.floats(0, 1)), max_size=6))
def test_a_turn_is_as_sure_as_its_least_sure_words(parts: list[tuple[bool, float | None]]) -> None:
    recognition = in_a_turn(len(parts) + 1)
    for n, (has_words, sure) in enumerate(parts):
        said = "word" if has_words else ""
        recognition.receive(results(said, n, n + 1, final=True, sure=sure))
    recognition.finish()
    end = len(parts)
    told = recognition.receive(results("end", end, end + 1, final=True, finalize=True))
    known = [sure for has_words, sure in parts if has_words and sure is not None]
    assert isinstance(told, TurnWords)
    assert told.confidence == min(known, default=None)


def test_a_pause_without_an_answer_of_its_own_may_have_been_told_before() -> None:
    recognition = in_a_turn()
    recognition.receive(results("yes", 0, 2, final=True))
    recognition.paused()
    recognition.sound(SILENCE)
    assert recognition.finish() == TurnWords("yes")


@pytest.mark.parametrize("pauses", [0, 1, 5])
def test_a_pause_is_asked_about_once(pauses: int) -> None:
    recognition = in_a_turn()
    for _ in range(pauses):
        recognition.paused()
    assert recognition.outgoing.count(FINALIZE) == min(pauses, 1)


def test_a_lost_connection_takes_its_requests_with_it() -> None:
    recognition = in_a_turn()
    recognition.paused()
    recognition.disconnect()
    recognition.connect()
    recognition.sound(SILENCE)
    recognition.finish()
    told = recognition.receive(results("yes", 0, 2, final=True, finalize=True))
    assert told == TurnWords("yes")


class InOrder:
    """A recogniser that answers each Finalize with what it was sent since the last, in order."""

    def __init__(self) -> None:
        self.recognition = CallRecognition()
        self.recognition.connect()
        self.recognition.start()
        self.spoken: list[str] = []
        self.waiting: list[tuple[float, float, list[str]]] = []
        self.final: TurnWords | None = None
        self._unasked: list[str] = []
        self._at = self._end = 0.0

    def speech(self) -> None:
        self.spoken.append(f"w{len(self.spoken)}")
        self._unasked.append(self.spoken[-1])
        self.recognition.sound(SECOND)

    def silence(self) -> None:
        self.recognition.sound(SILENCE)

    def pause(self) -> None:
        self.recognition.paused()

    def answer(self) -> None:
        if self.waiting:
            start, end, said = self.waiting.pop(0)
            final = results(" ".join(said), start, end, final=True, finalize=True)
            told = self.recognition.receive(final)
            self.final = told if isinstance(told, TurnWords) else self.final

    def take(self) -> None:
        for message in self.recognition.outgoing:
            if isinstance(message, bytes):
                self._end += len(message) / 8000
            else:
                self.waiting.append((self._at, self._end, list(self._unasked)))
                self._unasked.clear()
                self._at = self._end
        self.recognition.outgoing.clear()


@given(st.lists(st.sampled_from(["speech", "silence", "pause", "answer"]), max_size=30))
def test_however_pauses_fall_the_turn_has_each_word_once(happens: list[str]) -> None:
    line = InOrder()
    for event in ["speech", *happens]:
        getattr(line, event)()
        line.take()
    line.final = line.recognition.finish()
    line.take()
    while line.waiting and line.final is None:
        line.answer()
    assert line.final == TurnWords(" ".join(line.spoken))
