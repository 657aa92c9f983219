"""Deepgram: recognition over its streaming API, chosen when its key is set; Flux by name."""

from __future__ import annotations

import re
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


MULTI: Final = "multi"
_LANGUAGE: Final = re.compile(r"[a-z]{2}(?:-[A-Za-z0-9]{2,4})?")


def heard_languages(site: ProviderSite) -> tuple[str, ...]:
    """The languages that are understood with these settings, BCP 47.

    Raises:
        OwnerFixable: ``deepgram.language``.
    """
    given = site.optional("DEEPGRAM_LANGUAGE", "en")
    if given == MULTI:
        return ("en-US", "es-US")
    if _LANGUAGE.fullmatch(given) is None:
        problem = 'Write "multi", or a tag of theirs such as en-US or es.'
        raise OwnerFixable("deepgram.language", problem, where="DEEPGRAM_LANGUAGE")
    return ("es-US",) if given.startswith("es") else ("en-US",)


def checked(site: ProviderSite) -> None:
    """Refuse a model or a language that is none.

    Raises:
        OwnerFixable: ``deepgram.model``, ``deepgram.language``.
    """
    nova_model(site)
    heard_languages(site)


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
        url=site.optional("DEEPGRAM_URL", URL),
        key=site.setting("DEEPGRAM_API_KEY"),
        model=model,
        language=site.optional("DEEPGRAM_LANGUAGE", ""),
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
    needs=Needs(
        settings=("DEEPGRAM_API_KEY",),
        optional=("DEEPGRAM_URL", "DEEPGRAM_MODEL", "DEEPGRAM_LANGUAGE"),
    ),
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
    check=checked,
    hears=heard_languages,
)

DEEPGRAM_FLUX: Final = SttProvider(
    name="deepgram-flux",
    needs=Needs(settings=("DEEPGRAM_API_KEY",), optional=("DEEPGRAM_URL", "DEEPGRAM_MODEL")),
    capabilities=SttCapabilities(
        partials=Partials.STREAMED, end_of_turn=True, knows_lost_words=True, counts_sound=True
    ),
    open=_flux,
    check=flux_model,
)
"""Its price was not to be had from a page that names its date."""
