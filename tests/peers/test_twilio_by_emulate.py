"""Twilio's REST interface, and Stripe's, as somebody else understands them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import aiohttp
import pytest

from connectors.stripe.payments import StripePayments
from telephony.twilio.account import TwilioAccount
from telephony.twilio.rest import TwilioRest
from telephony.twilio.whisper_texts import WhisperTexts
from tests.peers.node import emulate
from tests.support.postgres import a_job
from voiceagent.domain.records import Cents, OutboundMessage
from voiceagent.errors import OwnerFixable, PeerMisbehaved

SID, TOKEN = "AC" + "0" * 32, "a-token-for-tests"
OURS, THEIRS = "+15551234567", "+15551230000"
SEED: Final = {
    "twilio": {
        "account": {"sid": SID, "auth_token": TOKEN, "friendly_name": "CoolCare"},
        "phone_numbers": [{"phone_number": OURS, "voice_url": "http://localhost:1/incoming"}],
    }
}


@asynccontextmanager
async def rest(url: str, token: str = TOKEN) -> AsyncIterator[TwilioRest]:
    account = TwilioAccount(SID, token, "http://localhost:8080")
    async with aiohttp.ClientSession() as http:
        yield TwilioRest(
            account,
            http,
            from_number=OURS,
            transfer_numbers=frozenset({THEIRS}),
            briefings=WhisperTexts(),
            base_url=url,
        )


async def test_a_text_is_sent_once_and_reads_as_it_was_written(tmp_path: Path) -> None:
    body = "CoolCare: your visit is Fri, Aug 29, 9:00 PM. It's 30 °C \N{EN DASH} drink water."
    async with emulate("twilio", SEED, tmp_path) as url, rest(url) as ours:
        sid = await ours.texts.send(OutboundMessage("k", "sms", THEIRS, body))
        basic = {"Authorization": aiohttp.encode_basic_auth(SID, TOKEN)}
        messages = f"{url}/2010-04-01/Accounts/{SID}/Messages.json"
        async with aiohttp.ClientSession(headers=basic) as http, http.get(messages) as answer:
            kept = (await answer.json())["messages"]
    assert [(one["sid"], one["to"], one["from"], one["body"]) for one in kept] == [
        (sid, THEIRS, OURS, body)
    ]


async def test_a_call_that_they_do_not_know_is_over(tmp_path: Path) -> None:
    async with emulate("twilio", SEED, tmp_path) as url, rest(url) as ours:
        unknown = "CA" + "1" * 32
        await ours.hang_up(unknown)
        assert await ours.call_status(unknown) is None
        assert not await ours.transfer(unknown, to_number=THEIRS, whisper="")


async def test_a_wrong_token_is_told(tmp_path: Path) -> None:
    async with emulate("twilio", SEED, tmp_path) as url, rest(url, "another-token") as ours:
        with pytest.raises(OwnerFixable, match="does not accept"):
            await ours.texts.send(OutboundMessage("k", "sms", THEIRS, "hello"))


async def test_stripe_is_reached_and_what_it_refuses_is_told(tmp_path: Path) -> None:
    """They know no prices that are made with the checkout, as ours are: they refuse it."""
    async with emulate("stripe", {"stripe": {}}, tmp_path) as url:
        payments = StripePayments(
            "sk_test_emulate",
            business_name="CoolCare",
            success_url="http://localhost/paid",
            cancel_url="http://localhost/back",
            api_base=url,
        )
        try:
            async with asyncio.timeout(10):
                await payments.check()
                with pytest.raises(PeerMisbehaved) as refused:
                    await payments.deposit_link(a_job(), Cents(20600), idempotency_key="k")
        finally:
            await payments.aclose()
    assert refused.value.code == "payments.refused"
