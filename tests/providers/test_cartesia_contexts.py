"""A sentence as Cartesia's messages tell it: sound, word times, ends and errors."""

from __future__ import annotations

import base64
import json

import pytest

from pipelines.providers.cartesia.contexts import (
    SentenceDone,
    SpokenSentence,
    WordPlaces,
    cancel_request,
    read,
    speak_request,
)
from pipelines.ready_speech import SpeechPiece
from voiceagent.errors import OwnerFixable, Unavailable


def chunk(pcm: bytes) -> str:
    data = base64.b64encode(pcm).decode()
    return json.dumps({"type": "chunk", "data": data, "done": False, "context_id": "a"})


def times(words: list[str], start: list[float]) -> str:
    return json.dumps(
        {
            "type": "timestamps",
            "context_id": "a",
            "done": False,
            "word_timestamps": {"words": words, "start": start, "end": start},
        }
    )


def error(status: int, code: str) -> str:
    return json.dumps(
        {"type": "error", "context_id": "a", "status_code": status, "error_code": code}
    )


DONE = json.dumps({"type": "done", "done": True, "context_id": "a", "status_code": 200})


def of(spoken: str, *messages: str) -> list[object]:
    sentence = SpokenSentence(WordPlaces(spoken))
    events: list[object] = []
    for text in messages:
        message = read(text)
        assert message is not None
        event = sentence.receive(message)
        if event is not None:
            events.append(event)
    return events


@pytest.mark.parametrize(
    ("messages", "events"),
    [
        (
            (times(["at", "nine"], [0.0, 0.0001]), chunk(b"abcd"), DONE),
            [SpeechPiece(b"abcd", (0, 1)), SentenceDone()],
        ),
        (
            (chunk(b"abcd"), times(["at", "nine"], [0.0, 0.0001]), chunk(b"ef"), DONE),
            [SpeechPiece(b"abcd"), SpeechPiece(b"ef", (0, 1)), SentenceDone()],
        ),
        (
            (chunk(b"abcd"), times(["at", "nine"], [0.0, 0.0001]), DONE),
            [SpeechPiece(b"abcd"), SentenceDone(SpeechPiece(bytes(2), (0, 1)))],
        ),
        (
            (chunk(b"abc"), chunk(b"d"), chunk(b""), DONE),
            [SpeechPiece(b"ab"), SpeechPiece(b"cd"), SentenceDone()],
        ),
    ],
    ids=["times first", "times between", "times last", "half a sample"],
)
def test_sound_and_word_times_in_any_order(messages: tuple[str, ...], events: list[object]) -> None:
    assert of("at nine", *messages) == events


@pytest.mark.parametrize(
    ("messages", "kind", "code"),
    [
        ((DONE,), Unavailable, "cartesia.no_sound"),
        (
            (times(["at", "nine"], [0.0, 0.5]), chunk(bytes(800)), DONE),
            Unavailable,
            "cartesia.cut_short",
        ),
        ((error(401, "unauthorized"),), OwnerFixable, "cartesia.key_refused"),
        ((error(404, "voice_not_found"),), OwnerFixable, "cartesia.voice"),
        ((error(404, "model_not_found"),), OwnerFixable, "cartesia.model"),
        ((error(429, "concurrency_limited"),), Unavailable, "cartesia.too_many"),
        ((error(500, ""),), Unavailable, "cartesia.failed"),
        (
            (json.dumps({"type": "chunk", "context_id": "a", "data": "*"}),),
            Unavailable,
            "cartesia.garbled",
        ),
    ],
)
def test_what_ends_a_sentence_says_who_can_act(
    messages: tuple[str, ...], kind: type[Unavailable | OwnerFixable], code: str
) -> None:
    event = of("at nine", *messages)[-1]
    assert isinstance(event, kind)
    assert event.code == code


@pytest.mark.parametrize(
    ("spoken", "words", "start", "places"),
    [
        ("at nine tonight.", ["at", "nine", "tonight."], [0, 0.5, 1], (0, 4000, 8000)),
        ("forty-eight dollars", ["forty", "eight", "dollars"], [0, 0.5, 1], (0, 8000)),
        ("A C is broken", ["AC", "is", "broken"], [0, 0.5, 1], (0, 4000, 4000, 8000)),
        ("yes - no", ["yes", "-", "no"], [0, 0.5, 1], (0, 4000, 4000)),
        ("yes no", ["yes"], [0.0], (0,)),
        ("", ["yes"], [0.0], ()),
    ],
)
def test_spoken_words_are_placed_by_their_letters(
    spoken: str, words: list[str], start: list[float], places: tuple[int, ...]
) -> None:
    assert WordPlaces(spoken).add(words, start) == places
    one_by_one = WordPlaces(spoken)
    assert (
        tuple(
            place
            for word, at in zip(words, start, strict=True)
            for place in one_by_one.add([word], [at])
        )
        == places
    )


@pytest.mark.parametrize("text", ["[]", "5", "no json", "{}"])
def test_what_is_no_message_is_none(text: str) -> None:
    assert read(text) is None


def test_requests_are_as_the_reference_has_them() -> None:
    request = json.loads(speak_request("a", "at nine", model="sonic-3.5", voice="v"))
    assert request["output_format"] == {
        "container": "raw",
        "encoding": "pcm_s16le",
        "sample_rate": 8000,
    }
    assert request["language"] == "en"
    assert request["continue"] is False
    assert request["voice"] == {"mode": "id", "id": "v"}
    assert json.loads(cancel_request("a")) == {"context_id": "a", "cancel": True}
