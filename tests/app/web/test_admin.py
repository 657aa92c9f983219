"""What an operator changes while calls go on, asked over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from voiceagent.app.web.admin import add_admin
from voiceagent.app.web.own_worker import of_this_worker

Client = TestClient[web.Request, web.Application]


class Switches:
    """`Operated`, written down."""

    def __init__(self) -> None:
        self.log_level = "INFO"
        self.takes_calls = True
        self.live_calls = 3

    def log_from(self, level: str) -> None:
        self.log_level = level

    def drain(self) -> None:
        self.takes_calls = False

    def accept(self) -> None:
        self.takes_calls = True


@pytest.fixture
def switches() -> Switches:
    return Switches()


@pytest.fixture
async def client(switches: Switches) -> AsyncIterator[Client]:
    app = web.Application(middlewares=[of_this_worker(2)])
    add_admin(app, switches, worker=2)
    async with TestClient(TestServer(app)) as found:
        yield found


async def asked(client: Client, method: str, path: str, body: str = "") -> tuple[int, object]:
    async with client.request(method, path, data=body) as answer:
        return answer.status, await answer.json()


@pytest.mark.parametrize("start", ["/admin", "/admin/2"])
async def test_each_act_answers_with_how_it_stands(client: Client, start: str) -> None:
    stands = {"worker": 2, "log_level": "INFO", "takes_calls": True, "calls": 3}
    assert await asked(client, "GET", start) == (200, stands)
    drained = stands | {"takes_calls": False}
    assert await asked(client, "POST", f"{start}/drain") == (200, drained)
    assert await asked(client, "POST", f"{start}/accept") == (200, stands)
    louder = stands | {"log_level": "DEBUG"}
    assert await asked(client, "POST", f"{start}/log-level", '{"level": "DEBUG"}') == (200, louder)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("", 422),
        ("{}", 422),
        ('{"level": "LOUD"}', 422),
        ('{"level": "DEBUG", "more": 1}', 422),
        ("\x00" * 10, 422),
        ('{"level": "DEBUG"}' + " " * 2000, 413),
    ],
)
async def test_what_is_no_level_changes_nothing(
    client: Client, switches: Switches, body: str, status: int
) -> None:
    found, _ = await asked(client, "POST", "/admin/log-level", body)
    assert found == status
    assert switches.log_level == "INFO"


@pytest.mark.parametrize("act", ["", "/drain", "/accept", "/log-level"])
async def test_another_worker_is_not_acted_on_in_its_place(
    client: Client, switches: Switches, act: str
) -> None:
    method = "POST" if act else "GET"
    status, body = await asked(client, method, f"/admin/3{act}", '{"level": "DEBUG"}')
    assert (status, body) == (
        404,
        {"error": {"code": "worker.unknown", "message": "There is no worker 3.", "field": ""}},
    )
    assert (switches.takes_calls, switches.log_level) == (True, "INFO")
