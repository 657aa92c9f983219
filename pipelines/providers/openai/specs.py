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
from voiceagent.domain.setting_values import NumberSetting
from voiceagent.errors import Unavailable
from voiceagent.ports.flags import CANARY_MODEL, CANARY_SHARE
from voiceagent.ports.language_model import Instruction, LanguageModel, ModelRequest, TextPiece

if TYPE_CHECKING:
    from pipelines.providers.openai.model import ModelAddress

KEY: Final = "OPENAI_API_KEY"
URL: Final = "OPENAI_BASE_URL"
MODEL: Final = "OPENAI_MODEL"
CANARY: Final = "OPENAI_CANARY_MODEL"
SHARE: Final = NumberSetting("OPENAI_CANARY_SHARE", 0.05, least=0, most=1, like="0.05")
"""A model that a share of the conversations tries, 0 to 1; a twentieth when it is not said."""


def address_of(site: ProviderSite) -> ModelAddress:
    """Where the settings say that the model is."""
    from pipelines.providers.openai.model import (  # noqa: PLC0415 - the SDK takes long to load
        DEFAULT_BASE_URL,
        DEFAULT_MODEL,
        ModelAddress,
    )

    return ModelAddress(
        SecretStr(site.setting(KEY)),
        site.optional(URL, DEFAULT_BASE_URL),
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
async def warm_model(address: ModelAddress) -> AsyncIterator[LanguageModel]:
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


@asynccontextmanager
async def _opened(site: ProviderSite) -> AsyncIterator[MakeDialogue]:
    from pipelines.providers.openai.model import opened  # noqa: PLC0415 - as above

    address = address_of(site)
    tried = site.flags.text(CANARY_MODEL, site.optional(CANARY, ""))
    share = site.flags.number(CANARY_SHARE, site.number(SHARE))
    async with AsyncExitStack() as stack:
        model = await stack.enter_async_context(warm_model(address))
        canary: ModelCanary | None = None
        if tried:
            other = await stack.enter_async_context(opened(replace(address, model=tried)))
            canary = ModelCanary(other, Canary(tried, share))
        yield model_dialogue(
            [model],
            site.tools,
            site.clock,
            counts=site.counts,
            canary=canary,
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
    needs=Needs(settings=(KEY,), optional=(URL, MODEL, CANARY), numbers=(SHARE,)),
    capabilities=LlmCapabilities(),
    open=_opened,
    exchange=_exchange,
    check=checked_address,
)
