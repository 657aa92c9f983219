"""Deepgram: recognition over its streaming API, chosen when its key is set; Flux by name."""

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
from voiceagent.errors import OwnerFixable

URL: Final = "wss://api.deepgram.com"
"""``wss://api.eu.deepgram.com`` keeps what callers say in the EU."""

MODEL: Final = "nova-3"
FLUX_MODEL: Final = "flux-general-en"


def nova_model(site: ProviderSite) -> str:
    """The model that is asked for; those of Flux are asked for in another way.

    Raises:
        OwnerFixable: ``deepgram.model``.
    """
    model = site.optional("DEEPGRAM_MODEL", MODEL)
    if model.startswith("flux-"):
        problem = "That model is used by the provider deepgram-flux: set STT_PROVIDER to it."
        raise OwnerFixable("deepgram.model", problem, where="DEEPGRAM_MODEL")
    return model


def flux_model(site: ProviderSite) -> str:
    """The model of Flux that is asked for.

    Raises:
        OwnerFixable: ``deepgram.model``.
    """
    model = site.optional("DEEPGRAM_MODEL", FLUX_MODEL)
    if not model.startswith("flux-"):
        problem = "The provider deepgram-flux uses models of Flux only, such as flux-general-en."
        raise OwnerFixable("deepgram.model", problem, where="DEEPGRAM_MODEL")
    return model


@asynccontextmanager
async def _deepgram(site: ProviderSite) -> AsyncIterator[MakeStt]:
    from pipelines.providers.deepgram.stt import DeepgramAccount, NovaSTT  # noqa: PLC0415 - loads pipecat

    model = nova_model(site)
    account = DeepgramAccount(
        url=site.optional("DEEPGRAM_URL", URL), key=site.setting("DEEPGRAM_API_KEY"), model=model
    )
    yield lambda _: NovaSTT(account)


@asynccontextmanager
async def _flux(site: ProviderSite) -> AsyncIterator[MakeStt]:
    from pipelines.providers.deepgram.flux import FluxAccount, FluxRecognition  # noqa: PLC0415 - as above
    from pipelines.providers.deepgram.stt import DeepgramSTT  # noqa: PLC0415 - as above

    model = flux_model(site)
    account = FluxAccount(
        url=site.optional("DEEPGRAM_URL", URL), key=site.setting("DEEPGRAM_API_KEY"), model=model
    )
    yield lambda _: DeepgramSTT(account, FluxRecognition())


DEEPGRAM: Final = SttProvider(
    name="deepgram",
    needs=Needs(settings=("DEEPGRAM_API_KEY",), optional=("DEEPGRAM_URL", "DEEPGRAM_MODEL")),
    capabilities=SttCapabilities(
        partials=Partials.STREAMED,
        knows_lost_words=True,
        tells_confidence=True,
        counts_sound=True,
        hastens=True,
    ),
    price=ProviderPrice(
        usd=Decimal("0.0048"),
        per=Unit.MINUTE,
        as_of=date(2026, 8, 1),
        source="https://deepgram.com/pricing",
        of=(("DEEPGRAM_MODEL", MODEL),),
    ),
    open=_deepgram,
    check=nova_model,
)

DEEPGRAM_FLUX: Final = SttProvider(
    name="deepgram-flux",
    needs=DEEPGRAM.needs,
    capabilities=SttCapabilities(
        partials=Partials.STREAMED, end_of_turn=True, knows_lost_words=True, counts_sound=True
    ),
    open=_flux,
    check=flux_model,
)
"""Its price was not to be had from a page that names its date."""
