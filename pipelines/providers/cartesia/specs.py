"""Cartesia: streaming speech with word times, chosen when its key is set."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from decimal import Decimal
from typing import Final

from pipelines.providers.spec import (
    Needs,
    OpenVoice,
    ProviderPrice,
    ProviderSite,
    TtsCapabilities,
    TtsProvider,
    Unit,
)
from voiceagent.language.aloud import spoken

URL: Final = "wss://api.cartesia.ai"
MODEL: Final = "sonic-3.5"
VOICE: Final = "f786b574-daa5-4673-aa0c-cbe3e8534c02"
"""The one of their quickstart (https://docs.cartesia.ai/get-started/realtime-text-to-speech-quickstart)."""


@asynccontextmanager
async def _cartesia(site: ProviderSite) -> AsyncIterator[OpenVoice]:
    from pipelines.providers.cartesia.client import CartesiaAccount, CartesiaClient  # noqa: PLC0415 - loads pipecat
    from pipelines.providers.cartesia.tts import (  # noqa: PLC0415 - as above
        CartesiaTTS,
        cartesia_speech,
    )

    account = CartesiaAccount(
        url=site.optional("CARTESIA_URL", URL),
        model=site.optional("CARTESIA_MODEL", MODEL),
        voice=site.optional("CARTESIA_VOICE", VOICE),
        key=site.setting("CARTESIA_API_KEY"),
    )
    async with CartesiaClient(account).running() as client:
        yield OpenVoice(
            make=lambda: CartesiaTTS(client, model=account.model, voice=account.voice),
            voice=f"{account.model}/{account.voice}",
            render=lambda text: cartesia_speech(client, text),
            characters=lambda text: len(spoken(text)),
        )


CARTESIA: Final = TtsProvider(
    name="cartesia",
    needs=Needs(
        settings=("CARTESIA_API_KEY",),
        optional=("CARTESIA_URL", "CARTESIA_MODEL", "CARTESIA_VOICE"),
    ),
    capabilities=TtsCapabilities(sample_rate=8000, voices=(VOICE,), word_times=True),
    # A credit a character; the Startup plan by the month is $49 for 1.25 million credits.
    price=ProviderPrice(
        usd=Decimal("0.0392"),
        per=Unit.THOUSAND_CHARACTERS,
        as_of=date(2026, 6, 24),
        source="https://cartesia.ai/pricing",
        of=(("CARTESIA_MODEL", MODEL),),
    ),
    open=_cartesia,
)
