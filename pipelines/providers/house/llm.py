"""The house policy as the dialogue's provider: rules and wording, no model."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from pipelines.providers.spec import LlmCapabilities, LlmProvider, ProviderSite
from voiceagent.dialogue.factory import HousePolicy, MakeDialogue


@asynccontextmanager
async def _opened(site: ProviderSite) -> AsyncIterator[MakeDialogue]:
    yield HousePolicy(site.acts)


HOUSE: Final = LlmProvider(
    name="house",
    private=True,
    languages=("en-US",),
    capabilities=LlmCapabilities(free_form=False),
    open=_opened,
)
