"""A language model of OpenAI, or of any server that speaks its chat completions.

Azure, Ollama, vLLM and llama.cpp do; `OPENAI_BASE_URL` names the address up to and with ``/v1``.
The house policy stands behind the model and goes on where it fails
(`voiceagent.dialogue.model.dialogue`).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from loguru import logger
from pydantic import SecretStr

from pipelines.providers.spec import LlmCapabilities, LlmProvider, Needs, ProviderSite
from voiceagent.core.canary import Canary
from voiceagent.dialogue.factory import MakeDialogue, ModelCanary, model_dialogue
from voiceagent.dialogue.model.routing import RoutedModels
from voiceagent.domain.public_apis import OPENAI_API
from voiceagent.domain.setting_values import NumberSetting
from voiceagent.errors import Unavailable
from voiceagent.ports.flags import CANARY_MODEL, CANARY_SHARE
from voiceagent.ports.language_model import Instruction, ModelRequest, TextPiece

if TYPE_CHECKING:
    from pipelines.providers.openai.model import ModelAddress, OpenAiModel

KEY: Final = "OPENAI_API_KEY"
URL: Final = "OPENAI_BASE_URL"
MODEL: Final = "OPENAI_MODEL"
STRONGEST: Final = "OPENAI_STRONGEST_MODEL"
"""The model at the same address that leads what is critical; without one the house policy does."""

CANARY: Final = "OPENAI_CANARY_MODEL"
SHARE: Final = NumberSetting("OPENAI_CANARY_SHARE", 0.05, least=0, most=1, like="0.05")
"""A model that a share of the conversations tries, 0 to 1; a twentieth when it is not said."""


def address_of(site: ProviderSite) -> ModelAddress:
    """Where the settings say that the model is."""
    from pipelines.providers.openai.model import (  # noqa: PLC0415 - the SDK takes long to load
        DEFAULT_MODEL,
        ModelAddress,
    )

    return ModelAddress(
        SecretStr(site.setting(KEY)),
        site.optional(URL, OPENAI_API),
        site.optional(MODEL, DEFAULT_MODEL),
        direct=site.confined_to is not None,
    )


def checked_address(site: ProviderSite) -> ModelAddress:
    """The same, refused where `opened` would refuse it.

    Raises:
        OwnerFixable: ``model.address``, ``model.key``.
    """
    from pipelines.providers.openai.model import check  # noqa: PLC0415 - as above

    address = address_of(site)
    check(address)
    return address


@asynccontextmanager
async def warm_model(address: ModelAddress) -> AsyncIterator[OpenAiModel]:
    """A model with a connection ready.

    A key that is refused stops the start; a server that is away does not: calls are answered.
    """
    from pipelines.providers.openai.model import opened  # noqa: PLC0415 - as above

    async with opened(address) as model:
        try:
            await model.warm()
        except Unavailable as error:
            logger.warning("model.away: {}; the house policy answers meanwhile", error.code)
        yield model


class FlaggedCanary:
    """The trial that flags and settings ask for now; they are asked again for each conversation.

    A trial is of one model: with another name there is another, and one that was rolled back stays
    so. A share may change while it runs.

    Args:
        site: with the flags and settings.
        model: any at the address.

    Raises:
        OwnerFixable: ``settings.value``, for the share.
    """

    def __init__(self, site: ProviderSite, model: OpenAiModel) -> None:
        self._flags = site.flags
        self._tried = site.optional(CANARY, "")
        self._share = site.number(SHARE)
        self._model = model
        self._trials: dict[str, ModelCanary] = {}

    def __call__(self) -> ModelCanary | None:
        """As things are now."""
        tried = self._flags.text(CANARY_MODEL, self._tried)
        share = self._flags.number(CANARY_SHARE, self._share)
        if not tried:
            return None
        if tried not in self._trials:
            model = self._model.named(tried)
            self._trials[tried] = ModelCanary(model, Canary(tried, share))
        found = self._trials[tried]
        found.trial.share = share
        return found


@asynccontextmanager
async def routed_models(site: ProviderSite, model: OpenAiModel) -> AsyncIterator[RoutedModels]:
    """The models that the settings name, by what they may lead.

    What is private is led by those on a host of the owner's, dialled without any proxy.

    Args:
        site: with the settings.
        model: the usual one, opened.
    """
    from pipelines.providers.openai.model import opened  # noqa: PLC0415 - as above

    address, strongest = address_of(site), site.optional(STRONGEST, "")
    async with AsyncExitStack() as stack:
        here: list[OpenAiModel] = []
        if site.own_hosts.hold_url(address.base_url):
            direct = replace(address, direct=True)
            here = [model if address.direct else await stack.enter_async_context(opened(direct))]
        yield RoutedModels(
            usual=[model],
            strongest=[model.named(strongest)] if strongest else [],
            private=here,
            private_strongest=[one.named(strongest) for one in here] if strongest else [],
        )


@asynccontextmanager
async def _opened(site: ProviderSite) -> AsyncIterator[MakeDialogue]:
    async with warm_model(address_of(site)) as model, routed_models(site, model) as models:
        yield model_dialogue(
            models,
            site.tools,
            site.clock,
            site.acts,
            counts=site.counts,
            canary=FlaggedCanary(site, model),
            watch=site.failovers,
        )


async def _exchange(site: ProviderSite) -> str:
    """One short answer without tools.

    Raises:
        Unavailable: ``model.empty`` when there is nothing in it; else see `LanguageModel.reply`.
        OwnerFixable: see `LanguageModel.reply`.
    """
    from pipelines.providers.openai.model import opened  # noqa: PLC0415 - as above

    address = address_of(site)
    request = ModelRequest((Instruction("Answer with the word ready."),), max_tokens=16)
    loop = asyncio.get_running_loop()
    async with opened(address) as model:
        began_s = loop.time()
        answer = "".join(
            [event.text async for event in model.reply(request) if isinstance(event, TextPiece)]
        )
        took_s = loop.time() - began_s
    if not answer.strip():
        raise Unavailable("model.empty", f"{address.model} answered without a word.")
    return f"{address.model} answered in {took_s * 1000:.0f} ms"


OPENAI: Final = LlmProvider(
    name="openai",
    addresses=(URL,),
    needs=Needs(settings=(KEY,), optional=(URL, MODEL, STRONGEST, CANARY), numbers=(SHARE,)),
    capabilities=LlmCapabilities(),
    open=_opened,
    exchange=_exchange,
    check=checked_address,
)
