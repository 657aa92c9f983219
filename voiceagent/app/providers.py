"""Which providers these settings choose, and where they are opened. Composition-level."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from loguru import logger

from pipelines.providers.registry import Chosen, Registry
from pipelines.providers.spec import HelperProcess, ProviderKind, ProviderSite, ProviderSpec
from voiceagent.app.settings import Settings
from voiceagent.core.clock import Clock
from voiceagent.dialogue.factory import MakeDialogue
from voiceagent.domain.business import Business
from voiceagent.language.en_us.caller_acts import ActModel
from voiceagent.ports.flags import FeatureFlags, NoFlags
from voiceagent.ports.meter import ModelCounts
from voiceagent.toolkit.toolbox import Toolbox

if TYPE_CHECKING:
    from pipelines.parts import SpeechParts


def wanted(settings: Settings) -> dict[ProviderKind, str]:
    """Names that the settings give, by kind; empty for those that are chosen for the owner."""
    return {
        ProviderKind.STT: settings.stt_provider,
        ProviderKind.LLM: settings.llm_provider,
        ProviderKind.TTS: settings.tts_provider,
        ProviderKind.SPEECH_TO_SPEECH: settings.speech_to_speech_provider,
    }


def chosen(settings: Settings, business: Business, registry: Registry | None = None) -> Chosen:
    """What these settings choose for a business, of all that is installed by default.

    Raises:
        OwnerFixable: ``provider.unknown``, ``provider.remote``, ``provider.needs``, and see
            `flags`.
    """
    flags(settings)  # what is wrong with the file is said before anything starts
    known = registry_for(settings, business, registry)
    for fault in known.faults:
        logger.warning("providers.outside: {}", fault)
    return known.chosen(wanted(settings), settings.given)


def registry_for(
    settings: Settings, business: Business | None, registry: Registry | None = None
) -> Registry:
    """The providers that there are, as these settings and the business confine their choice."""
    known = replace(registry or Registry.installed(), confined_to=settings.confined_to)
    if business is None:
        return known
    return replace(known, offline_voice=business.voice.offline_voice)


def flags(settings: Settings) -> FeatureFlags:
    """The flags of these settings; the file is looked at again while they are used.

    Raises:
        OwnerFixable: ``flags.unreadable``, ``flags.invalid``.
    """
    if settings.flags_file is None:
        return NoFlags()
    from connectors.flagd_file.flags import FileFlags  # noqa: PLC0415 - only who has flags pays for it

    return FileFlags(settings.flags_file)


@dataclass(frozen=True, slots=True)
class Uses:
    """What providers may use of the engine.

    `toolbox` is for what a model is offered, `counts` for what it does; `acts` proposes to the
    house what a turn does.
    """

    toolbox: Toolbox
    clock: Clock
    acts: ActModel | None
    counts: ModelCounts = field(default_factory=ModelCounts)


def site(
    settings: Settings,
    business: Business,
    provider: ProviderSpec,
    uses: Uses | None = None,
    helpers: dict[str, HelperProcess] | None = None,
) -> ProviderSite:
    """Where a provider is opened: with the settings that it reads, and no others.

    What only hears or speaks needs no `uses`.
    """
    found = {name: value for name in provider.needs.read if (value := settings.given(name))}
    place = ProviderSite(
        business,
        settings.state_dir,
        found,
        helpers if helpers is not None else {},
        confined_to=settings.confined_to,
        own_hosts=settings.local_hosts,
        flags=flags(settings),
    )
    if uses is None:
        return place
    tools = tuple(uses.toolbox.specs())
    return replace(place, tools=tools, clock=uses.clock, counts=uses.counts, acts=uses.acts)


@dataclass(frozen=True, slots=True)
class OpenedDialogue:
    """What answers in writing: `make` gives a fresh dialogue for each conversation.

    `names` is kind -> provider, as `Chosen.names` for calls.
    """

    names: Mapping[str, str]
    make: MakeDialogue


@asynccontextmanager
async def dialogue(
    settings: Settings, business: Business, uses: Uses, registry: Registry | None = None
) -> AsyncIterator[OpenedDialogue]:
    """What answers by these settings, opened for a block; nothing that hears or speaks.

    Raises:
        OwnerFixable: see `chosen`.
        Unavailable: it does not start.
    """
    provider = chosen(settings, business, registry).llm
    async with provider.open(site(settings, business, provider, uses)) as make:
        yield OpenedDialogue({provider.kind.value: provider.name}, make)


@asynccontextmanager
async def speech_parts(
    settings: Settings, business: Business, uses: Uses, registry: Registry | None = None
) -> AsyncIterator[SpeechParts]:
    """What calls are served with by these settings, opened for a block.

    Raises:
        OwnerFixable: see `chosen`.
        Unavailable: a part does not start.
    """
    from pipelines import parts  # noqa: PLC0415 - loads pipecat, which reading settings must not

    selected = chosen(settings, business, registry)
    helpers: dict[str, HelperProcess] = {}
    place = partial(site, settings, business, uses=uses, helpers=helpers)
    async with parts.speech_parts(selected, place) as opened:
        yield replace(opened, helpers=helpers, counts=uses.counts)
