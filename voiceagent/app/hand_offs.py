"""What hands callers over to people, put together. Composition-level."""

from __future__ import annotations

from collections.abc import Callable

from voiceagent.app.calls.warm import Waiting, WarmTransfers
from voiceagent.app.composition import Engine
from voiceagent.app.installation import installation_key
from voiceagent.app.web.hand_off_card import CardLinks
from voiceagent.core.clock import SystemClock


def warm_transfers(engine: Engine, calls: Callable[[], Waiting]) -> WarmTransfers:
    """Who hands callers over with a word beforehand.

    It runs whatever the settings say of new calls: what an earlier run began is brought to its end.

    Args:
        engine: whose.
        calls: gives the worker's calls.
    """
    links = card_links(engine)
    return WarmTransfers(
        engine.business, engine.clock, engine.store, engine.rest, links.link, calls
    )


def card_links(engine: Engine) -> CardLinks:
    """Links to the context cards of hand-offs."""
    key = installation_key(engine.settings)
    return CardLinks(key, SystemClock().now, engine.account.public_url)
