"""What a worker's calls are served with, opened: the record the call manager gets."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace

from pipelines.cascade import Cascade
from pipelines.failover.report import FailoverReport
from pipelines.pipeline import CallSeat, Pipeline
from pipelines.providers.registry import Chosen
from pipelines.providers.spec import (
    HelperProcess,
    MakePipeline,
    MakeSpokenModel,
    OpenVoice,
    ProviderSite,
    SpeechToSpeechProvider,
    SttProvider,
    TtsProvider,
)
from pipelines.ready_speech import ReadyVoice, Render, SpeechCache, VoiceKey
from pipelines.recogniser_ports import ReadsShortSounds, SharedEars
from pipelines.speech_ends import (
    OpenHearing,
    OpenSpeech,
    Site,
    opened_hearing,
    opened_speaking,
    renderer,
)
from pipelines.speech_usage import SpeechTariffs
from voiceagent.dialogue.factory import MakeDialogue
from voiceagent.domain.locales import ENGLISH_ONLY, Locale
from voiceagent.media.second_look import SecondLook
from voiceagent.ports.meter import FailoverCounts, ModelCounts, SpeechCounts


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
    providers that took over. `hears` are the languages that the recogniser understands.
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
    hears: frozenset[Locale] = ENGLISH_ONLY

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
    def second_look(self) -> SecondLook | None:
        """Who reads short sounds over our speech; ``None`` where no recogniser here can."""
        looks = (
            one.second_look for one in self.helpers.values() if isinstance(one, ReadsShortSounds)
        )
        return next((look for look in looks if look is not None), None)

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
            yield SpeechParts(
                chosen.names, _kept(whole, pipeline), dialogue, failovers=report.counts
            )
            return
        if chosen.stt is None or chosen.tts is None:
            raise RuntimeError("a recogniser and a voice are shipped that need nothing")
        hearing = await opened_hearing((chosen.stt, *chosen.stt_backups), site, stack, report)
        speaking = await opened_speaking((chosen.tts, *chosen.tts_backups), site, stack, report)
        tariffs = SpeechTariffs(hearing.tariffs, speaking.tariffs)
        parts = SpeechParts(
            chosen.names,
            _cascade(hearing, speaking),
            dialogue,
            ready_voice(chosen.tts, speaking.voice, speaking.outside_calls(tariffs)),
            failovers=report.counts,
            tariffs=tariffs,
            hears=_heard(chosen.stt, site(chosen.stt)),
        )
        if chosen.spoken_model is not None:
            beside = chosen.spoken_model
            make = await stack.enter_async_context(beside.open(site(beside)))
            parts = replace(parts, paired=_paired(make, hearing, speaking))
        yield parts


def _heard(stt: SttProvider, place: ProviderSite) -> frozenset[Locale]:
    """The languages of the house that a recogniser understands."""
    tags = stt.hears(place)
    return frozenset(locale for locale in Locale if locale.value in tags)


def _cascade(hearing: OpenHearing, speaking: OpenSpeech) -> MakePipeline:
    def pipeline(seat: CallSeat) -> Cascade:
        session = seat.session
        tts = speaking.of_call(session)
        return Cascade(session, seat.line, hearing.of_call(session), tts)

    return pipeline


def _paired(
    make: MakeSpokenModel, hearing: OpenHearing, speaking: OpenSpeech
) -> Callable[[], CallParts]:
    def parts() -> CallParts:
        model = make()

        def pipeline(seat: CallSeat) -> Pipeline:
            session = seat.session
            return model.pipeline(seat, hearing.of_call(session), speaking.render_in(session))

        return CallParts(pipeline, model.dialogue)

    return parts


def _kept(whole: SpeechToSpeechProvider, pipeline: MakePipeline) -> MakePipeline:
    """A call that is private cannot go on with what does all in one elsewhere."""

    def kept(seat: CallSeat) -> Pipeline:
        if not whole.private:
            seat.session.privacy.tell(seat.session.privacy.cannot_keep)
        return pipeline(seat)

    return kept


def ready_voice(tts: TtsProvider, voice: OpenVoice, render: Render | None = None) -> ReadyVoice:
    """A voice's cache of sentences.

    Args:
        tts: the provider.
        voice: opened.
        render: what speaks them; by default the voice.
    """
    key = VoiceKey(tts.name, voice.voice, voice.words_per_minute)
    return ReadyVoice(SpeechCache(), key, render or renderer(voice))
