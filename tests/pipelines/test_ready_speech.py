from __future__ import annotations

from collections.abc import AsyncIterator

from pipelines.house_lines import house_lines
from pipelines.ready_speech import ReadyVoice, SpeechCache, SpeechPiece, VoiceKey
from tools import TOOLS
from voiceagent.dialogue.house.wording import FILLERS
from voiceagent.domain.business_file import load_business
from voiceagent.errors import Unavailable
from voiceagent.toolkit.toolbox import Toolbox

VOICE = VoiceKey("espeak-ng", "en-us", 165)


class Mouth:
    """Renders everything but what it chokes on."""

    def __init__(self, *chokes_on: str) -> None:
        self.rendered: list[str] = []
        self._chokes_on = chokes_on

    async def render(self, text: str) -> AsyncIterator[SpeechPiece]:
        self.rendered.append(text)
        if text in self._chokes_on:
            raise Unavailable("speaker.failed", "No.")
        yield SpeechPiece(bytes(8), (0,))
        yield SpeechPiece(bytes(8), (4,))


async def test_a_sentence_is_rendered_once_and_replayed_whole() -> None:
    mouth = Mouth()
    voice = ReadyVoice(SpeechCache(), VOICE, mouth.render)
    await voice.prepare(["Hello.", "Hello."])
    await voice.prepare(["Hello."])
    ready = voice.get("Hello.")
    assert mouth.rendered == ["Hello."]
    assert ready is not None
    assert (ready.samples, ready.seconds, ready.word_starts) == (8, 0.001, (0, 4))


async def test_a_sentence_that_fails_is_left_to_be_spoken_live_and_the_rest_is_ready() -> None:
    voice = ReadyVoice(SpeechCache(), VOICE, Mouth("Hello.").render)
    await voice.prepare(["Hello.", "Goodbye."])
    assert voice.get("Hello.") is None
    assert voice.get("Goodbye.") is not None


async def test_voices_and_rates_are_kept_apart() -> None:
    cache, mouth = SpeechCache(), Mouth()
    await ReadyVoice(cache, VOICE, mouth.render).prepare(["Hello."])
    for other in (
        VoiceKey("espeak-ng", "en-us", 200),
        VoiceKey("espeak-ng", "en-gb", 165),
        VoiceKey("other", "en-us", 165),
    ):
        assert ReadyVoice(cache, other).get("Hello.") is None


async def test_without_a_renderer_nothing_is_ready() -> None:
    voice = ReadyVoice()
    await voice.prepare(["Hello."])
    assert voice.get("Hello.") is None


def test_what_every_call_says_is_known_before_the_first() -> None:
    business = load_business("business/coolcare.toml")
    lines = house_lines(business, Toolbox(TOOLS))
    assert lines[0] == business.voice.greeting
    assert "How can I help?" in lines
    assert set(FILLERS) < set(lines)
    assert "Let me see who is free." in lines
    assert len(set(lines)) == len(lines)
