"""Who brings which token: the one of the settings, which opens everything, or one with scopes.

A token is looked up for every request, so that one that was taken back opens nothing from then on.
How much it may ask for is counted by each worker for itself.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from aiohttp import hdrs, web

from voiceagent.app.web.errors import error_answer
from voiceagent.core.audio.allowance import Allowance, Rate
from voiceagent.domain.api_tokens import ApiScope, ApiToken, token_id_of
from voiceagent.errors import Unavailable
from voiceagent.ports.api_tokens import ApiTokens

BOOTSTRAP: Final = "bootstrap"
"""Stands for the token of the settings where an id is asked for."""

GUESSES: Final = Rate(per_s=20, burst=200)
"""Texts that look like a token and are none: each costs a look into the database."""

REST_S: Final = 1.0
"""How long only tokens that were good before are looked up, when there are more."""

BURST_S: Final = 6.0
"""What a token may ask for at once: what it may ask for in so long."""


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who was let in by a token; `token_id` tells two systems with the same key apart."""

    token_id: str


BEARER: Final = web.RequestKey("bearer", Bearer)
"""Key of a request that was let in by a token."""


class Bearers:
    """Looks at the tokens that requests bring.

    Args:
        bootstrap: the token of the settings; empty means there is none.
        tokens: those with scopes; ``None``: there are none.
        monotonic: seconds of a clock that never goes back.
    """

    def __init__(
        self, bootstrap: str, tokens: ApiTokens | None, monotonic: Callable[[], float]
    ) -> None:
        self._bootstrap = bootstrap
        self._tokens = tokens
        self._monotonic = monotonic
        self._guesses = Allowance(GUESSES, monotonic())
        self._rests_until_s = 0.0
        self._allowances: dict[str, tuple[int, Allowance]] = {}

    async def let_in(self, request: web.Request, scope: ApiScope) -> web.Response | None:
        """Note who a request is from, if their token has the scope; else the refusal."""
        if has_token(request, self._bootstrap):
            request[BEARER] = Bearer(BOOTSTRAP)
            return None
        scheme, _, given = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
        token_id = token_id_of(given) if scheme.lower() == "bearer" else ""
        if not token_id and not self._bootstrap:
            closed = "No token came with it, and API_TOKEN is not set: ./run token make makes one."
            return error_answer(403, "tools.closed", closed)
        if not token_id or self._tokens is None:
            return _unknown()
        return await self._looked_up(request, self._tokens, given, scope)

    async def _looked_up(
        self, request: web.Request, tokens: ApiTokens, given: str, scope: ApiScope
    ) -> web.Response | None:
        token_id = token_id_of(given)
        if token_id not in self._allowances and self._monotonic() < self._rests_until_s:
            return _too_many()
        try:
            token = await tokens.find(token_id)
        except Unavailable as error:
            return error_answer(503, error.code, error.message)
        if token is None or not token.is_opened_by(given):
            return self._guessed()
        return self._granted(request, token, scope)

    def _guessed(self) -> web.Response:
        now_s = self._monotonic()
        if not self._guesses.take(1, now_s):
            self._rests_until_s = now_s + REST_S
        return _unknown()

    def _granted(
        self, request: web.Request, token: ApiToken, scope: ApiScope
    ) -> web.Response | None:
        if scope not in token.scopes:
            answer = error_answer(403, "token.scope", f"This needs the scope {scope.value}.")
            challenge = f'Bearer error="insufficient_scope", scope="{scope.value}"'
            answer.headers[hdrs.WWW_AUTHENTICATE] = challenge  # RFC 6750, section 3.1
            return answer
        if not self._allowance(token).take(1, self._monotonic()):
            return _too_many()
        request[BEARER] = Bearer(token.token_id)
        return None

    def _allowance(self, token: ApiToken) -> Allowance:
        known = self._allowances.get(token.token_id)
        if known is None or known[0] != token.per_minute:
            per_s = token.per_minute / 60.0
            rate = Rate(per_s, max(1.0, per_s * BURST_S))
            known = (token.per_minute, Allowance(rate, self._monotonic()))
            self._allowances[token.token_id] = known
        return known[1]


def has_token(request: web.Request, token: str) -> bool:
    """Whether the request brings the token, of which there must be one."""
    scheme, _, given = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    digests = [hashlib.sha256(t.encode(errors="replace")).digest() for t in (given, token)]
    same = hmac.compare_digest(*digests)
    return same and bool(token) and scheme.lower() == "bearer"


def _unknown() -> web.Response:
    problem = "This needs API_TOKEN, or a token of ./run token make, as a bearer token."
    answer = error_answer(401, "tools.token", problem)
    answer.headers[hdrs.WWW_AUTHENTICATE] = "Bearer"
    return answer


def _too_many() -> web.Response:
    answer = error_answer(429, "token.too_many", "Too many requests: ask more slowly.")
    answer.headers[hdrs.RETRY_AFTER] = "1"
    return answer
