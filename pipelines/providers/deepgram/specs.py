"""Deepgram: recognition over its streaming API, chosen when its key is set."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from decimal import Decimal
from typing import Final

from pipelines.providers.spec import (
    MakeStt,
    Needs,
    Partials,
    ProviderPrice,
    ProviderSite,
    SttCapabilities,
    SttProvider,
    Unit,
)

URL: Final = "wss://api.deepgram.com"
"""``wss://api.eu.deepgram.com`` keeps what callers say in the EU."""

MODEL: Final = "nova-3"


@asynccontextmanager
async def _deepgram(site: ProviderSite) -> AsyncIterator[MakeStt]:
    from pipelines.providers.deepgram.stt import DeepgramAccount, DeepgramSTT  # noqa: PLC0415 - loads pipecat

    account = DeepgramAccount(
        url=site.optional("DEEPGRAM_URL", URL),
        key=site.setting("DEEPGRAM_API_KEY"),
        model=site.optional("DEEPGRAM_MODEL", MODEL),
    )
    yield lambda _: DeepgramSTT(account)


DEEPGRAM: Final = SttProvider(
    name="deepgram",
    needs=Needs(settings=("DEEPGRAM_API_KEY",), optional=("DEEPGRAM_URL", "DEEPGRAM_MODEL")),
    capabilities=SttCapabilities(partials=Partials.STREAMED, knows_lost_words=True),
    price=ProviderPrice(
        usd=Decimal("0.0048"),
        per=Unit.MINUTE,
        as_of=date(2026, 8, 1),
        source="https://deepgram.com/pricing",
    ),
    open=_deepgram,
)
