"""The routes for other systems over a business in memory, guarded as the server guards them."""

from __future__ import annotations

import json
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from tests.support.rooms import Line, line
from tools import TOOLS
from voiceagent.app.rest import API_VERSION, endpoints
from voiceagent.app.rest.desk import RestDesk
from voiceagent.app.rest.tools import operations_of
from voiceagent.app.tool_requests import ToolRequests
from voiceagent.app.web.access import Access
from voiceagent.app.web.api.openapi import Described
from voiceagent.app.web.api.serving import add_api
from voiceagent.app.web.bearers import Bearers
from voiceagent.app.web.messages import MESSAGE
from voiceagent.app.web.session import Sessions
from voiceagent.core.clock import SystemClock
from voiceagent.domain.api_tokens import ApiScope, new_token
from voiceagent.ports.store import Store
from voiceagent.toolkit.toolbox import Toolbox

BOOTSTRAP = "the-token-of-the-settings"


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back; `body` is its JSON."""

    status: int
    body: Any
    headers: Mapping[str, str]

    @property
    def wrong(self) -> tuple[int, str, str]:
        """Status, code and field of what went wrong."""
        error = self.body["error"]
        assert set(error) == {"code", "message", "field"}
        return self.status, error["code"], error["field"]


@dataclass(frozen=True, slots=True)
class Site:
    """The routes, and what is behind them."""

    client: TestClient[Any, Any]
    store: Store
    phone: Line

    async def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        token: str | None = BOOTSTRAP,
        key: str | None = None,
        **query: str,
    ) -> Reply:
        """`key`: "" sends none; left out, a fresh one."""
        key = uuid.uuid4().hex if key is None and method != "GET" else key
        headers = {"Idempotency-Key": key} if key else {}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        async with self.client.request(
            method, path, data=data, params=query, headers=headers
        ) as answer:
            text = await answer.text()
            found = json.loads(text) if answer.content_type == "application/json" else text
            return Reply(answer.status, found, dict(answer.headers))

    async def token(self, *scopes: ApiScope, per_minute: int = 600) -> str:
        made = new_token()
        lasts = timedelta(days=1)
        await self.store.api_tokens.add(made, "x", scopes, per_minute=per_minute, lasts=lasts)
        return made.text


@asynccontextmanager
async def rest_site(
    phone: Line | None = None, store: Store | None = None, *, bootstrap: str = BOOTSTRAP
) -> AsyncIterator[Site]:
    phone = phone or line()
    store = store or phone.store
    app = rest_app(phone, store, bootstrap)
    async with TestClient(TestServer(app)) as client:
        yield Site(client, store, phone)


def rest_app(phone: Line, store: Store, bootstrap: str = BOOTSTRAP) -> web.Application:
    """The application of the routes."""
    sessions = Sessions("password-of-twelve", "k" * 64, SystemClock(), secure=False, others={})
    access = Access(
        listener="127.0.0.1",
        public_url="",
        sessions=sessions,
        metrics_token="",
        bearers=Bearers(bootstrap, store.api_tokens, phone.clock.monotonic),
    )
    app = web.Application(middlewares=[access.guard])
    requests = ToolRequests(phone.business, phone.clock, store, phone.control, Toolbox(TOOLS))
    described = Described(phone.business.name, API_VERSION, "http://127.0.0.1")
    others = (MESSAGE, *operations_of(TOOLS))
    add_api(app, endpoints(RestDesk(requests)), store.answered, described, others)
    return app
