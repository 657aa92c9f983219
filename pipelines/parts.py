"""What a worker's calls are served with, opened: the record the call manager gets."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial

from loguru import logger
from pipecat.services.stt_service import STTService
from pipecat.services.tts_service import TTSService

from pipelines.cascade import Cascade
from pipelines.failover.report import FailoverReport
from pipelines.failover.stt import ChainedSTT
from pipelines.failover.tts import ChainedTTS, VoiceChain
from pipelines.pipeline import CallSeat, Pipeline
from pipelines.providers.alone import rendered
from pipelines.providers.registry import Chosen
from pipelines.providers.spec import (
    AskExpecting,
    HelperProcess,
    MakePipeline,
    MakeSpokenModel,
    MakeStt,
    OpenVoice,
    Partials,
    ProviderSite,
    ProviderSpec,
    SttProvider,
    TtsProvider,
)
from pipelines.ready_speech import ReadyVoice, Render, SpeechCache, VoiceKey
from pipelines.recogniser_ports import SharedEars
from pipelines.session import VoiceSession
from pipelines.speech_usage import CountsSound, SpeechTariff, SpeechTariffs
from voiceagent.core.failover.chain import ChainKind, ProviderChain
from voiceagent.dialogue.factory import MakeDialogue
from voiceagent.errors import OwnerFixable, Unavailable
from voiceagent.ports.meter import FailoverCounts, ModelCounts, SpeechCounts

MakeHearing = Callable[[AskExpecting], STTService | ChainedSTT]
"""Makes the recogniser of a call, or a chain of them."""

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
    where two parts do it. `names` is kind -> provider, for `doctor` and reports. `failovers` counts
    providers that took over.
    """

    names: Mapping[str, str]
    pipeline: MakePipeline
    dialogue: MakeDialogue
    ready: ReadyVoice = field(default_factory=ReadyVoice)
    helpers: Mapping[str, HelperProcess] = field(default_factory=dict)
    counts: ModelCounts = field(default_factory=ModelCounts)
    failovers: FailoverCounts = field(default_factory=FailoverCounts)
    paired: Callable[[], CallParts] | None = None
    tariffs: SpeechTariffs | None = None

    @property
    def speech_counts(self) -> SpeechCounts:
        """What the recogniser and the voice were sent since the start."""
        return self.tariffs.counts if self.tariffs is not None else SpeechCounts()

    @property
    def turns_heard(self) -> Mapping[str, int]:
        """Turns that ended so far, by the ear whose words they have; of ears that are shared."""
        return sum((Counter(ears.turns) for ears in self._shared_ears), Counter())

    @property
    def hears_more(self) -> bool:
        """Whether the callers of one more call would be understood in time."""
        return all(ears.takes_more for ears in self._shared_ears)

    @property
    def _shared_ears(self) -> list[SharedEars]:
        return [one for one in self.helpers.values() if isinstance(one, SharedEars)]

    def for_call(self) -> CallParts:
        """What the next call is served with."""
        if self.paired is not None:
            return self.paired()
        return CallParts(self.pipeline, self.dialogue)


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
        voice = await _voice((chosen.tts, *chosen.tts_backups), site, stack, report)
        tariffs = SpeechTariffs(
            stt_tariff((chosen.stt, *chosen.stt_backups), site(chosen.stt)),
            tts_tariff((chosen.tts, *chosen.tts_backups), site(chosen.tts), voice),
        )
        parts = SpeechParts(
            chosen.names,
            _cascade(make_stt, voice),
            dialogue,
            ready_voice(chosen.tts, voice, tariffs),
            failovers=report.counts,
            tariffs=tariffs,
        )
        if chosen.spoken_model is not None:
            beside = chosen.spoken_model
            make = await stack.enter_async_context(beside.open(site(beside)))
            parts = replace(parts, paired=_paired(make, make_stt, voice))
        yield parts


def _cascade(make_stt: MakeHearing, voice: OpenVoice) -> MakePipeline:
    def pipeline(seat: CallSeat) -> Cascade:
        session = seat.session
        tts = voice.make()

        async def asked(_: TTSService, context_id: str, text: str) -> None:
            session.usage.asked(context_id, text)

        tts.add_event_handler("on_tts_request", asked)
        return Cascade(session, seat.line, _listening(make_stt, session), tts)

    return pipeline


def _listening(make_stt: MakeHearing, session: VoiceSession) -> STTService | ChainedSTT:
    """What recognises in a call, paid for what it sends, or else for what it is given."""
    stt = make_stt(lambda: session.expecting)
    session.usage.hearing(stt.sent if isinstance(stt, CountsSound) else session.input.given)
    return stt


def _paired(
    make: MakeSpokenModel, make_stt: MakeHearing, voice: OpenVoice
) -> Callable[[], CallParts]:
    def parts() -> CallParts:
        model = make()

        def pipeline(seat: CallSeat) -> Pipeline:
            session = seat.session
            return model.pipeline(seat, _listening(make_stt, session), renderer(voice))

        return CallParts(pipeline, model.dialogue)

    return parts


async def _hearing(
    chain: Sequence[SttProvider], site: Site, stack: AsyncExitStack, report: FailoverReport
) -> MakeHearing:
    """What makes the recogniser of a call, or a chain of them."""
    first, *backups = chain
    opened: dict[str, MakeStt] = {}
    opened[first.name] = await stack.enter_async_context(first.open(site(first)))
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
) -> OpenVoice:
    """The voice of calls, or a chain of them.

    A voice that speaks only inside a call (without `OpenVoice.render`) stands alone.
    """
    first, *backups = chain
    voice = await stack.enter_async_context(first.open(site(first)))
    if voice.render is None:
        return voice
    renders = {first.name: voice.render}
    for backup in backups:
        with _left_out(backup):
            other = await stack.enter_async_context(backup.open(site(backup)))
            renders[backup.name] = renderer(other)
    if len(renders) == 1:
        return voice
    report.expect(ChainKind.TTS, tuple(renders))
    links = ProviderChain(ChainKind.TTS, tuple(renders), report)
    voices = await stack.enter_async_context(VoiceChain(links, tuple(renders.values())).running())
    return replace(voice, make=lambda: ChainedTTS(voices), render=voices.speak)


@contextmanager
def _left_out(backup: ProviderSpec) -> Iterator[None]:
    """A backup that does not open stops nothing: the others serve."""
    try:
        yield
    except (Unavailable, OwnerFixable) as error:
        name = backup.name
        logger.warning("providers.no_backup: {} {}", name, error.code)


def ready_voice(
    tts: TtsProvider, voice: OpenVoice, tariffs: SpeechTariffs | None = None
) -> ReadyVoice:
    """A voice's cache of sentences; making them is counted for the worker, and for no call."""
    key = VoiceKey(tts.name, voice.voice, voice.words_per_minute)
    render = renderer(voice)
    if tariffs is not None:
        render = tariffs.outside_calls(render)
    return ReadyVoice(SpeechCache(), key, render)


def stt_tariff(chain: Sequence[SttProvider], site: ProviderSite) -> SpeechTariff:
    """What recognition costs.

    A chain is charged as its first, which serves unless it fails: that is an estimate.

    Args:
        chain: the recogniser, and those that take over.
        site: where the first is opened.
    """
    first, *backups = chain
    counts = first.private or first.capabilities.counts_sound
    return SpeechTariff(first.name, _cost(chain, site), estimated=bool(backups) or not counts)


def tts_tariff(chain: Sequence[TtsProvider], site: ProviderSite, voice: OpenVoice) -> SpeechTariff:
    """What speech costs; see `stt_tariff`."""
    first, *backups = chain
    characters, estimated = voice.characters or len, bool(backups) or voice.characters is None
    return SpeechTariff(first.name, _cost(chain, site), characters, estimated)


def _cost(chain: Sequence[ProviderSpec], site: ProviderSite) -> Callable[[int], int | None]:
    """Nobody knows it where a free one is backed by one that is not: it would be told as 0."""
    first, *backups = chain
    if first.private and not all(backup.private for backup in backups):
        return lambda _: None
    return partial(site.cost, first)


def renderer(voice: OpenVoice) -> Render:
    """What speaks a sentence outside calls."""
    return voice.render or (lambda text: rendered(voice.make(), text))
