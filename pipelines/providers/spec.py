"""What a provider of speech or dialogue is: one frozen record that says all there is to know of it.

There is a record type a kind, because each kind is opened and used differently. Opening a provider
starts what all calls of a worker share (a helper process, warm connections) and gives what makes
the part of one call. Nothing here loads pipecat: `doctor` and `chat` read these records too, so a
provider imports its service inside `open`.
"""

from __future__ import annotations

import importlib.util
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final, Protocol

from pydantic import SecretStr

from voiceagent.core.clock import Clock, SystemClock
from voiceagent.core.failover.chain import FailoverWatch
from voiceagent.dialogue.factory import MakeDialogue
from voiceagent.domain.business import Business
from voiceagent.domain.expecting import Expecting
from voiceagent.domain.local_hosts import LocalHosts
from voiceagent.domain.setting_values import NumberSetting
from voiceagent.language.en_us.caller_acts import ActModel
from voiceagent.ports.flags import FeatureFlags, NoFlags
from voiceagent.ports.meter import ModelCounts
from voiceagent.toolkit.spec import ToolSpec

if TYPE_CHECKING:
    from pipecat.processors.frame_processor import FrameProcessor
    from pipecat.services.stt_service import STTService
    from pipecat.services.tts_service import TTSService

    from pipelines.pipeline import CallSeat, Pipeline
    from pipelines.ready_speech import Render, SpeechPiece


class ProviderKind(StrEnum):
    """What a provider does in a call."""

    STT = "stt"
    LLM = "llm"
    TTS = "tts"
    SPEECH_TO_SPEECH = "speech-to-speech"

    @property
    def words(self) -> str:
        """For people."""
        return _WORDS[self]

    @property
    def setting(self) -> str:
        """Name of the setting that chooses one."""
        return self.name + "_PROVIDER"


_WORDS = {
    ProviderKind.STT: "speech to text",
    ProviderKind.LLM: "dialogue",
    ProviderKind.TTS: "text to speech",
    ProviderKind.SPEECH_TO_SPEECH: "speech to speech",
}


class Unit(StrEnum):
    """What a price is for."""

    MINUTE = "minute"
    THOUSAND_CHARACTERS = "1k characters"
    MILLION_TOKENS = "1M tokens"

    @property
    def counted(self) -> int:
        """What is counted of it: milliseconds, characters or tokens."""
        return _COUNTED[self]


_COUNTED: Final = {
    Unit.MINUTE: 60_000,
    Unit.THOUSAND_CHARACTERS: 1000,
    Unit.MILLION_TOKENS: 10**6,
}
_MICRO_CENTS_IN_A_DOLLAR: Final = 10**8


@dataclass(frozen=True, slots=True)
class ProviderPrice:
    """What a provider charges, as its public page said on a day.

    `usd` is a rate and not an amount, so it may be a fraction of a cent. `source` is the page.
    `of` are settings and what they are by default: where they say another, it is another price.
    """

    usd: Decimal
    per: Unit
    as_of: date
    source: str
    of: tuple[tuple[str, str], ...] = ()

    def cost(self, units: int) -> int:
        """Micro-cents of milliseconds, characters or tokens (`Unit.counted`), halves up."""
        exact = Fraction(self.usd) * _MICRO_CENTS_IN_A_DOLLAR * units / self.per.counted
        return math.floor(exact + Fraction(1, 2))

    def __str__(self) -> str:
        return f"${self.usd} per {self.per} ({self.as_of}, {self.source})"


@dataclass(frozen=True, slots=True)
class Needs:
    """What must be there before a provider can be opened.

    `settings` are names in the environment or in ``.env``, its keys among them; `optional` ones
    have a default, and are neither missed nor a reason to choose the provider; so have `numbers`.
    `modules` must be importable and `packages` installed; `extra` is what to install when they are
    not.
    """

    settings: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    extra: str = ""
    optional: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    numbers: tuple[NumberSetting, ...] = ()

    @property
    def read(self) -> tuple[str, ...]:
        """Every setting that the provider reads."""
        return (*self.settings, *self.optional, *(number.name for number in self.numbers))

    def missing(self, given: Given) -> tuple[str, ...]:
        """What is not there, in words that say what to do about it."""
        unset = [name for name in self.settings if not given(name)]
        absent = [name for name in self.modules if importlib.util.find_spec(name) is None]
        absent += [name for name in self.packages if not _is_installed(name)]
        how = f"the package {self.extra}" if self.extra else f"the package {', '.join(absent)}"
        return (*unset, *((how,) if absent else ()))


def _is_installed(package: str) -> bool:
    try:
        distribution(package)
    except PackageNotFoundError:
        return False
    return True


Given = Callable[[str], SecretStr | None]
"""The value of a setting by its name; ``None`` or an empty one when it is not set."""


class HelperProcess(Protocol):
    """A program that a provider runs beside the engine."""

    @property
    def restarts(self) -> int:
        """Times it had to be started again."""


@dataclass(frozen=True, slots=True)
class ProviderSite:
    """Where a provider is opened: whose calls, where files may be kept, the settings it asked for.

    `settings` holds those that its `Needs` name, and no others. In `helpers` a provider notes the
    programs that it runs, for whoever watches the worker, and in `counts` what its model did.
    `tools` are what a model may ask for. `failovers` is told when one model took over from another.
    With `confined_to` nothing may be sent to other hosts, so that no proxy may stand between.
    `own_hosts` are those that a private conversation may reach in any case.
    `flags` go before settings that mean the same. `acts` proposes to the house what a turn does.
    """

    business: Business
    state_dir: Path
    settings: Mapping[str, SecretStr] = field(default_factory=dict)
    helpers: dict[str, HelperProcess] = field(default_factory=dict)
    tools: tuple[ToolSpec, ...] = ()
    clock: Clock = field(default_factory=SystemClock)
    counts: ModelCounts = field(default_factory=ModelCounts)
    failovers: FailoverWatch | None = None
    confined_to: LocalHosts | None = None
    own_hosts: LocalHosts = field(default_factory=LocalHosts)
    flags: FeatureFlags = field(default_factory=NoFlags)
    acts: ActModel | None = None

    def setting(self, name: str) -> str:
        """The text of a setting that the provider's `Needs` name."""
        return self.settings[name].get_secret_value()

    def optional(self, name: str, default: str) -> str:
        """The text of an optional setting, or what it is without being set."""
        given = self.settings.get(name)
        return default if given is None else given.get_secret_value()

    def number(self, setting: NumberSetting) -> float:
        """The number of one of the `Needs`.

        Raises:
            OwnerFixable: ``settings.value``.
        """
        return setting.read(self.optional(setting.name, ""))

    def cost(self, provider: ProviderSpec, units: int) -> int | None:
        """What units cost here, micro-cents: 0 on this machine; ``None`` when nobody knows."""
        if provider.private:
            return 0
        price = provider.price
        if price is None or any(self.optional(name, usual) != usual for name, usual in price.of):
            return None
        return price.cost(units)


class Partials(StrEnum):
    """How a recogniser tells the words so far, which decide when a turn is over.

    ON_REQUEST ones tell none without `AsksPartial.ask_partial`, which is called in every pause.
    """

    NONE = "none"
    ON_REQUEST = "on request"
    STREAMED = "streamed"


@dataclass(frozen=True, slots=True)
class SttCapabilities:
    """What a recogniser can do beside a final transcript at the end of a turn.

    `end_of_turn`: it tells itself when the caller has finished. `knows_lost_words`: it tells a turn
    without words from one whose words it lost (`LosesWords`); then the caller is asked again.
    `counts_sound`: it tells how much sound it has sent (`CountsSound`), which is what is paid for.
    `tells_confidence`: it says how sure it is of its words (`TellsConfidence`). `hastens`: streamed
    words come sooner when a pause asks for them (`AsksPartial`).
    """

    partials: Partials = Partials.NONE
    word_times: bool = False
    end_of_turn: bool = False
    knows_lost_words: bool = False
    counts_sound: bool = False
    tells_confidence: bool = False
    hastens: bool = False

    def __str__(self) -> str:
        has = [f"partial transcripts: {self.partials}"]
        has += ["word times"] * self.word_times + ["end of turn"] * self.end_of_turn
        has += ["knows lost words"] * self.knows_lost_words
        return ", ".join([*has, *["tells confidence"] * self.tells_confidence])


@dataclass(frozen=True, slots=True)
class TtsCapabilities:
    """What a voice can do.

    `sample_rate` is what it renders at, Hz; a call's sound is 8 kHz, and the service that `make`
    gives resamples. `voices` are examples. `word_times`: its frames tell where words begin.
    """

    sample_rate: int
    voices: tuple[str, ...] = ()
    word_times: bool = False
    streams: bool = True

    def __str__(self) -> str:
        has = [f"{self.sample_rate} Hz"] + ["streams"] * self.streams
        has += ["word times"] * self.word_times
        return ", ".join([*has, *([f"voices {', '.join(self.voices)}"] if self.voices else [])])


@dataclass(frozen=True, slots=True)
class LlmCapabilities:
    """What a dialogue can do. `tools`: it may ask for tools. `free_form`: it words replies itself.

    A dialogue that is not free of form says only sentences that were written beforehand.
    """

    tools: bool = True
    free_form: bool = True

    def __str__(self) -> str:
        return ", ".join(
            ["tools"] * self.tools + ["free wording" if self.free_form else "fixed wording"]
        )


@dataclass(frozen=True, slots=True)
class SpeechToSpeechCapabilities:
    """What a speech-to-speech model can do.

    `transcribes`: it gives the caller's words, without which nothing is known of a turn. `tools`:
    it may ask for tools.
    """

    transcribes: bool = True
    tools: bool = False

    def __str__(self) -> str:
        return ", ".join(["transcripts"] * self.transcribes + ["tools"] * self.tools)


AskExpecting = Callable[[], Expecting]
"""Tells what the agent asked for last; a recogniser may weigh its hypotheses by it."""

MakeStt = Callable[[AskExpecting], "STTService"]
"""A fresh recogniser for a call. Its input is 16-bit PCM at 8 kHz, one caller turn between
`VADUserStartedSpeakingFrame` and `VADUserStoppedSpeakingFrame`; after the latter it owes a final
transcript (``finalized``)."""


@dataclass(frozen=True, slots=True)
class OpenVoice:
    """A voice that has been opened.

    `make` gives a fresh synthesiser for a call: whole written sentences ("$248") go in, 16-bit PCM
    at 8 kHz comes out. `render` speaks one sentence outside any call; without it `make` does.
    `voice` and `words_per_minute` are what a sentence's sound depends on beside its text.
    `characters` is how many of a written sentence are sent; without it that is reckoned.
    """

    make: Callable[[], TTSService]
    voice: str = ""
    words_per_minute: int = 0
    render: Callable[[str], AsyncIterator[SpeechPiece]] | None = None
    characters: Callable[[str], int] | None = None


MakePipeline = Callable[["CallSeat"], "Pipeline"]
"""A call's pipeline; see `pipelines.pipeline`."""


class SpokenModel(Protocol):
    """A model that hears and speaks by itself, in one call."""

    @property
    def dialogue(self) -> MakeDialogue:
        """Makes who answers this call: asks the model, and what stands behind it."""
        ...

    def pipeline(self, seat: CallSeat, stt: FrameProcessor, render: Render) -> Pipeline:
        """The call's pipeline.

        Args:
            seat: where it sits.
            stt: a fresh recogniser for it, or a chain of them.
            render: speaks a sentence that the model did not say.
        """
        ...


MakeSpokenModel = Callable[[], SpokenModel]
"""A fresh one for a call."""


def _fits_here() -> str:
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderSpec:
    """What is known of any provider.

    `name` is what the setting says. `private`: it runs on this machine, and what callers say does
    not leave it. `addresses` are the settings that say where a provider sends all that callers say,
    if it can do without its vendor's own hosts: then those decide whether it stays local. `price`
    is ``None`` for what runs here, and where nobody knows it. `languages` are BCP 47 tags, empty
    when there are too many to list. `exchange` is one cheap exchange that shows whether it works,
    and tells in a few words what came of it; what hears or speaks is tried with a sentence instead.
    `unasked` is what an
    owner should know for whom it was chosen because no setting says anything.
    `declines` tells why it is not chosen here unless it is named, which a machine may be too small
    for; empty where it is.
    `check` refuses settings that `open` would refuse, as far as that can be known from them alone:
    it dials nothing and starts nothing.
    """

    kind: ClassVar[ProviderKind]
    name: str
    private: bool = False
    addresses: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    needs: Needs = Needs()
    price: ProviderPrice | None = None
    exchange: Callable[[ProviderSite], Awaitable[str]] | None = None
    unasked: str = ""
    declines: Callable[[], str] = _fits_here
    check: Callable[[ProviderSite], object] | None = None

    def stays_local(self, given: Given, hosts: LocalHosts) -> bool:
        """Whether what callers say reaches no host but these; an address that is not set is not."""
        if self.private:
            return True
        urls = [url.get_secret_value() if (url := given(name)) else "" for name in self.addresses]
        return bool(urls) and all(hosts.hold_url(url) for url in urls)


def _english(_site: ProviderSite) -> tuple[str, ...]:
    return ("en-US",)


@dataclass(frozen=True, slots=True, kw_only=True)
class SttProvider(ProviderSpec):
    """Recognises what callers say.

    `hears`: the languages that it understands with its settings, BCP 47.
    """

    kind = ProviderKind.STT
    capabilities: SttCapabilities
    open: Callable[[ProviderSite], AbstractAsyncContextManager[MakeStt]]
    hears: Callable[[ProviderSite], tuple[str, ...]] = _english


def _any_voice(_name: str) -> bool:
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class TtsProvider(ProviderSpec):
    """Speaks what the agent says.

    `has_voice`: whether it has the voice that a business file names (`Voice.offline_voice`). Those
    whose voice is chosen elsewhere always have.
    """

    kind = ProviderKind.TTS
    capabilities: TtsCapabilities
    open: Callable[[ProviderSite], AbstractAsyncContextManager[OpenVoice]]
    has_voice: Callable[[str], bool] = _any_voice


@dataclass(frozen=True, slots=True, kw_only=True)
class LlmProvider(ProviderSpec):
    """Decides what the agent says and does."""

    kind = ProviderKind.LLM
    capabilities: LlmCapabilities
    open: Callable[[ProviderSite], AbstractAsyncContextManager[MakeDialogue]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechToSpeechProvider(ProviderSpec):
    """Hears and speaks in one model, in place of recogniser, dialogue and voice."""

    kind = ProviderKind.SPEECH_TO_SPEECH
    capabilities: SpeechToSpeechCapabilities
    open: Callable[[ProviderSite], AbstractAsyncContextManager[MakePipeline]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SpokenModelProvider(ProviderSpec):
    """Hears and speaks in one model, beside a recogniser and a voice that are chosen as ever.

    They find what no model may hear, speak what it did not say, and go on with the call without it.
    """

    kind = ProviderKind.SPEECH_TO_SPEECH
    capabilities: SpeechToSpeechCapabilities
    open: Callable[[ProviderSite], AbstractAsyncContextManager[MakeSpokenModel]]


Provider = SttProvider | TtsProvider | LlmProvider | SpeechToSpeechProvider | SpokenModelProvider
