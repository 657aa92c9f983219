"""What a worker's calls are served with, opened: the record the call manager gets."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from pipelines.cascade import Cascade
from pipelines.pipeline import CallSeat
from pipelines.providers.alone import rendered
from pipelines.providers.registry import Chosen
from pipelines.providers.spec import (
    HelperProcess,
    MakePipeline,
    OpenVoice,
    ProviderSite,
    ProviderSpec,
    SttProvider,
    TtsProvider,
)
from pipelines.ready_speech import ReadyVoice, Render, SpeechCache, VoiceKey
from voiceagent.dialogue.factory import MakeDialogue
from voiceagent.ports.meter import ModelCounts

Site = Callable[[ProviderSpec], ProviderSite]
"""Where a provider is opened."""


@dataclass(frozen=True, slots=True)
class SpeechParts:
    """Makes what a call is served with.

    `pipeline` carries its speech, `dialogue` answers. `ready` is the voice's cache of sentences
    that are the same in every call. `helpers` are the programs that run for it, `counts`
    what models did. `names` is
    kind -> provider, for `doctor` and reports.
    """

    names: Mapping[str, str]
    pipeline: MakePipeline
    dialogue: MakeDialogue
    ready: ReadyVoice = field(default_factory=ReadyVoice)
    helpers: Mapping[str, HelperProcess] = field(default_factory=dict)
    counts: ModelCounts = field(default_factory=ModelCounts)


@asynccontextmanager
async def speech_parts(chosen: Chosen, site: Site) -> AsyncIterator[SpeechParts]:
    """What was chosen, opened for a block; nothing else is started.

    Args:
        chosen: one provider a kind.
        site: where each is opened.
    """
    async with AsyncExitStack() as stack:
        dialogue = await stack.enter_async_context(chosen.llm.open(site(chosen.llm)))
        if chosen.speech_to_speech is not None:
            whole = chosen.speech_to_speech
            pipeline = await stack.enter_async_context(whole.open(site(whole)))
            yield SpeechParts(chosen.names, pipeline, dialogue)
            return
        if chosen.stt is None or chosen.tts is None:
            raise RuntimeError("a recogniser and a voice are shipped that need nothing")
        pipeline, ready = await _cascade(chosen.stt, chosen.tts, site, stack)
        yield SpeechParts(chosen.names, pipeline, dialogue, ready)


async def _cascade(
    stt: SttProvider, tts: TtsProvider, site: Site, stack: AsyncExitStack
) -> tuple[MakePipeline, ReadyVoice]:
    make_stt = await stack.enter_async_context(stt.open(site(stt)))
    voice = await stack.enter_async_context(tts.open(site(tts)))

    def pipeline(seat: CallSeat) -> Cascade:
        session = seat.session
        return Cascade(session, seat.line, make_stt(lambda: session.expecting), voice.make())

    return pipeline, ready_voice(tts, voice)


def ready_voice(tts: TtsProvider, voice: OpenVoice) -> ReadyVoice:
    """A voice's cache of sentences."""
    key = VoiceKey(tts.name, voice.voice, voice.words_per_minute)
    return ReadyVoice(SpeechCache(), key, renderer(voice))


def renderer(voice: OpenVoice) -> Render:
    """What speaks a sentence outside calls."""
    return voice.render or (lambda text: rendered(voice.make(), text))
