"""Any service of pipecat's that hears or speaks, by its name in the settings.

    STT_PROVIDER=pipecat:assemblyai.stt.AssemblyAISTTService
    TTS_PROVIDER=pipecat:elevenlabs.tts.ElevenLabsTTSService
    TTS_OPTIONS={"settings": {"voice": "..."}}
    ELEVENLABS_API_KEY=...

The name is that of the class below ``pipecat.services``. Its options are its constructor's, as
JSON; ``settings`` among them become the class's own `Settings`. A key that the constructor wants is
read from a setting named after the vendor. Nothing is known of such a service but what it says
itself, so nothing is claimed: what it needs is found when it is opened, at the start, and told in a
sentence.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from importlib.metadata import distribution
from typing import Final

from pipelines.providers.spec import (
    MakeStt,
    Needs,
    OpenVoice,
    ProviderKind,
    ProviderSite,
    SttCapabilities,
    SttProvider,
    TtsCapabilities,
    TtsProvider,
)
from voiceagent.errors import OwnerFixable

PREFIX: Final = "pipecat:"

_NAME: Final = re.compile(r"pipecat:([a-z0-9_]+(?:\.[a-z0-9_]+)*)\.([A-Za-z0-9_]+)")
_PACKAGE: Final = re.compile(r"[A-Za-z0-9._-]+")
_PIPECAT: Final = "pipecat-ai"
_CALL_HZ: Final = 8000


@dataclass(frozen=True, slots=True)
class PipecatName:
    """A service's name: module below ``pipecat.services``, class, and how the owner wrote it."""

    module: str
    service: str
    written: str

    @classmethod
    def read(cls, written: str, kind: ProviderKind) -> PipecatName:
        """Reads it.

        Raises:
            OwnerFixable: ``provider.unknown``.
        """
        found = _NAME.fullmatch(written)
        if found is None:
            problem = "Write it like pipecat:assemblyai.stt.AssemblyAISTTService."
            raise OwnerFixable("provider.unknown", problem, where=kind.setting)
        return cls(found[1], found[2], written)

    @property
    def vendor(self) -> str:
        """The folder, which is also the name of pipecat's extra in most cases."""
        return self.module.split(".", maxsplit=1)[0]

    @property
    def key(self) -> str:
        """Name of the setting for its key."""
        return f"{self.vendor.upper()}_API_KEY"

    @staticmethod
    def options(kind: ProviderKind) -> str:
        """Name of the setting for its options."""
        return f"{kind.name}_OPTIONS"

    @property
    def extra(self) -> str:
        """What to install for it, as pip knows it."""
        return f"{_PIPECAT}[{self.vendor.replace('_', '-')}]"


def by_name(kind: ProviderKind, written: str) -> SttProvider | TtsProvider:
    """The record of a pipecat service.

    Args:
        kind: of what it is to be used for.
        written: its name, with `PREFIX`.

    Raises:
        OwnerFixable: ``provider.unknown``.
    """
    name = PipecatName.read(written, kind)
    needs = Needs(
        packages=tuple(_packages(name.vendor.replace("_", "-"))),
        extra=name.extra,
        optional=(name.key, name.options(kind)),
    )
    if kind is ProviderKind.STT:
        return SttProvider(
            name=written,
            needs=needs,
            capabilities=SttCapabilities(),
            open=partial(_hearing, name),
            check=partial(_check, name, kind),
        )
    if kind is ProviderKind.TTS:
        return TtsProvider(
            name=written,
            needs=needs,
            capabilities=TtsCapabilities(sample_rate=_CALL_HZ),
            open=partial(_speaking, name),
            check=partial(_check, name, kind),
        )
    problem = "A pipecat service leads no conversation here; only STT and TTS take one by name."
    raise OwnerFixable("provider.unknown", problem, where=kind.setting)


def _packages(extra: str, seen: frozenset[str] = frozenset()) -> Iterable[str]:
    """Distributions that pipecat asks for with an extra; none for an extra that it has not."""
    for line in distribution(_PIPECAT).requires or ():
        if f'extra == "{extra}"' not in line:
            continue
        package = _PACKAGE.match(line)
        if package is None:
            continue
        if package[0] != _PIPECAT:
            yield package[0]
            continue
        for other in re.findall(r"\[([\w,-]+)\]", line):
            for one in set(other.split(",")) - seen - {extra}:
                yield from _packages(one, seen | {extra})


def _check(name: PipecatName, kind: ProviderKind, site: ProviderSite) -> None:
    """Whether there is such a service, and whether its options are its own; see `services`."""
    from pipelines.providers.pipecat.services import stt_maker, tts_maker  # noqa: PLC0415 - loads pipecat

    (stt_maker if kind is ProviderKind.STT else tts_maker)(name, site)


@asynccontextmanager
async def _hearing(name: PipecatName, site: ProviderSite) -> AsyncIterator[MakeStt]:
    from pipelines.providers.pipecat.services import stt_maker  # noqa: PLC0415 - loads pipecat

    make = stt_maker(name, site)
    yield lambda _: make()


@asynccontextmanager
async def _speaking(name: PipecatName, site: ProviderSite) -> AsyncIterator[OpenVoice]:
    from pipelines.providers.pipecat.services import tts_maker  # noqa: PLC0415 - loads pipecat

    yield OpenVoice(
        tts_maker(name, site),
        voice=f"{name.service} {site.optional(name.options(ProviderKind.TTS), '')}",
    )
