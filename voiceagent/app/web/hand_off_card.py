"""``GET /handoff/{id}``: what a person who takes a call should know, by a link that proves itself.

The link is texted to the lead who takes the call, and names them. It is sealed (`seal`)
over the hand-off, the lead and its expiry, so that nobody can make one or read on with an old one;
and each look is written down, under the lead's name, before anything is shown.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from aiohttp import web

from voiceagent.app.web.console.call_page import WHO
from voiceagent.app.web.markup import Html, el, join
from voiceagent.app.web.page import not_now, page
from voiceagent.app.web.seal import same, seal
from voiceagent.app.web.source import source_of
from voiceagent.core.hand_off import HandOff
from voiceagent.domain.business import Business
from voiceagent.domain.history import CallHistory
from voiceagent.domain.looks import ConsoleLook, Role, Visitor
from voiceagent.domain.setting_values import Network
from voiceagent.errors import Unavailable
from voiceagent.ports.store import Store

CARD: Final = "/handoff/{id}"
CARD_S: Final = 24 * 3600
"""How long a link is good: until the end of the lead's shift, and not for ever."""


class CardLinks:
    """Makes and checks links.

    Args:
        key: kept secret of this installation.
        now: the real time.
        base: our public address.
    """

    def __init__(self, key: str, now: Callable[[], datetime], base: str) -> None:
        self._key = hmac.digest(key.encode(), b"hand-off card", "sha256")
        self._now = now
        self._base = base

    def link(self, row: HandOff, attempt: int) -> str:
        """The card of a hand-off, for its lead number `attempt`."""
        until = int(self._now().timestamp()) + CARD_S
        sealed = self._seal(row.key, f"{attempt}", f"{until}")
        return f"{self._base}/handoff/{row.key}?lead={attempt}&until={until}&seal={sealed}"

    def lead_of(self, key: str, query: Mapping[str, str]) -> int | None:
        """Whose link it is; ``None`` for one that we did not make, and for one that has expired."""
        lead, until = query.get("lead", ""), query.get("until", "")
        if not same(query.get("seal", ""), self._seal(key, lead, until)):
            return None
        return int(lead) if int(until) > self._now().timestamp() else None  # we wrote both

    def _seal(self, key: str, lead: str, until: str) -> str:
        return seal(self._key, f"{key}:{lead}:{until}")


def add_hand_off_card(
    app: web.Application,
    store: Store,
    links: CardLinks,
    business: Business,
    proxies: Sequence[Network] = (),
) -> None:
    """Add the route above.

    Args:
        app: the application.
        store: where hand-offs and calls are read, and looks written.
        links: checks who may see it.
        business: whose leads they are.
        proxies: those whose word is taken for where a request comes from.
    """
    zone = ZoneInfo(business.timezone)

    async def card(request: web.Request) -> web.Response:
        key = request.match_info["id"]
        lead = links.lead_of(key, request.query)
        if lead is None:
            return _no_card("This link is not good any more", 403)
        try:
            row = await store.hand_offs.by_key(key)
            history = None if row is None else await store.history.call(row.call_sid)
            if row is None or history is None or row.key != key or lead >= len(row.leads):
                return _no_card("This call is not kept any more", 404)
            who = Visitor(f"{row.leads[lead]} by link", Role.VIEWER)
            source = source_of(request, proxies)
            await store.looks.add(ConsoleLook(who, f"GET {CARD}", row.call_sid, source))
        except Unavailable as error:
            return not_now(error)
        return page("A call for you", _card(row, history, zone))

    app.router.add_get("/handoff/{id:[A-Za-z0-9_-]{1,64}}", card)


def _card(row: HandOff, history: CallHistory, zone: ZoneInfo) -> Html:
    job = history.job
    facts = [("Ring back", row.call_back), ("Why", row.reason), ("Summary", row.summary)]
    if job is not None:
        when = job.window.start.astimezone(zone).strftime("%a, %b %d, %H:%M")
        facts += [
            ("Customer", job.customer.name),
            ("Address", job.address),
            ("Visit", f"{when}: {job.description} ({job.status.value})"),
        ]
    listed = join(join((el("dt", name), el("dd", text))) for name, text in facts)
    said = join(
        el("li", el("b", f"{WHO[turn.speaker]}: "), turn.heard)
        for turn in history.turns
        if turn.heard
    )
    return join(
        (
            el("h1", "A call for you"),
            el("dl", listed),
            el("h2", "As it was heard"),
            el("ol", said),
        )
    )


def _no_card(why: str, status: int) -> web.Response:
    return page("No card", el("h1", why), status=status)
