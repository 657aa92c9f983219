"""OpenAI's Realtime, chosen by name: ``SPEECH_TO_SPEECH_PROVIDER=openai_realtime``.

The kinds beside it are chosen as without it: the recogniser gives the caller's words, the voice
speaks what the model did not say, and both go on where the model is lost.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from pipelines.providers.openai.specs import (
    KEY,
    MODEL,
    STRONGEST,
    URL,
    address_of,
    checked_address,
    routed_models,
    warm_model,
)
from pipelines.providers.spec import (
    MakeSpokenModel,
    Needs,
    ProviderPrice,
    ProviderSite,
    SpeechToSpeechCapabilities,
    SpokenModelProvider,
    Unit,
)

if TYPE_CHECKING:
    from pipelines.providers.openai.realtime.call import RealtimeAccount

REALTIME_URL: Final = "wss://api.openai.com/v1/realtime"
REALTIME_MODEL: Final = "gpt-realtime"
REALTIME_VOICE: Final = "marin"


def account_of(site: ProviderSite) -> RealtimeAccount:
    """Which model and voice the settings say, and where."""
    from pipelines.providers.openai.realtime.call import RealtimeAccount  # noqa: PLC0415 - loads pipecat

    return RealtimeAccount(
        url=site.optional("OPENAI_REALTIME_URL", REALTIME_URL),
        model=site.optional("OPENAI_REALTIME_MODEL", REALTIME_MODEL),
        voice=site.optional("OPENAI_REALTIME_VOICE", REALTIME_VOICE),
        key=site.setting(KEY),
    )


@asynccontextmanager
async def _opened(site: ProviderSite) -> AsyncIterator[MakeSpokenModel]:
    from pipelines.providers.openai.realtime.pipeline import RealtimeParts  # noqa: PLC0415 - loads pipecat

    account = account_of(site)
    async with warm_model(address_of(site)) as model, routed_models(site, model) as models:
        yield lambda: RealtimeParts(account, models, site.tools, site.clock, site.acts, site.counts)


async def _exchange(site: ProviderSite) -> str:
    from pipelines.providers.openai.realtime.exchange import spoken_answer  # noqa: PLC0415 - loads pipecat

    return await spoken_answer(account_of(site))


OPENAI_REALTIME: Final = SpokenModelProvider(
    name="openai_realtime",
    needs=Needs(
        settings=(KEY,),
        optional=(
            "OPENAI_REALTIME_URL",
            "OPENAI_REALTIME_MODEL",
            "OPENAI_REALTIME_VOICE",
            URL,
            MODEL,
            STRONGEST,
        ),
    ),
    capabilities=SpeechToSpeechCapabilities(transcribes=False, tools=True),
    # Sound that the model makes, gpt-realtime; sound that it hears is $32 a million tokens.
    price=ProviderPrice(
        usd=Decimal("64.00"),
        per=Unit.MILLION_TOKENS,
        as_of=date(2025, 8, 28),
        source="https://openai.com/index/introducing-gpt-realtime/",
    ),
    open=_opened,
    exchange=_exchange,
    check=checked_address,
)
