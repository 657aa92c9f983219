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
from pipelines.providers.offline.specs import ESPEAK_NG, PICO, POCKETSPHINX, WHISPER
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
from voiceagent.domain.business import OFFLINE_VOICE
from voiceagent.domain.local_hosts import LocalHosts
from voiceagent.errors import OwnerFixable

SHIPPED: Final[tuple[Provider, ...]] = (
    DEEPGRAM,
    DEEPGRAM_FLUX,
    OPENAI,
    CARTESIA,
    WHISPER,
    POCKETSPHINX,
    HOUSE,
    PICO,
    ESPEAK_NG,
    OPENAI_REALTIME,
)
"""In the order in which they are preferred among those with settings, and among those without."""

CHAINED: Final = (ProviderKind.STT, ProviderKind.TTS)
"""Kinds whose providers take over from one another within a call (`pipelines.failover`)."""

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
    The backups take over, in their order, where `stt` or `tts` fails.
    """

    llm: LlmProvider
    stt: SttProvider | None
    tts: TtsProvider | None
    speech_to_speech: SpeechToSpeechProvider | None = None
    spoken_model: SpokenModelProvider | None = None
    stt_backups: tuple[SttProvider, ...] = ()
    tts_backups: tuple[TtsProvider, ...] = ()

    @property
    def names(self) -> dict[str, str]:
        """ProviderKind -> name of what is opened for calls, for reports and the health page."""
        opened = (self.stt, self.llm, self.tts, self.speech_to_speech, self.spoken_model)
        return {p.kind.value: p.name for p in opened if p is not None}


@dataclass(frozen=True, slots=True)
class Registry:
    """The providers that there are, in the order of preference.

    `faults` has a line for each package from outside that could not be used. With `confined_to`
    only providers are chosen that send what callers say to none but these hosts. `offline_voice` is
    the business file's, which not every voice of this machine has.
    """

    providers: tuple[Provider, ...] = SHIPPED
    faults: tuple[str, ...] = ()
    confined_to: LocalHosts | None = None
    offline_voice: str = OFFLINE_VOICE

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
        return next(iter(self.chain(kind, wanted, given)), None)

    def chain(self, kind: ProviderKind, wanted: str, given: Given) -> tuple[ProviderChoice, ...]:
        """The provider for a kind, and those that take over in turn where it fails.

        Recognisers and voices have backups: those that are named after the first, or when none is
        named every other one that is configured, and in the end the one that needs nothing. Of
        those with the same keys only the first: they are one vendor, and fall together.

        Args:
            kind: see `choose`.
            wanted: a name, or of recognisers and voices several with commas between them.
            given: the settings there are.

        Raises:
            OwnerFixable: see `choose`.
        """
        if wanted:
            names = [name.strip() for name in wanted.split(",")] if kind in CHAINED else [wanted]
            why = f"{kind.setting} is set"
            found = (self._allowed(kind, name, given) for name in dict.fromkeys(names))
            return tuple(ProviderChoice(provider, why) for provider in found)
        if kind is ProviderKind.SPEECH_TO_SPEECH:
            return ()
        keyed: dict[tuple[str, ...], ProviderChoice] = {}
        kept_out = []
        for provider in self.of(kind):
            keys = provider.needs.settings
            if not keys or self.lacks(provider, given):
                continue
            if self._may_be_used(provider, given):
                keyed.setdefault(keys, ProviderChoice(provider, f"{' and '.join(keys)} set"))
            else:
                kept_out.append(provider.name)
        free, passed_over = self._free(kind, given)
        if not keyed:
            why = f"{kind.setting} is not set, and no other is configured"
            if kept_out:
                why = f"PRIVACY keeps conversations from {' and '.join(kept_out)}"
            ours = self._ready(free, given)
            said = (why, *passed_over, *((ours.unasked,) if ours.unasked else ()))
            return (ProviderChoice(ours, "; ".join(said)),)
        if kind not in CHAINED:
            return tuple(keyed.values())[:1]
        last = ProviderChoice(free, "it needs no other, and takes over where others fail")
        return (*keyed.values(), *(() if self.lacks(free, given) else (last,)))

    def chosen(self, wanted: Mapping[ProviderKind, str], given: Given) -> Chosen:
        """What a worker uses.

        Args:
            wanted: names by kind; a kind that is missing or empty is chosen here.
            given: the settings there are.

        Raises:
            OwnerFixable: see `choose`.
        """
        found = {kind: self.chain(kind, wanted.get(kind, ""), given) for kind in ProviderKind}
        llm, *_ = _of(LlmProvider, found[ProviderKind.LLM])
        for whole in _of(SpeechToSpeechProvider, found[ProviderKind.SPEECH_TO_SPEECH]):
            return Chosen(llm, None, None, whole)
        stt, *recognisers = _of(SttProvider, found[ProviderKind.STT])
        tts, *voices = _of(TtsProvider, found[ProviderKind.TTS])
        beside = _of(SpokenModelProvider, found[ProviderKind.SPEECH_TO_SPEECH])
        return Chosen(
            llm,
            stt,
            tts,
            spoken_model=beside[0] if beside else None,
            stt_backups=tuple(recognisers),
            tts_backups=tuple(voices),
        )

    def keyless(self) -> Chosen:
        """What is used where no setting says anything."""
        return self.chosen({}, lambda _: None)

    def lacks(self, provider: Provider, given: Given) -> tuple[str, ...]:
        """What keeps a provider from being used here, in words that say what to do about it."""
        missing = provider.needs.missing(given)
        if isinstance(provider, TtsProvider) and not provider.has_voice(self.offline_voice):
            voices = ", ".join(provider.capabilities.voices)
            other = f"another offline_voice in the business file than {self.offline_voice!r}"
            return (*missing, f"{other} ({voices})")
        return missing

    def _free(self, kind: ProviderKind, given: Given) -> tuple[Provider, tuple[str, ...]]:
        """The first of ours that needs no setting and can be used, and what the better ones lack.

        Where none can, the first.
        """
        ours = [p for p in SHIPPED if p.kind is kind and not p.needs.settings]
        passed_over: list[str] = []
        for provider in ours:
            lacks = self.lacks(provider, given)
            declines = "" if lacks else provider.declines()
            if not lacks and not declines:
                return provider, tuple(passed_over)
            passed_over.append(declines or f"{provider.name} needs {' and '.join(lacks)}")
        return ours[0], ()

    def _allowed(self, kind: ProviderKind, name: str, given: Given) -> Provider:
        """A provider that was named, ready to be used."""
        provider = self._known(kind, name)
        if not self._may_be_used(provider, given):
            raise OwnerFixable("provider.remote", self._remote(provider), where=kind.setting)
        return self._ready(provider, given)

    def _known(self, kind: ProviderKind, name: str) -> Provider:
        named = _named(self.providers, kind, name)
        if named is None and name.startswith(PREFIX):
            named = by_name(kind, name)
        if named is not None:
            return named
        known = ", ".join(p.name for p in self.of(kind)) or "none"
        problem = f"That is no provider of {kind.words}. Known: {known}."
        raise OwnerFixable("provider.unknown", problem, where=kind.setting)

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

    def _ready(self, provider: Provider, given: Given) -> Provider:
        if lacks := self.lacks(provider, given):
            problem = f"{provider.name} needs {' and '.join(lacks)}."
            raise OwnerFixable("provider.needs", problem, where=provider.kind.setting)
        return provider


def _named(providers: Iterable[Provider], kind: ProviderKind, name: str) -> Provider | None:
    return next((p for p in providers if p.kind is kind and p.name == name), None)


def _of(of: type[P], chain: Iterable[ProviderChoice]) -> tuple[P, ...]:
    return tuple(choice.provider for choice in chain if isinstance(choice.provider, of))


def _loaded(point: EntryPoint) -> tuple[Provider, ...]:
    found = point.load()
    several = found if isinstance(found, tuple) else (found,)
    for one in several:
        if not isinstance(one, Provider):
            raise TypeError(f"{point.value} is no provider")
    return several


def _package(point: EntryPoint) -> str:
    return f"{point.dist.name} ({point.name})" if point.dist is not None else point.name
