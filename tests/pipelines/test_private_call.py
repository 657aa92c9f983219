"""A call that becomes private: nothing more of it is sent elsewhere, or it ends honestly."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from pipecat.frames.frames import Frame

from pipelines.parts import SpeechParts, speech_parts
from pipelines.privacy_latch import PrivacyLatch
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
from pipelines.session import APOLOGY
from tests.pipelines.rig import PaperCall, ScriptedSTT, ScriptedTTS, paper_call, scripted_speech
from tests.pipelines.scripted import CALL
from tests.providers.toys import given
from tests.support.act_model import ACT_MODEL
from tests.support.rooms import FRIDAY_NIGHT, SARAH
from tools import TOOLS
from voiceagent.core.clock import SystemClock
from voiceagent.dialogue.house.dialogue import HouseDialogue
from voiceagent.dialogue.house.wording import KEPT_PRIVATE
from voiceagent.domain.business_file import load_business
from voiceagent.domain.outcomes import KEPT_PRIVATE as NOTED
from voiceagent.domain.usage import UsageKind

BUSINESS = load_business("business/coolcare.toml")
KEEP, ASKS = "please keep this between us", "what are your opening hours"
PIECE = bytes(1600)
"""100 ms."""


class Sent:
    """What each provider was sent: sound it heard, and sentences it was to speak."""

    def __init__(self, *transcripts: str) -> None:
        self.transcripts: deque[str | None] = deque(transcripts)
        self.heard: list[str] = []
        self.spoke: list[tuple[str, str]] = []
        self.opened: list[str] = []

    def hears(self, name: str, *, private: bool) -> SttProvider:
        sent = self

        class Ear(ScriptedSTT):
            async def run_stt(self, audio: bytes) -> AsyncGenerator[Frame | None, None]:
                sent.heard.append(name)
                yield None

        @asynccontextmanager
        async def opened(_: ProviderSite) -> AsyncIterator[MakeStt]:
            def make(_: AskExpecting) -> Ear:
                sent.opened.append(name)
                return Ear(sent.transcripts)

            yield make

        can = SttCapabilities(partials=Partials.STREAMED)
        return SttProvider(name=name, private=private, capabilities=can, open=opened)

    def speaks(self, name: str, *, private: bool) -> TtsProvider:
        @asynccontextmanager
        async def opened(_: ProviderSite) -> AsyncIterator[OpenVoice]:
            async def render(text: str) -> AsyncIterator[SpeechPiece]:
                self.spoke.append((name, text))
                async for piece in scripted_speech(text):
                    yield piece

            yield OpenVoice(make=ScriptedTTS, render=render, characters=len)

        can = TtsCapabilities(8000)
        return TtsProvider(name=name, private=private, capabilities=can, open=opened)

    def speakers(self) -> set[str]:
        return {name for name, _ in self.spoke}


@asynccontextmanager
async def served(
    stt: list[SttProvider], tts: list[TtsProvider], folder: Path, *, private: bool = False
) -> AsyncIterator[tuple[PaperCall, SpeechParts]]:
    llm = Registry(SHIPPED).chosen({}, given()).llm
    chosen = Chosen(llm, stt[0], tts[0], stt_backups=tuple(stt[1:]), tts_backups=tuple(tts[1:]))
    clock = SystemClock(FRIDAY_NIGHT)
    house = HouseDialogue(BUSINESS, SARAH, "voice", clock.now(), ACT_MODEL, private=private)
    async with (
        speech_parts(chosen, lambda _: ProviderSite(BUSINESS, folder)) as parts,
        paper_call(
            {},
            make=parts.pipeline,
            dialogue=house,
            tools=TOOLS,
            clock=clock,
            tariffs=parts.tariffs,
        ) as call,
    ):
        yield call, parts


async def test_a_private_call_goes_on_with_what_is_here(tmp_path: Path) -> None:
    sent = Sent(KEEP, ASKS)
    stt = [sent.hears("far", private=False), sent.hears("near", private=True)]
    tts = [sent.speaks("away", private=False), sent.speaks("here", private=True)]
    async with served(stt, tts, tmp_path) as (call, _):
        await call.hear(1)
        assert sent.speakers() == {"away"}
        sent.spoke.clear()
        call.speak(PIECE)
        await call.hear(2)
        assert KEPT_PRIVATE in (await call.turns())[-1][2]
        assert (sent.heard, sent.speakers()) == (["far"], {"here"})
        sent.heard.clear()
        call.speak(PIECE)
        await call.hear(3)
        assert "open" in (await call.turns())[-1][2]
        assert set(sent.heard) == {"near"}
        assert sent.speakers() == {"here"}
        assert (await call.events()).count(NOTED) == 1
        await call.session.recorder.drained()
        rows = await call.store.usage.of_call(CALL.call_id)
        heard = [(r.usage.provider, r.usage.units) for r in rows if r.usage.kind is SOUND]
        assert heard == [("far", 100), ("near", 100)]
        spoken = {r.usage.provider for r in rows if r.usage.kind is TEXT and r.turn is not None}
        assert spoken == {"here"}


SOUND, TEXT = UsageKind.RECOGNISED_MS, UsageKind.SPOKEN_CHARACTERS


async def test_a_call_that_is_private_from_the_start_reaches_nobody_elsewhere(
    tmp_path: Path,
) -> None:
    sent = Sent(ASKS)
    stt = [sent.hears("far", private=False), sent.hears("near", private=True)]
    tts = [sent.speaks("away", private=False), sent.speaks("here", private=True)]
    async with served(stt, tts, tmp_path, private=True) as (call, _):
        await call.hear(1)
        call.speak(PIECE)
        await call.hear(2)
        assert set(sent.heard) == {"near"}
        assert sent.speakers() == {"here"}


@pytest.mark.parametrize("missing", ["a recogniser", "a voice"])
async def test_who_has_nobody_here_is_told_so_and_given_to_a_person(
    missing: str, tmp_path: Path
) -> None:
    sent = Sent(KEEP)
    stt = [sent.hears("far", private=False)]
    tts = [sent.speaks("away", private=False)]
    if missing == "a recogniser":
        tts.append(sent.speaks("here", private=True))
    else:
        stt.append(sent.hears("near", private=True))
    async with served(stt, tts, tmp_path) as (call, _):
        await call.hear(1)
        call.speak(PIECE)
        await call.until_said(call.line.last_words or 3)
        assert call.session.broken
        assert APOLOGY in (text for _, text, _ in await call.turns()) or call.line.closing
        assert sent.heard == ["far"], "nothing after the wish"


def test_a_latch_closes_once_and_tells_who_comes_later() -> None:
    latch, told = PrivacyLatch(), list[str]()
    latch.tell(lambda: told.append("before"))
    latch.close()
    latch.close()
    latch.tell(lambda: told.append("after"))
    assert told == ["before", "after"]
