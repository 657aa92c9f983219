from __future__ import annotations

import asyncio

import pytest
from pipecat.frames.frames import InterimTranscriptionFrame

from pipelines.conversation import Input, InputKind
from pipelines.providers import stub
from pipelines.providers.stub import HEARD, REPLY_S, SAID, StubConversation, StubSTT, noise


@pytest.mark.parametrize(
    ("heard_ms", "words"),
    [
        (0, ""),
        (299, ""),
        (300, "hello"),
        (1300, "hello there how are"),
        (1500, HEARD),
        (9000, HEARD),
    ],
)
async def test_the_recogniser_knows_as_many_words_as_were_said(heard_ms: int, words: str) -> None:
    stt = StubSTT()
    pushed = []

    async def push(frame: InterimTranscriptionFrame) -> None:
        pushed.append(frame.text)

    stt.push_frame = push
    async for _ in stt.run_stt(bytes(heard_ms * 16)):
        pass
    await stt.ask_partial()
    assert pushed == ([words] if words else [])


class Notes:
    """A mouth that writes down."""

    def __init__(self) -> None:
        self.did: list[str] = []
        self.ended = asyncio.Event()

    async def begin(self, cause: Input) -> None:
        self.did.append(cause.text)

    async def say(self, text: str) -> None:
        self.did.append(text)

    async def end(self, *_: object, **__: object) -> None:
        self.did.append("end")
        self.ended.set()


@pytest.mark.parametrize(("cut", "did"), [(False, ["hi", SAID, "end"]), (True, ["hi", "end"])])
async def test_the_model_answers_words_and_stops_when_it_is_cut_off(
    monkeypatch: pytest.MonkeyPatch, *, cut: bool, did: list[str]
) -> None:
    monkeypatch.setattr(stub, "FIRST_WORD_S", 0.0)
    mouth = Notes()
    conversation = StubConversation(mouth, lambda: cut)
    conversation.put(Input(InputKind.BEGIN))
    conversation.put(Input(InputKind.SILENCE))
    conversation.put(Input(InputKind.HEARD, "hi"))
    running = asyncio.create_task(conversation.run())
    await asyncio.wait_for(mouth.ended.wait(), 5)
    running.cancel()
    assert mouth.did == did


def test_replies_are_as_long_as_they_should_be() -> None:
    assert len(noise(REPLY_S)) == 3 * 8000 * 2
