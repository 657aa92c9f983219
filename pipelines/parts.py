"""What a worker's calls are served with, opened: the record the call manager gets."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace

from loguru import logger
from pipecat.services.stt_service import STTService
from pipecat.services.tts_service import TTSService

from pipelines.cascade import Cascade
from pipelines.failover.report import FailoverReport
from pipelines.failover.stt import ChainedSTT
from pipelines.failover.tts import ChainedTTS, VoiceChain
from pipelines.pipeline import CallSeat
from pipelines.providers.alone import rendered
from pipelines.providers.registry import Chosen
from pipelines.providers.spec import (
    AskExpecting,
    HelperProcess,
    MakePipeline,
    OpenVoice,
    Partials,
    ProviderSite,
    ProviderSpec,
    SttProvider,
    TtsProvider,
)
from pipelines.ready_speech import ReadyVoice, Render, SpeechCache, VoiceKey
from voiceagent.core.failover.chain import ChainKind, ProviderChain
from voiceagent.dialogue.factory import MakeDialogue
from voiceagent.errors import OwnerFixable, Unavailable
from voiceagent.ports.meter import FailoverCounts

Site = Callable[[ProviderSpec], ProviderSite]
"""Where a provider is opened."""


@dataclass(frozen=True, slots=True)
class SpeechParts:
    """Makes what a call is served with.

    `pipeline` carries its speech, `dialogue` answers. `ready` is the voice's cache of sentences
    that are the same in every call. `helpers` are the programs that run for it. `names` is
    kind -> provider, for `doctor` and reports. `failovers` counts providers that took over.
    """

    names: Mapping[str, str]
    pipeline: MakePipeline
    dialogue: MakeDialogue
    ready: ReadyVoice = field(default_factory=ReadyVoice)
    helpers: Mapping[str, HelperProcess] = field(default_factory=dict)
    failovers: FailoverCounts = field(default_factory=FailoverCounts)


@asynccontextmanager
async def speech_parts(chosen: Chosen, site: Site) -> AsyncIterator[SpeechParts]:
    """What was chosen, opened for a block; nothing else is started.

    Args:
        chosen: one provider a kind, and who takes over from it.
        site: where each is opened.
    """
    async with AsyncExitStack() as stack:
        report = FailoverReport()
        place = replace(site(chosen.llm), failovers=report)
        dialogue = await stack.enter_async_context(chosen.llm.open(place))
        if chosen.speech_to_speech is not None:
            whole = chosen.speech_to_speech
            pipeline = await stack.enter_async_context(whole.open(site(whole)))
            yield SpeechParts(chosen.names, pipeline, dialogue, failovers=report.counts)
            return
        if chosen.stt is None or chosen.tts is None:
            raise RuntimeError("a recogniser and a voice are shipped that need nothing")
        make_stt = await _hearing((chosen.stt, *chosen.stt_backups), site, stack, report)
        make_tts, ready = await _voice((chosen.tts, *chosen.tts_backups), site, stack, report)

        def cascade(seat: CallSeat) -> Cascade:
            session = seat.session
            return Cascade(session, seat.line, make_stt(lambda: session.expecting), make_tts())

        yield SpeechParts(chosen.names, cascade, dialogue, ready, failovers=report.counts)


async def _hearing(
    chain: Sequence[SttProvider], site: Site, stack: AsyncExitStack, report: FailoverReport
) -> Callable[[AskExpecting], STTService | ChainedSTT]:
    """What makes the recogniser of a call, or a chain of them."""
    first, *backups = chain
    opened = {first.name: await stack.enter_async_context(first.open(site(first)))}
    for backup in backups:
        with _left_out(backup):
            opened[backup.name] = await stack.enter_async_context(backup.open(site(backup)))
    if len(opened) == 1:
        return opened[first.name]
    report.expect(ChainKind.STT, tuple(opened))
    links = ProviderChain(ChainKind.STT, tuple(opened), report)
    streaming = {one.name for one in chain if one.capabilities.partials is Partials.STREAMED}
    streams = tuple(place for place, name in enumerate(opened) if name in streaming)
    return lambda expecting: ChainedSTT(links, tuple(opened.values()), expecting, streams)


async def _voice(
    chain: Sequence[TtsProvider], site: Site, stack: AsyncExitStack, report: FailoverReport
) -> tuple[Callable[[], TTSService], ReadyVoice]:
    """What makes the voice of a call, or a chain of them, and its cache of sentences.

    A voice that speaks only inside a call (without `OpenVoice.render`) stands alone.
    """
    first, *backups = chain
    voice = await stack.enter_async_context(first.open(site(first)))
    if voice.render is None:
        return voice.make, ready_voice(first, voice)
    renders = {first.name: voice.render}
    for backup in backups:
        with _left_out(backup):
            other = await stack.enter_async_context(backup.open(site(backup)))
            renders[backup.name] = renderer(other)
    if len(renders) == 1:
        return voice.make, ready_voice(first, voice)
    report.expect(ChainKind.TTS, tuple(renders))
    links = ProviderChain(ChainKind.TTS, tuple(renders), report)
    voices = await stack.enter_async_context(VoiceChain(links, tuple(renders.values())).running())
    spoken = replace(voice, make=lambda: ChainedTTS(voices), render=voices.speak)
    return spoken.make, ready_voice(first, spoken)


@contextmanager
def _left_out(backup: ProviderSpec) -> Iterator[None]:
    """A backup that does not open stops nothing: the others serve."""
    try:
        yield
    except (Unavailable, OwnerFixable) as error:
        name = backup.name
        logger.warning("providers.no_backup: {} {}", name, error.code)


def ready_voice(tts: TtsProvider, voice: OpenVoice) -> ReadyVoice:
    """A voice's cache of sentences."""
    key = VoiceKey(tts.name, voice.voice, voice.words_per_minute)
    return ReadyVoice(SpeechCache(), key, renderer(voice))


def renderer(voice: OpenVoice) -> Render:
    """What speaks a sentence outside calls."""
    return voice.render or (lambda text: rendered(voice.make(), text))
