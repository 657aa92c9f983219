"""What hears and what speaks in calls, opened: one provider, or a chain of them.

Each provider of a chain is paid for what it was sent itself: `SpeechTariff`s stand in the order of
the chain. `stays_here` says what becomes of a call that is private from some moment on: with it the
chain goes on with those that run on this machine; without it the call cannot (`PrivacyLatch`).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, aclosing, contextmanager
from dataclasses import dataclass
from functools import partial

from loguru import logger
from pipecat.services.stt_service import STTService
from pipecat.services.tts_service import TTSService

from pipelines.failover.report import FailoverReport
from pipelines.failover.stt import ChainedSTT
from pipelines.failover.tts import ChainedTTS, VoiceChain
from pipelines.providers.alone import rendered
from pipelines.providers.spec import (
    AskExpecting,
    MakeStt,
    OpenVoice,
    Partials,
    ProviderSite,
    ProviderSpec,
    SttProvider,
    TtsProvider,
)
from pipelines.ready_speech import Render, SpeechPiece
from pipelines.recogniser_ports import WeighsOffers
from pipelines.session import VoiceSession
from pipelines.speech_usage import CountsSound, SpeechTariff, SpeechTariffs
from voiceagent.core.failover.chain import ChainKind, ProviderChain
from voiceagent.errors import OwnerFixable, Unavailable

Site = Callable[[ProviderSpec], ProviderSite]
"""Where a provider is opened."""


@dataclass(frozen=True, slots=True)
class OpenHearing:
    """What makes the recogniser of a call, or a chain of them.

    Attributes:
        make: makes it.
        tariffs: what each costs.
        stays_here: it sends nothing elsewhere, or stops doing so when it is confined.
    """

    make: Callable[[AskExpecting], STTService | ChainedSTT]
    tariffs: tuple[SpeechTariff, ...]
    stays_here: bool

    def of_call(self, session: VoiceSession) -> STTService | ChainedSTT:
        """What recognises in a call, paid for what it sends, or else for what it is given."""
        stt = self.make(lambda: session.expecting)
        if isinstance(stt, WeighsOffers):
            stt.weigh_by(session.offered)
        if not self.stays_here:
            session.privacy.tell(session.privacy.cannot_keep)
        elif isinstance(stt, ChainedSTT):
            session.privacy.tell(stt.confine)
        if isinstance(stt, ChainedSTT):
            session.usage.hearing(*stt.sent)
        else:
            session.usage.hearing(stt.sent if isinstance(stt, CountsSound) else session.input.given)
        return stt


@dataclass(frozen=True, slots=True)
class OpenSpeech:
    """What makes the voice of a call, or a chain of them.

    Attributes:
        voice: the first.
        chain: all of them; ``None`` where one stands alone.
        tariffs: what each costs.
        stays_here: it sends nothing elsewhere, or stops doing so when it is confined.
    """

    voice: OpenVoice
    chain: VoiceChain | None
    tariffs: tuple[SpeechTariff, ...]
    stays_here: bool

    def of_call(self, session: VoiceSession) -> TTSService:
        """What speaks in a call."""
        self._keep(session)
        if self.chain is not None:
            chained = ChainedTTS(self.chain, session.usage.asked)
            session.privacy.tell(chained.confine)
            return chained
        tts = self.voice.make()

        async def asked(_: TTSService, context_id: str, text: str) -> None:
            session.usage.asked(context_id, text)

        tts.add_event_handler("on_tts_request", asked)
        return tts

    def render_in(self, session: VoiceSession) -> Render:
        """What speaks a sentence beside a model that speaks by itself; see `Usage.speaks_in`."""
        self._keep(session)
        chain, usage = self.chain, session.usage

        async def render(text: str) -> AsyncIterator[SpeechPiece]:
            if chain is None:
                usage.asked_now(0, text)
                async for piece in renderer(self.voice)(text):
                    yield piece
                return
            private = session.privacy.closed
            speaking = chain.speak(text, private=private, asked=usage.asked_now)
            async with aclosing(speaking) as pieces:
                async for piece in pieces:
                    yield piece

        return render

    def outside_calls(self, tariffs: SpeechTariffs) -> Render:
        """What speaks a sentence for no call, counted for the worker."""
        if self.chain is not None:
            return partial(self.chain.speak, asked=tariffs.spoke)
        render = renderer(self.voice)

        def counted(text: str) -> AsyncIterator[SpeechPiece]:
            tariffs.spoke(0, text)
            return render(text)

        return counted

    def _keep(self, session: VoiceSession) -> None:
        if not self.stays_here:
            session.privacy.tell(session.privacy.cannot_keep)


async def opened_hearing(
    chain: Sequence[SttProvider], site: Site, stack: AsyncExitStack, report: FailoverReport
) -> OpenHearing:
    """Opens recognisers; the first must open, a backup that does not is left out."""
    first, *backups = chain
    opened: dict[SttProvider, MakeStt] = {}
    opened[first] = await stack.enter_async_context(first.open(site(first)))
    for backup in backups:
        with _left_out(backup):
            opened[backup] = await stack.enter_async_context(backup.open(site(backup)))
    tariffs = tuple(stt_tariff(one, site(one)) for one in opened)
    here = _here(tuple(opened))
    if len(opened) == 1:
        return OpenHearing(opened[first], tariffs, bool(here))
    names = tuple(one.name for one in opened)
    report.expect(ChainKind.STT, names)
    links = ProviderChain(ChainKind.STT, names, report)
    streams = tuple(
        place for place, one in enumerate(opened) if one.capabilities.partials is Partials.STREAMED
    )
    makes = tuple(opened.values())
    return OpenHearing(
        lambda expecting: ChainedSTT(links, makes, expecting, streams, here), tariffs, bool(here)
    )


async def opened_speaking(
    chain: Sequence[TtsProvider], site: Site, stack: AsyncExitStack, report: FailoverReport
) -> OpenSpeech:
    """Opens voices; see `opened_hearing`.

    A voice that speaks only inside a call (without `OpenVoice.render`) stands alone.
    """
    first, *backups = chain
    voice = await stack.enter_async_context(first.open(site(first)))
    opened: dict[TtsProvider, OpenVoice] = {first: voice}
    for backup in backups if voice.render is not None else ():
        with _left_out(backup):
            opened[backup] = await stack.enter_async_context(backup.open(site(backup)))
    tariffs = tuple(tts_tariff(one, site(one), other) for one, other in opened.items())
    here = _here(tuple(opened))
    if len(opened) == 1:
        return OpenSpeech(voice, None, tariffs, bool(here))
    names = tuple(one.name for one in opened)
    report.expect(ChainKind.TTS, names)
    links = ProviderChain(ChainKind.TTS, names, report)
    every = VoiceChain(links, tuple(map(renderer, opened.values())), here)
    voices = await stack.enter_async_context(every.running())
    return OpenSpeech(voice, voices, tariffs, bool(here))


def stt_tariff(provider: SttProvider, site: ProviderSite) -> SpeechTariff:
    """What recognition costs; an estimate where nobody counts what is sent."""
    counted = provider.private or provider.capabilities.counts_sound
    return SpeechTariff(provider.name, partial(site.cost, provider), estimated=not counted)


def tts_tariff(provider: TtsProvider, site: ProviderSite, voice: OpenVoice) -> SpeechTariff:
    """What speech costs; an estimate where the voice does not say how long a text is to it."""
    return SpeechTariff(
        provider.name,
        partial(site.cost, provider),
        voice.characters or len,
        estimated=voice.characters is None,
    )


def renderer(voice: OpenVoice) -> Render:
    """What speaks a sentence outside calls."""
    return voice.render or (lambda text: rendered(voice.make(), text))


def _here(opened: Sequence[ProviderSpec]) -> tuple[int, ...]:
    """Places of those that run on this machine."""
    return tuple(place for place, one in enumerate(opened) if one.private)


@contextmanager
def _left_out(backup: ProviderSpec) -> Iterator[None]:
    """A backup that does not open stops nothing: the others serve."""
    try:
        yield
    except (Unavailable, OwnerFixable) as error:
        name = backup.name
        logger.warning("providers.no_backup: {} {}", name, error.code)
