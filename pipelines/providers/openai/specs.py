"""A language model of OpenAI, or of any server that speaks its chat completions.

Azure, Ollama, vLLM and llama.cpp do; `OPENAI_BASE_URL` names the address up to and with ``/v1``.
The house policy stands behind the model and goes on where it fails
(`voiceagent.dialogue.model.dialogue`).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Final

from loguru import logger
from pydantic import SecretStr

from pipelines.providers.spec import LlmCapabilities, LlmProvider, Needs, ProviderSite
from voiceagent.core.canary import Canary
from voiceagent.dialogue.factory import MakeDialogue, ModelCanary, model_dialogue
from voiceagent.errors import OwnerFixable, Unavailable

KEY: Final = "OPENAI_API_KEY"
URL: Final = "OPENAI_BASE_URL"
MODEL: Final = "OPENAI_MODEL"
CANARY: Final = "OPENAI_CANARY_MODEL"
SHARE: Final = "OPENAI_CANARY_SHARE"
"""A model that a share of the conversations tries, 0 to 1; a twentieth when it is not said."""


@asynccontextmanager
async def _opened(site: ProviderSite) -> AsyncIterator[MakeDialogue]:
    """A key that is refused stops the start; a server that is away does not: calls are answered."""
    from pipelines.providers.openai.model import (  # noqa: PLC0415 - the SDK takes long to load
        DEFAULT_BASE_URL,
        DEFAULT_MODEL,
        ModelAddress,
        opened,
    )

    address = ModelAddress(
        SecretStr(site.setting(KEY)),
        site.optional(URL, DEFAULT_BASE_URL),
        site.optional(MODEL, DEFAULT_MODEL),
    )
    tried = site.optional(CANARY, "")
    share = share_of(site.optional(SHARE, "0.05"))
    async with opened(address) as model, opened(replace(address, model=tried)) as other:
        try:
            await model.warm()
        except Unavailable as error:
            logger.warning("model.away: {}; the house policy answers meanwhile", error.code)
        canary = ModelCanary(other, Canary(tried, share)) if tried else None
        yield model_dialogue([model], site.tools, site.clock, counts=site.counts, canary=canary)


def share_of(text: str) -> float:
    """The share of the conversations that a setting gives, 0 to 1.

    Raises:
        OwnerFixable: ``model.share``.
    """
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0.0 <= share <= 1.0:
        raise OwnerFixable("model.share", "Write a share between 0 and 1, like 0.05.", where=SHARE)
    return share


OPENAI: Final = LlmProvider(
    name="openai",
    needs=Needs(settings=(KEY,), optional=(URL, MODEL, CANARY, SHARE)),
    capabilities=LlmCapabilities(),
    open=_opened,
)
