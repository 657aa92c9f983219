"""What judges every text before it leaves: the business file's rule, and a service where one is."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

import aiohttp

from connectors.moderation import HttpModeration
from voiceagent.app.privacy import check_moderation
from voiceagent.app.settings import Settings
from voiceagent.domain.business import Business
from voiceagent.domain.outbound import OutboundRule
from voiceagent.ports.gate import Gate
from voiceagent.ports.outbound import Moderation, OutboundGate

MODERATION: Final = "moderation"
"""By what its breaker is known."""

PAID_AT: Final = "stripe.com"


def outbound_for(
    settings: Settings,
    business: Business,
    http: aiohttp.ClientSession,
    gate: Gate,
    public_url: str,
) -> OutboundGate:
    """The one way out of this installation.

    Args:
        settings: the engine's.
        business: with its rule.
        http: an open session.
        gate: of the service.
        public_url: under which our own pages are.

    Raises:
        OwnerFixable: ``privacy.moderation`` when what is said to callers may not be told there.
    """
    hosts = {PAID_AT, urlsplit(public_url).hostname or ""} - {""}
    rule = OutboundRule.of(business, hosts)
    return OutboundGate(rule, _moderation(settings, http, gate))


def _moderation(settings: Settings, http: aiohttp.ClientSession, gate: Gate) -> Moderation | None:
    if not settings.moderation_at:
        return None
    check_moderation(settings)
    key = settings.given("OPENAI_API_KEY")
    return HttpModeration(
        http, settings.moderation_at, key.get_secret_value() if key is not None else "", gate
    )
