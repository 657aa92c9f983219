"""Who may see which page: one rule for every route, and none means refused.

A peer address says nothing behind a proxy: every request comes from the proxy's machine, which is
usually this one. So a visitor counts as *local* only when all of this holds: the listener, the
peer, the ``Host`` header and the configured public address are this machine's own, and no header
says that somebody passed the request on. Whoever is not local signs in (`session`, `sign_in`) for
personal data, or brings a token for figures or for tools.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from enum import StrEnum
from typing import Final
from urllib.parse import quote, urlsplit

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from voiceagent.app.web.bearers import Bearers, has_token
from voiceagent.app.web.errors import error_answer
from voiceagent.app.web.page import page
from voiceagent.app.web.proxy_sign_in import ProxySignIn
from voiceagent.app.web.session import COOKIE, Sessions
from voiceagent.domain.api_tokens import ApiScope
from voiceagent.domain.looks import Role, Visitor


class Rule(StrEnum):
    """What a route asks of its visitors."""

    OPEN = "open"
    """Nothing: it shows no personal data and no figures."""

    PROVEN = "proven"
    """The request proves itself by a signature, a single-use token or an unguessable link, which
    the handler checks."""

    FIGURES = "figures"
    """A local visitor, or the token for figures."""

    TOOLS = "tools"
    """A token with the scope of the route (`SCOPES`), from this machine too: they change things,
    and any page that a browser shows can send a request to its own machine."""

    INSIDE = "inside"
    """Any role. Nothing personal is shown, so nothing is written down."""

    PERSONAL = "personal"
    """Any role; who looked is written down (`looks`) before anything is shown."""

    OPERATES = "operates"
    """An operator, for what does something and not only shows: a page of another site may not have
    it done by their browser. It is written down, and done where that fails."""

    LISTENS = "listens"
    """An operator, for callers' own voices; written down as what is personal is, before the first
    of it is heard."""

    OWNS = "owns"
    """The owner; written down as what is personal is."""


RULES: Final[Mapping[str, Rule]] = {
    "/": Rule.OPEN,
    "/health": Rule.OPEN,
    "/health/{worker}": Rule.OPEN,
    "/live": Rule.OPEN,
    "/live/{worker}": Rule.OPEN,
    "/paid": Rule.OPEN,
    "/not-paid": Rule.OPEN,
    "/sign-in": Rule.OPEN,
    "/sign-out": Rule.OPEN,
    "/media": Rule.PROVEN,
    "/media/{worker}": Rule.PROVEN,
    "/media/{ticket}": Rule.PROVEN,
    "/media/{worker}/{ticket}": Rule.PROVEN,
    "/incoming": Rule.PROVEN,
    "/connect-action": Rule.PROVEN,
    "/dial-action": Rule.PROVEN,
    "/whisper": Rule.PROVEN,
    "/voicemail": Rule.PROVEN,
    "/status": Rule.PROVEN,
    "/stream-status": Rule.PROVEN,
    "/sms": Rule.PROVEN,
    "/message-status": Rule.PROVEN,
    "/chat": Rule.OPEN,
    "/chat/widget.js": Rule.OPEN,
    "/chat/socket": Rule.OPEN,
    "/msg": Rule.TOOLS,
    "/api/v1/webhooks/inbound_email": Rule.PROVEN,
    "/handoff/{id}": Rule.PROVEN,
    "/handoff-caller": Rule.PROVEN,
    "/handoff-lead": Rule.PROVEN,
    "/handoff-key": Rule.PROVEN,
    "/handoff-machine": Rule.PROVEN,
    "/handoff-leg": Rule.PROVEN,
    "/handoff-room": Rule.PROVEN,
    "/webhooks/stripe": Rule.PROVEN,
    "/pay/{session_id}": Rule.PROVEN,
    "/tools/{name}": Rule.TOOLS,
    "/quote": Rule.TOOLS,
    "/assets/{asset_id}": Rule.TOOLS,
    "/book": Rule.TOOLS,
    "/resched/{order_id}": Rule.TOOLS,
    "/offer": Rule.TOOLS,
    "/cancel_risk": Rule.TOOLS,
    "/iot_fault": Rule.TOOLS,
    "/memory": Rule.TOOLS,
    "/memory/{cust_id}": Rule.TOOLS,
    "/memory/{cust_id}/export": Rule.TOOLS,
    "/openapi.json": Rule.OPEN,
    "/metrics": Rule.FIGURES,
    "/metrics/{worker}": Rule.FIGURES,
    "/stats": Rule.FIGURES,
    "/stats/{worker}": Rule.FIGURES,
    "/admin": Rule.OPERATES,
    "/admin/{worker}": Rule.OPERATES,
    "/admin/log-level": Rule.OPERATES,
    "/admin/{worker}/log-level": Rule.OPERATES,
    "/admin/drain": Rule.OPERATES,
    "/admin/{worker}/drain": Rule.OPERATES,
    "/admin/accept": Rule.OPERATES,
    "/admin/{worker}/accept": Rule.OPERATES,
    "/phone": Rule.OPERATES,
    "/phone/{name}": Rule.INSIDE,
    "/phone/calls": Rule.OPERATES,
    "/phone/{worker}/calls/{sid}/stream": Rule.OPERATES,
    "/phone/{worker}/calls/{sid}/over": Rule.OPERATES,
    "/calls/{worker}/events": Rule.PERSONAL,
    "/calls/{worker}/figures": Rule.INSIDE,
    "/calls/{worker}/{sid}/events": Rule.PERSONAL,
    "/calls/{worker}/{sid}/hand-over": Rule.OPERATES,
    "/calls/{worker}/{sid}/sound": Rule.LISTENS,
    "/console": Rule.PERSONAL,
    "/console/calls": Rule.PERSONAL,
    "/console/calls/{sid}": Rule.PERSONAL,
    "/console/calls/{sid}/recording": Rule.LISTENS,
    "/console/engine": Rule.INSIDE,
    "/console/files/{name}": Rule.INSIDE,
    "/console/looks": Rule.OWNS,
    "/console/money": Rule.OPERATES,
    "/console/call-backs": Rule.OPERATES,
    "/console/call-backs/done": Rule.OPERATES,
}
"""Path as it was registered -> its rule. A route that is not listed answers 403."""

SCOPES: Final[Mapping[tuple[str, str], ApiScope]] = {
    ("POST", "/tools/{name}"): ApiScope.TOOLS,
    ("POST", "/msg"): ApiScope.MESSAGES,
    ("GET", "/quote"): ApiScope.QUOTES,
    ("PUT", "/assets/{asset_id}"): ApiScope.BOOKINGS,
    ("POST", "/book"): ApiScope.BOOKINGS,
    ("PATCH", "/resched/{order_id}"): ApiScope.BOOKINGS,
    ("POST", "/offer"): ApiScope.OFFERS,
    ("GET", "/cancel_risk"): ApiScope.RISK,
    ("POST", "/iot_fault"): ApiScope.FAULTS,
    ("POST", "/memory"): ApiScope.MEMORY_WRITE,
    ("GET", "/memory/{cust_id}"): ApiScope.MEMORY_READ,
    ("DELETE", "/memory/{cust_id}"): ApiScope.MEMORY_WRITE,
    ("GET", "/memory/{cust_id}/export"): ApiScope.MEMORY_READ,
}
"""Method and path of every route with the rule `Rule.TOOLS` -> what a token must have for it. One
that is not listed answers 403."""

LEAST: Final[Mapping[Rule, Role]] = {
    Rule.INSIDE: Role.VIEWER,
    Rule.PERSONAL: Role.VIEWER,
    Rule.OPERATES: Role.OPERATOR,
    Rule.LISTENS: Role.OPERATOR,
    Rule.OWNS: Role.OWNER,
}
"""Rules that ask for a role -> the least that is enough."""

AT_THIS_MACHINE: Final = Visitor("this machine", Role.OWNER)

VISITOR: Final = web.RequestKey("visitor", Visitor)
"""Key of a request that was let in by its role: whose it is."""

_PASSED_ON: Final = frozenset({"forwarded", "via", "cdn-loop", "proxy-connection", "client-ip"})
_PASSED_ON_BEGINNINGS: Final = (
    "x-forwarded",
    "x-real-",
    "x-original-",
    "x-client-",
    "x-cluster-",
    "x-proxy",
    "x-envoy-",
    "x-amz",
    "x-arr-",
    "x-azure-",
    "x-appengine-",
    "x-vercel-",
    "x-scheme",
    "x-host",
    "cf-",
    "true-client-",
    "fastly-",
    "fly-",
    "ngrok-",
    "tailscale-",
)
"""Names and beginnings of names of headers that proxies, tunnels and networks of caches add."""


def is_loopback(host: str) -> bool:
    """Whether a host, without port, is this machine's own: 127.0.0.0/8, ``::1``, localhost."""
    name = host.strip("[]").rstrip(".").lower()
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def was_passed_on(headers: Mapping[str, str]) -> bool:
    """Whether a header says that the request came through somebody else."""
    names = [name.lower() for name in headers]
    return any(name in _PASSED_ON or name.startswith(_PASSED_ON_BEGINNINGS) for name in names)


class Access:
    """Applies the rules; add `guard` to the middlewares of the application.

    Args:
        listener: host that the server listens on, as configured.
        public_url: as configured; empty when nobody outside is told of us.
        sessions: of those who signed in.
        metrics_token: opens figures as ``Authorization: Bearer``; empty means there is none.
        bearers: looks at the tokens for tools, which come in the same way.
        proxy: signs people in before us; then nobody is local, since all come through it.
    """

    def __init__(
        self,
        *,
        listener: str,
        public_url: str,
        sessions: Sessions,
        metrics_token: str,
        bearers: Bearers,
        proxy: ProxySignIn | None = None,
    ) -> None:
        self._sessions = sessions
        self._proxy = proxy
        self._token = metrics_token
        self._bearers = bearers
        public = not public_url or is_loopback(urlsplit(public_url).hostname or "")
        self.trusts_this_machine = is_loopback(listener) and public and proxy is None
        """Whether anybody at all counts as local."""

    def local(self, request: web.Request) -> bool:
        """Whether the visitor sits at this machine."""
        try:
            host = urlsplit(f"//{request.headers.get(hdrs.HOST, '')}").hostname or ""
        except ValueError:
            return False
        return (
            self.trusts_this_machine
            and is_loopback(request.remote or "")
            and is_loopback(host)
            and not was_passed_on(request.headers)
        )

    def sees_figures(self, request: web.Request) -> bool:
        """Whether the visitor may see counters and figures of the process."""
        return self.local(request) or has_token(request, self._token)

    def visitor(self, request: web.Request) -> Visitor | None:
        """Who somebody is, ``None`` when nobody has let them in."""
        if self.local(request):
            return AT_THIS_MACHINE
        by_proxy = None if self._proxy is None else self._proxy.visitor(request)
        return by_proxy or self._sessions.visitor(request.cookies.get(COOKIE, ""))

    @web.middleware
    async def guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Middleware: ask the rule of the route before its handler."""
        resource = request.match_info.route.resource
        if resource is None:  # no such page: the router's own 404 or 405
            return await handler(request)
        rule = RULES.get(resource.canonical)
        if rule is not None and rule in LEAST:
            return await self._for_a_role(request, rule, handler)
        if rule is Rule.TOOLS:
            return await self._for_a_token(request, resource.canonical, handler)
        if rule in {Rule.OPEN, Rule.PROVEN} or (
            rule is Rule.FIGURES and self.sees_figures(request)
        ):
            return await handler(request)
        return _refusal(rule, request)

    async def _for_a_token(
        self, request: web.Request, path: str, handler: Handler
    ) -> web.StreamResponse:
        scope = SCOPES.get((request.method, path))
        if scope is None:
            return _refusal(None, request)
        return await self._bearers.let_in(request, scope) or await handler(request)

    async def _for_a_role(
        self, request: web.Request, rule: Rule, handler: Handler
    ) -> web.StreamResponse:
        visitor = self.visitor(request)
        if visitor is None:
            return _refusal(rule, request)
        if not visitor.role.may(LEAST[rule]):
            return _not_your_role(request, visitor, LEAST[rule])
        if rule is Rule.OPERATES and _of_another_site(request):
            return error_answer(403, "site.other", "A page of another site asked for this.")
        request[VISITOR] = visitor
        return await handler(request)


def _of_another_site(request: web.Request) -> bool:
    """Whether a browser says that a page of another site has it do something.

    What is only looked at is no matter. Browsers say so of every request that does something; a
    program that says nothing acts for itself. Source: https://www.w3.org/TR/fetch-metadata/ and
    https://fetch.spec.whatwg.org/#origin-header
    """
    if request.method in {hdrs.METH_GET, hdrs.METH_HEAD}:
        return False
    if (site := request.headers.get("Sec-Fetch-Site")) is not None:
        return site != "same-origin"
    origin = request.headers.get(hdrs.ORIGIN)
    return origin is not None and origin.partition("://")[2] != request.host


def _refusal(rule: Rule | None, request: web.Request) -> web.Response:
    """The answer to somebody whom a rule does not let in: what they can do about it."""
    if rule is Rule.FIGURES:
        text = "Figures need METRICS_TOKEN as a bearer token.\n"
        return web.Response(status=401, text=text, headers={hdrs.WWW_AUTHENTICATE: "Bearer"})
    if rule is None:
        return web.Response(status=403, text="Nobody may see this page.\n")
    if request.method not in {hdrs.METH_GET, hdrs.METH_HEAD}:
        return web.Response(status=401, text="Sign in first.\n")
    back = quote(request.rel_url.path, safe="/")
    headers = {hdrs.LOCATION: f"/sign-in?next={back}", hdrs.CACHE_CONTROL: "no-store"}
    return web.Response(status=303, headers=headers)


def _not_your_role(request: web.Request, visitor: Visitor, least: Role) -> web.Response:
    """The answer to somebody who is let in, but not here."""
    problem = f"This needs the role {least.value}; yours is {visitor.role.value}."
    if request.method not in {hdrs.METH_GET, hdrs.METH_HEAD}:
        return error_answer(403, "role.lacking", problem)
    way_out = (
        "<p><a href='/console'>Console</a> · <a href='/sign-in'>Sign in as somebody else</a></p>"
    )
    return page("Not with your role", f"<h1>{problem}</h1>{way_out}", status=403)
