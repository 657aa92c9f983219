"""The house policy as the dialogue's provider: rules and wording, no model."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from pipelines.providers.spec import LlmCapabilities, LlmProvider, ProviderSite
from voiceagent.dialogue.factory import MakeDialogue, house_policy


@asynccontextmanager
async def _opened(_: ProviderSite) -> AsyncIterator[MakeDialogue]:
    yield house_policy


HOUSE: Final = LlmProvider(
    name="house",
    private=True,
    languages=("en-US",),
    capabilities=LlmCapabilities(free_form=False),
    open=_opened,
)
