"""Chains as a worker opens them: who is started or left out, and a call whose first ones die."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest
from pipecat.services.tts_service import TTSService

from pipelines.parts import SpeechParts, speech_parts
from pipelines.providers.registry import SHIPPED, Chosen, Registry
from pipelines.providers.spec import (
    AskExpecting,
    MakeStt,
    OpenVoice,
    Partials,
    ProviderSite,
    SttCapabilities,
    SttProvider,
    TtsCapabilities,
    TtsProvider,
)
from pipelines.ready_speech import SpeechPiece
from tests.pipelines.rig import ScriptedSTT, paper_call, scripted_speech
from tests.providers.toys import given
from voiceagent.dialogue.acts import Say
from voiceagent.domain.business_file import load_business
from voiceagent.errors import OwnerFixable, Unavailable

BUSINESS = load_business("business/coolcare.toml")
OPENED: list[str] = []


def hears(name: str, transcript: str | None, *, fails: Exception | None = None) -> SttProvider:
    """A recogniser that always hears the same; ``None`` is nothing, for ever."""

    @asynccontextmanager
    async def opened(_: ProviderSite) -> AsyncIterator[MakeStt]:
        OPENED.append(name)
        if fails is not None:
            raise fails

        def make(_: AskExpecting) -> ScriptedSTT:
            return ScriptedSTT(transcripts=_Always(transcript))

        yield make

    return SttProvider(
        name=name, capabilities=SttCapabilities(partials=Partials.STREAMED), open=opened
    )


class _Always(deque[str | None]):
    """Transcripts without end."""

    def __init__(self, transcript: str | None) -> None:
        super().__init__()
        self._transcript = transcript

    def popleft(self) -> str | None:
        return self._transcript


def speaks(
    name: str, *, dies: bool = False, fails: Exception | None = None, alone: bool = False
) -> TtsProvider:
    @asynccontextmanager
    async def opened(_: ProviderSite) -> AsyncIterator[OpenVoice]:
        OPENED.append(name)
        if fails is not None:
            raise fails

        async def render(text: str) -> AsyncIterator[SpeechPiece]:
            if dies:
                raise Unavailable("x.down", "")
            async for piece in scripted_speech(text):
                yield piece

        yield OpenVoice(make=never, render=None if alone else render)

    return TtsProvider(name=name, capabilities=TtsCapabilities(8000), open=opened)


def never() -> TTSService:
    """For a voice that is only spoken through its chain."""
    raise AssertionError


def opened(
    stt: list[SttProvider], tts: list[TtsProvider], folder: Path
) -> AbstractAsyncContextManager[SpeechParts]:
    llm = Registry(SHIPPED).chosen({}, given()).llm
    OPENED.clear()
    chosen = Chosen(llm, stt[0], tts[0], stt_backups=tuple(stt[1:]), tts_backups=tuple(tts[1:]))
    return speech_parts(chosen, lambda _: ProviderSite(BUSINESS, folder))


async def test_a_call_is_heard_and_answered_by_those_that_are_left(tmp_path: Path) -> None:
    steps = {"greet": (Say("Hello there."),), "hear help me": (Say("I will help."),)}
    parts = opened(
        [hears("deaf", None), hears("well", "help me")],
        [speaks("dumb", dies=True), speaks("well")],
        tmp_path,
    )
    async with parts as speech, paper_call(steps, make=speech.pipeline) as call:
        assert OPENED == ["deaf", "well", "dumb", "well"]
        await call.hear(1)
        call.speak()
        await call.hear(2)
        assert await call.turns() == [
            ("agent", "Hello there.", "Hello there."),
            ("caller", "help me", "help me"),
            ("agent", "I will help.", "I will help."),
        ]
        assert call.line.sound == {1: 4000, 2: 6000}
        took = {key for key, count in speech.failovers.by.items() if count}
        assert took == {("stt", "deaf", "well", "slow"), ("tts", "dumb", "well", "failed")}
        await speech.ready.prepare(["One two."])
        assert speech.ready.get("One two.") is not None


@pytest.mark.parametrize(
    "fails", [Unavailable("x.start", ""), OwnerFixable("x.key", "", where="X")]
)
async def test_a_backup_that_does_not_open_is_left_out(fails: Exception, tmp_path: Path) -> None:
    parts = opened(
        [hears("first", "x"), hears("broken", "x", fails=fails), hears("third", "x")],
        [speaks("first"), speaks("broken", fails=fails)],
        tmp_path,
    )
    async with parts as speech:
        names = {(kind, failed) for kind, failed, _, _ in speech.failovers.by}
        assert names == {("stt", "first"), ("stt", "third")}


async def test_the_first_one_must_open(tmp_path: Path) -> None:
    down = Unavailable("x.start", "")
    with pytest.raises(Unavailable):
        async with opened([hears("a", "x", fails=down)], [speaks("b")], tmp_path):
            pass


async def test_a_voice_that_speaks_only_in_calls_stands_alone(tmp_path: Path) -> None:
    parts = opened([hears("a", "x")], [speaks("alone", alone=True), speaks("b")], tmp_path)
    async with parts as speech:
        assert OPENED == ["a", "alone"]
        assert not speech.failovers.by


async def test_one_provider_is_no_chain(tmp_path: Path) -> None:
    async with opened([hears("a", "x")], [speaks("b")], tmp_path) as speech:
        assert not speech.failovers.by
