"""Which providers there are, and which of them a worker uses.

The shipped ones are the literal tuple `SHIPPED`: a new one is a folder in `pipelines/providers` and
a line here. Packages from outside announce theirs in the entry-point group
``voiceagent.providers``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from importlib.metadata import EntryPoint, entry_points
from typing import Final, TypeVar

from pipelines.providers.cartesia.specs import CARTESIA
from pipelines.providers.deepgram.specs import DEEPGRAM, DEEPGRAM_FLUX
from pipelines.providers.house.llm import HOUSE
from pipelines.providers.offline.specs import ESPEAK_NG, POCKETSPHINX
from pipelines.providers.openai.realtime.specs import OPENAI_REALTIME
from pipelines.providers.openai.specs import OPENAI
from pipelines.providers.pipecat.specs import PREFIX, by_name
from pipelines.providers.spec import (
    Given,
    LlmProvider,
    Provider,
    ProviderKind,
    ProviderSpec,
    SpeechToSpeechProvider,
    SpokenModelProvider,
    SttProvider,
    TtsProvider,
)
from voiceagent.domain.local_hosts import LocalHosts
from voiceagent.errors import OwnerFixable

SHIPPED: Final[tuple[Provider, ...]] = (
    DEEPGRAM,
    DEEPGRAM_FLUX,
    OPENAI,
    CARTESIA,
    POCKETSPHINX,
    HOUSE,
    ESPEAK_NG,
    OPENAI_REALTIME,
)
"""In the order in which they are preferred among those with settings, and among those without."""

GROUP: Final = "voiceagent.providers"
"""Each entry point of it is a provider or a tuple of them."""


@dataclass(frozen=True, slots=True)
class ProviderChoice:
    """The provider that is used for a kind, and why that one."""

    provider: Provider
    why: str


P = TypeVar("P", bound=ProviderSpec)


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a worker's calls are served with, and what nothing is started of: the others.

    With `speech_to_speech` there is no recogniser and no voice; `llm` still answers chats, and
    calls whose pipeline does not answer by itself. With `spoken_model` both are there beside it.
    """

    llm: LlmProvider
    stt: SttProvider | None
    tts: TtsProvider | None
    speech_to_speech: SpeechToSpeechProvider | None = None
    spoken_model: SpokenModelProvider | None = None

    @property
    def names(self) -> dict[str, str]:
        """ProviderKind -> name of what is opened for calls, for reports and the health page."""
        opened = (self.stt, self.llm, self.tts, self.speech_to_speech, self.spoken_model)
        return {p.kind.value: p.name for p in opened if p is not None}


@dataclass(frozen=True, slots=True)
class Registry:
    """The providers that there are, in the order of preference.

    `faults` has a line for each package from outside that could not be used. With `confined_to`
    only providers are chosen that send what callers say to none but these hosts.
    """

    providers: tuple[Provider, ...] = SHIPPED
    faults: tuple[str, ...] = ()
    confined_to: LocalHosts | None = None

    @classmethod
    def installed(cls, announced: Iterable[EntryPoint] | None = None) -> Registry:
        """The shipped ones and those of installed packages.

        A package that is broken is named in `faults` and left out: it cannot stop calls that are
        served by others.

        Args:
            announced: entry points; those of `GROUP` by default.
        """
        known, faults = list(SHIPPED), []
        for point in sorted(entry_points(group=GROUP) if announced is None else announced):
            try:
                for provider in _loaded(point):
                    if _named(known, provider.kind, provider.name) is not None:
                        raise ValueError(f"{provider.kind} {provider.name} is there already")  # noqa: TRY301 - one way out of a bad package
                    known.append(provider)
            except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever its import does
                said = (str(error).splitlines() or [""])[0]
                faults.append(f"{_package(point)}: not used: {type(error).__name__}: {said}")
        return cls(tuple(known), tuple(faults))

    def naming(self, wanted: Mapping[ProviderKind, str]) -> Registry:
        """With the services of pipecat's that these names ask for, as far as they are names."""
        asked = [(kind, name) for kind, name in wanted.items() if name.startswith(PREFIX)]
        found: list[Provider] = []
        for kind, name in asked:
            with suppress(OwnerFixable):
                found.append(by_name(kind, name))
        return replace(self, providers=(*self.providers, *found))

    def of(self, kind: ProviderKind) -> tuple[Provider, ...]:
        """All of a kind."""
        return tuple(p for p in self.providers if p.kind is kind)

    def choose(self, kind: ProviderKind, wanted: str, given: Given) -> ProviderChoice | None:
        """The provider for a kind; ``None`` when that kind is only used where it is asked for.

        Args:
            kind: speech to speech is used by name only, since it takes the place of the others.
            wanted: its name, empty for the best that is configured.
            given: the settings there are.

        Raises:
            OwnerFixable: ``provider.unknown``, ``provider.remote``, or ``provider.needs`` with what
                is missing.
        """
        if wanted:
            named = _named(self.providers, kind, wanted)
            if named is None and wanted.startswith(PREFIX):
                named = by_name(kind, wanted)
            if named is None:
                known = ", ".join(p.name for p in self.of(kind)) or "none"
                problem = f"That is no provider of {kind.words}. Known: {known}."
                raise OwnerFixable("provider.unknown", problem, where=kind.setting)
            if not self._may_be_used(named, given):
                raise OwnerFixable("provider.remote", self._remote(named), where=kind.setting)
            return ProviderChoice(self._ready(named, given), f"{kind.setting} is set")
        if kind is ProviderKind.SPEECH_TO_SPEECH:
            return None
        kept_out = []
        for provider in self.of(kind):
            if provider.needs.settings and not provider.needs.missing(given):
                if not self._may_be_used(provider, given):
                    kept_out.append(provider.name)
                    continue
                return ProviderChoice(provider, f"{' and '.join(provider.needs.settings)} set")
        free = next(p for p in SHIPPED if p.kind is kind and not p.needs.settings)
        why = f"{kind.setting} is not set, and no other is configured"
        if kept_out:
            why = f"PRIVACY keeps conversations from {' and '.join(kept_out)}"
        return ProviderChoice(self._ready(free, given), why)

    def chosen(self, wanted: Mapping[ProviderKind, str], given: Given) -> Chosen:
        """What a worker uses.

        Args:
            wanted: names by kind; a kind that is missing or empty is chosen here.
            given: the settings there are.

        Raises:
            OwnerFixable: see `choose`.
        """
        found = {kind: self.choose(kind, wanted.get(kind, ""), given) for kind in ProviderKind}
        llm = _as(LlmProvider, found[ProviderKind.LLM])
        if llm is None:
            raise RuntimeError("a dialogue is shipped that needs nothing")
        whole = _as(SpeechToSpeechProvider, found[ProviderKind.SPEECH_TO_SPEECH])
        if whole is not None:
            return Chosen(llm, None, None, whole)
        return Chosen(
            llm,
            _as(SttProvider, found[ProviderKind.STT]),
            _as(TtsProvider, found[ProviderKind.TTS]),
            spoken_model=_as(SpokenModelProvider, found[ProviderKind.SPEECH_TO_SPEECH]),
        )

    def _may_be_used(self, provider: Provider, given: Given) -> bool:
        return self.confined_to is None or provider.stays_local(given, self.confined_to)

    def _remote(self, provider: Provider) -> str:
        """What to do about a provider that sends to others, in one sentence."""
        stay = " or ".join(p.name for p in self.of(provider.kind) if p.private)
        ways = [f"choose {stay}"] if stay else ["leave it out"]
        if provider.addresses:
            ways.append(f"set {' and '.join(provider.addresses)} to hosts of your own")
        return (
            f"{provider.name} would send what callers say to other hosts, which PRIVACY=local"
            f" forbids: {', or '.join(ways)}."
        )

    @staticmethod
    def _ready(provider: Provider, given: Given) -> Provider:
        if missing := provider.needs.missing(given):
            problem = f"{provider.name} needs {' and '.join(missing)}."
            raise OwnerFixable("provider.needs", problem, where=provider.kind.setting)
        return provider


def _named(providers: Iterable[Provider], kind: ProviderKind, name: str) -> Provider | None:
    return next((p for p in providers if p.kind is kind and p.name == name), None)


def _as(of: type[P], choice: ProviderChoice | None) -> P | None:
    return choice.provider if choice is not None and isinstance(choice.provider, of) else None


def _loaded(point: EntryPoint) -> tuple[Provider, ...]:
    found = point.load()
    several = found if isinstance(found, tuple) else (found,)
    for one in several:
        if not isinstance(one, Provider):
            raise TypeError(f"{point.value} is no provider")
    return several


def _package(point: EntryPoint) -> str:
    return f"{point.dist.name} ({point.name})" if point.dist is not None else point.name
