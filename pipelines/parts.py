"""What a worker's calls are served with, opened: the record the call manager gets."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial

from pipecat.services.stt_service import STTService
from pipecat.services.tts_service import TTSService

from pipelines.cascade import Cascade
from pipelines.pipeline import CallSeat, Pipeline
from pipelines.providers.alone import rendered
from pipelines.providers.registry import Chosen
from pipelines.providers.spec import (
    HelperProcess,
    MakePipeline,
    MakeSpokenModel,
    MakeStt,
    OpenVoice,
    ProviderSite,
    ProviderSpec,
    SttProvider,
    TtsProvider,
)
from pipelines.ready_speech import ReadyVoice, Render, SpeechCache, VoiceKey
from pipelines.session import VoiceSession
from pipelines.speech_usage import CountsSound, SpeechTariff, SpeechTariffs
from voiceagent.dialogue.factory import MakeDialogue
from voiceagent.ports.meter import ModelCounts, SpeechCounts

Site = Callable[[ProviderSpec], ProviderSite]
"""Where a provider is opened."""


@dataclass(frozen=True, slots=True)
class CallParts:
    """What one call is served with: `pipeline` carries its speech, `dialogue` answers."""

    pipeline: MakePipeline
    dialogue: MakeDialogue


@dataclass(frozen=True, slots=True)
class SpeechParts:
    """Makes what a call is served with.

    `pipeline` carries its speech, `dialogue` answers; where both are one thing a call, as with a
    model that hears and speaks by itself, `paired` makes it and they are what there is beside it.
    `ready` is the voice's cache of sentences that are the same in every call. `helpers` are the
    programs that run for it, `counts` what models did, `tariffs` what hearing and speaking costs
    where two parts do it. `names` is kind -> provider, for `doctor` and reports.
    """

    names: Mapping[str, str]
    pipeline: MakePipeline
    dialogue: MakeDialogue
    ready: ReadyVoice = field(default_factory=ReadyVoice)
    helpers: Mapping[str, HelperProcess] = field(default_factory=dict)
    counts: ModelCounts = field(default_factory=ModelCounts)
    paired: Callable[[], CallParts] | None = None
    tariffs: SpeechTariffs | None = None

    @property
    def speech_counts(self) -> SpeechCounts:
        """What the recogniser and the voice were sent since the start."""
        return self.tariffs.counts if self.tariffs is not None else SpeechCounts()

    def for_call(self) -> CallParts:
        """What the next call is served with."""
        if self.paired is not None:
            return self.paired()
        return CallParts(self.pipeline, self.dialogue)


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
        make_stt = await stack.enter_async_context(chosen.stt.open(site(chosen.stt)))
        voice = await stack.enter_async_context(chosen.tts.open(site(chosen.tts)))
        tariffs = SpeechTariffs(
            stt_tariff(chosen.stt, site(chosen.stt)),
            tts_tariff(chosen.tts, site(chosen.tts), voice),
        )
        parts = SpeechParts(
            chosen.names,
            _cascade(make_stt, voice),
            dialogue,
            ready_voice(chosen.tts, voice, tariffs),
            tariffs=tariffs,
        )
        if chosen.spoken_model is not None:
            beside = chosen.spoken_model
            make = await stack.enter_async_context(beside.open(site(beside)))
            parts = replace(parts, paired=_paired(make, make_stt, voice))
        yield parts


def _cascade(make_stt: MakeStt, voice: OpenVoice) -> MakePipeline:
    def pipeline(seat: CallSeat) -> Cascade:
        session = seat.session
        tts = voice.make()

        async def asked(_: TTSService, context_id: str, text: str) -> None:
            session.usage.asked(context_id, text)

        tts.add_event_handler("on_tts_request", asked)
        return Cascade(session, seat.line, _hearing(make_stt, session), tts)

    return pipeline


def _hearing(make_stt: MakeStt, session: VoiceSession) -> STTService:
    """A fresh recogniser for a call, paid for what it sends, or else for what it is given."""
    stt = make_stt(lambda: session.expecting)
    session.usage.hearing(stt.sent if isinstance(stt, CountsSound) else session.input.given)
    return stt


def _paired(make: MakeSpokenModel, make_stt: MakeStt, voice: OpenVoice) -> Callable[[], CallParts]:
    def parts() -> CallParts:
        model = make()

        def pipeline(seat: CallSeat) -> Pipeline:
            session = seat.session
            return model.pipeline(seat, _hearing(make_stt, session), renderer(voice))

        return CallParts(pipeline, model.dialogue)

    return parts


def ready_voice(
    tts: TtsProvider, voice: OpenVoice, tariffs: SpeechTariffs | None = None
) -> ReadyVoice:
    """A voice's cache of sentences; making them is counted for the worker, and for no call."""
    key = VoiceKey(tts.name, voice.voice, voice.words_per_minute)
    render = renderer(voice)
    if tariffs is not None:
        render = tariffs.outside_calls(render)
    return ReadyVoice(SpeechCache(), key, render)


def stt_tariff(stt: SttProvider, site: ProviderSite) -> SpeechTariff:
    """What a recogniser costs where it is opened."""
    counts = stt.private or stt.capabilities.counts_sound
    return SpeechTariff(stt.name, partial(site.cost, stt), estimated=not counts)


def tts_tariff(tts: TtsProvider, site: ProviderSite, voice: OpenVoice) -> SpeechTariff:
    """What a voice costs where it is opened."""
    cost = partial(site.cost, tts)
    if voice.characters is None:
        return SpeechTariff(tts.name, cost, estimated=True)
    return SpeechTariff(tts.name, cost, voice.characters)


def renderer(voice: OpenVoice) -> Render:
    """What speaks a sentence outside calls."""
    return voice.render or (lambda text: rendered(voice.make(), text))
