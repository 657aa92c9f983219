"""Whoever is not the carrier gets nothing: no row, no voice, no second chance.

Each test counts the calls in the database and those being served before and after.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest
import pytest_asyncio
from twilio.request_validator import RequestValidator

from telephony.token_gate import LIFETIME_S
from tests.integration.stage import count, edge_counts, live_calls
from tests.integration.wire import wire_call
from tests.support.live import Live
from tests.telephony import edge

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(150)]

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
POLICY_VIOLATION = 1008
HANDSHAKE_S = 4.5


@pytest_asyncio.fixture(loop_scope="session", autouse=True)
async def nothing_exists_afterwards(live: Live) -> AsyncIterator[None]:
    before = [await count(live.store, table) for table in ("calls", "call_events", "agent_turns")]
    yield
    after = [await count(live.store, table) for table in ("calls", "call_events", "agent_turns")]
    assert after == before
    assert await live_calls(live) == 0


async def post(
    live: Live, fields: Mapping[str, str], signature: str | None, **headers: str
) -> tuple[int, dict[str, Any]]:
    """`POST /incoming` with exactly this signature; status and refusal."""
    all_headers = FORM | headers | ({"X-Twilio-Signature": signature} if signature else {})
    async with (
        aiohttp.ClientSession() as http,
        http.post(
            f"{live.engine.url}/incoming", data=urlencode(fields), headers=all_headers
        ) as answer,
    ):
        text = await answer.text()
        return answer.status, json.loads(text)["error"] if text.startswith("{") else {}


def signature(live: Live, fields: Mapping[str, str], *, url: str = "", token: str = "") -> str:
    validator = RequestValidator(token or live.carrier.auth_token)
    return str(validator.compute_signature(url or f"{live.engine.url}/incoming", dict(fields)))


def ring_fields(live: Live, **changes: str) -> dict[str, str]:
    return {
        "CallSid": f"CA{secrets.token_hex(16)}",
        "AccountSid": live.carrier.account_sid,
        "From": "+15551230000",
        "To": live.business.phone,
        "CallStatus": "ringing",
        "Direction": "inbound",
        **changes,
    }


async def test_bad_signatures(live: Live) -> None:
    fields = ring_fields(live)
    good = signature(live, fields)
    forged = [
        None,
        "",
        "AAAA",
        good[:-2] + ("A=" if good[-2] != "A" else "B="),
        signature(live, fields, token=secrets.token_hex(16)),
        signature(live, {**fields, "From": "+15559999999"}),
        signature(live, {**fields, "Extra": "1"}),
        signature(live, fields, url=f"{live.engine.url}/status"),
        signature(live, fields, url=f"{live.engine.url}/incoming?x=1"),
    ]
    for one in forged:
        status, error = await post(live, fields, one)
        assert (status, error["code"]) in {
            (403, "webhook.bad_signature"),
            (403, "webhook.unsigned"),
        }, one
    counts = await edge_counts(live)
    assert counts["webhook.bad_signature"] >= len(forged) - 2


async def test_a_spoofed_host_does_not_move_our_address(live: Live) -> None:
    """Signed by the right account, but for another URL than ours; headers claim that it is ours."""
    fields = ring_fields(live)
    elsewhere = signature(live, fields, url="https://attacker.example/incoming")
    for headers in (
        {"Host": "attacker.example"},
        {"X-Forwarded-Host": "attacker.example", "X-Forwarded-Proto": "https"},
        {"Forwarded": "host=attacker.example;proto=https"},
        {"X-Original-Url": "https://attacker.example/incoming", "X-Forwarded-Port": "443"},
    ):
        status, error = await post(live, fields, elsewhere, **headers)
        assert (status, error["code"]) == (403, "webhook.bad_signature"), headers


async def test_another_account(live: Live) -> None:
    fields = ring_fields(live, AccountSid="AC" + secrets.token_hex(16))
    status, error = await post(live, fields, signature(live, fields))
    assert (status, error["code"]) == (403, "webhook.foreign_account")


async def test_a_copy_of_a_ring_gives_the_same_answer_and_no_second_token(live: Live) -> None:
    fields = ring_fields(live)
    headers = FORM | {"X-Twilio-Signature": signature(live, fields)}
    answers = []
    async with aiohttp.ClientSession() as http:
        for _ in range(2):
            async with http.post(
                f"{live.engine.url}/incoming", data=urlencode(fields), headers=headers
            ) as answer:
                answers.append((answer.status, await answer.text()))
    assert answers[0] == answers[1]
    assert answers[0][0] == 200
    assert answers[0][1].count("<Stream") == 1


async def test_a_border_moved_within_the_signed_text_is_no_new_ring(live: Live) -> None:
    fields = ring_fields(live)
    good = signature(live, fields)
    first, _ = await post(live, fields, good)
    moved = {name: value for name, value in fields.items() if name != "CallStatus"}
    moved["CallSid"] = f"{fields['CallSid']}CallStatus{fields['CallStatus']}"
    again, error = await post(live, moved, good)
    assert (first, again, error["code"]) == (200, 400, "webhook.bad_field")


async def test_replays_are_remembered_by_the_database_not_by_the_worker(live: Live) -> None:
    fields = ring_fields(live)
    for _ in range(2):
        await post(live, fields, signature(live, fields))
    query = "SELECT count(*) AS n FROM webhook_replays WHERE sid = $1"
    row = await live.store.database.row(query, fields["CallSid"])
    assert row is not None
    assert row["n"] == 1


async def refused_start(live: Live, **changes: Any) -> str | None:
    """Send a `start` with these changes; the counted reason. `None` when it was let in."""
    before = await edge_counts(live)
    call_sid = changes.pop("callSid", f"CA{secrets.token_hex(16)}")
    stream_sid = f"MZ{secrets.token_hex(16)}"
    start = {
        "streamSid": stream_sid,
        "accountSid": live.carrier.account_sid,
        "callSid": call_sid,
        "tracks": ["inbound"],
        "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
        "customParameters": {},
        **changes,
    }
    url = live.engine.url.replace("http", "ws", 1) + "/media"
    async with aiohttp.ClientSession() as http, http.ws_connect(url) as socket:
        await socket.send_str('{"event":"connected","protocol":"Call","version":"1.0.0"}')
        message = {"event": "start", "sequenceNumber": "1", "start": start, "streamSid": stream_sid}
        await socket.send_str(json.dumps(message))
        async with asyncio.timeout(2):
            answer = await socket.receive()
        if answer.type is aiohttp.WSMsgType.TEXT:
            return None
        assert socket.close_code == POLICY_VIOLATION
    after = await edge_counts(live)
    changed = [c for c in after if after[c] != before.get(c, 0) and c.startswith("handshake.")]
    assert len(changed) == 1, changed
    return changed[0].removeprefix("handshake.")


async def test_forged_starts(live: Live) -> None:
    """Each is refused for its own reason, and none of them spoils the right token."""
    async with wire_call(live) as call:
        document = await call.ring()
        (noun,) = (verb.stream for verb in document.verbs if verb.stream)
        token = noun.parameters["token"]

        def with_token(value: str) -> dict[str, Any]:
            return {"callSid": call.call_sid, "customParameters": {"token": value}}

        assert await refused_start(live) == "no_token"
        assert await refused_start(live, callSid=call.call_sid) == "no_token"
        assert await refused_start(live, **with_token("")) == "no_token"
        assert await refused_start(live, **with_token(token[:-1])) == "token_wrong"
        assert await refused_start(live, **with_token(token.swapcase())) == "token_wrong"
        other = f"CA{secrets.token_hex(16)}"
        assert (
            await refused_start(live, callSid=other, customParameters={"token": token})
            == "token_unknown"
        )
        foreign = {**with_token(token), "accountSid": "AC" + secrets.token_hex(16)}
        assert await refused_start(live, **foreign) == "wrong_account"
        mp3 = {"encoding": "audio/mpeg", "sampleRate": 8000, "channels": 1}
        assert (
            await refused_start(live, **with_token(token), mediaFormat=mp3) == "unsupported_format"
        )


async def test_a_silent_stranger_is_sent_away_in_time(live: Live) -> None:
    loop = asyncio.get_running_loop()
    url = live.engine.url.replace("http", "ws", 1) + "/media"
    hello = '{"event":"connected","protocol":"Call","version":"1.0.0"}'

    async def stranger(*words: str) -> float:
        async with aiohttp.ClientSession() as http, http.ws_connect(url) as socket:
            opened_s = loop.time()
            for word in words:
                await socket.send_str(word)
            async with asyncio.timeout(HANDSHAKE_S + 3):
                await socket.receive()
            assert socket.close_code == POLICY_VIOLATION
            return loop.time() - opened_s

    before = await edge_counts(live)
    noise = ["{}"] * 200
    waits_s = await asyncio.gather(stranger(), stranger(hello), stranger(hello, *noise))
    assert all(HANDSHAKE_S - 0.1 <= wait_s <= HANDSHAKE_S + 1 for wait_s in waits_s), waits_s
    after = await edge_counts(live)
    assert after["handshake.too_late"] - before.get("handshake.too_late", 0) == len(waits_s)


@pytest.mark.parametrize(("age_s", "let_in"), [(LIFETIME_S - 0.1, True), (LIFETIME_S, False)])
async def test_an_expired_token(age_s: float, let_in: bool) -> None:
    """On the carrier's edge alone, over a real socket: its clock can be moved, an engine's not."""
    async with edge.running() as server:
        token = server.gate.issue(edge.CALL)
        server.clock.advance(age_s)
        socket = await server.dial(edge.start(token))
        if let_in:
            async with asyncio.timeout(5):
                await server.opened.wait()
        else:
            async with asyncio.timeout(5):
                await socket.receive()
            assert socket.close_code == POLICY_VIOLATION
            assert server.counted["handshake.token_expired"] == 1
        assert len(server.accepted) == int(let_in)
        await socket.close()


class TestAfterACall:
    """Not part of the count: the right token does open a call, once."""

    @pytest_asyncio.fixture(loop_scope="session", autouse=True)
    async def nothing_exists_afterwards(self) -> None:
        """One call exists."""

    async def test_a_used_token(self, live: Live) -> None:
        calls = await count(live.store, "calls")
        async with wire_call(live) as call:
            document = await call.ring()
            (noun,) = (verb.stream for verb in document.verbs if verb.stream)
            await call.connect(document)
            await call.agent_done(silence_s=0.0)
            token = {"token": noun.parameters["token"]}
            again = await refused_start(live, callSid=call.call_sid, customParameters=token)
            assert again == "token_unknown"
            assert await live_calls(live) == 1
            assert not call.closed.is_set()
            await call.hang_up()
        assert await count(live.store, "calls") == calls + 1
