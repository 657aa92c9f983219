"""A language model of OpenAI, or of any server that speaks its chat completions.

Azure, Ollama, vLLM and llama.cpp do; `OPENAI_BASE_URL` names the address up to and with ``/v1``.
The house policy stands behind the model and goes on where it fails
(`voiceagent.dialogue.model.dialogue`).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from loguru import logger
from pydantic import SecretStr

from pipelines.providers.spec import LlmCapabilities, LlmProvider, Needs, ProviderSite
from voiceagent.dialogue.factory import MakeDialogue, model_dialogue
from voiceagent.errors import Unavailable

KEY: Final = "OPENAI_API_KEY"
URL: Final = "OPENAI_BASE_URL"
MODEL: Final = "OPENAI_MODEL"


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
    async with opened(address) as model:
        try:
            await model.warm()
        except Unavailable as error:
            logger.warning("model.away: {}; the house policy answers meanwhile", error.code)
        yield model_dialogue([model], site.tools, site.clock, watch=site.failovers)


OPENAI: Final = LlmProvider(
    name="openai",
    needs=Needs(settings=(KEY,), optional=(URL, MODEL)),
    capabilities=LlmCapabilities(),
    open=_opened,
)
