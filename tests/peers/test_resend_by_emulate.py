"""Resend's REST interface as somebody else understands it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Final

import aiohttp
import pytest

from connectors.resend.sender import ResendSender
from tests.peers.node import emulate
from voiceagent.errors import OwnerFixable
from voiceagent.ports.email import Email

KEY: Final = "re_a_key_for_tests"
SEED: Final = {"resend": {"domains": [{"name": "coolcare.example"}]}}
LETTER: Final = Email(
    key="booked:1",
    to="ana@example.com",
    subject="CoolCare: your booking",
    body="CoolCare: tiene reservado: reparación.\n\nCódigo 482937 \N{EN DASH} gracias.",
    answers="<a-letter@example.com>",
)


async def kept(http: aiohttp.ClientSession, url: str) -> list[dict[str, object]]:
    """The letters that they have, whole."""
    headers = {"Authorization": f"Bearer {KEY}"}
    async with http.get(f"{url}/emails", headers=headers) as answer:
        names = [one["id"] for one in (await answer.json())["data"]]
    found = []
    for name in names:
        async with http.get(f"{url}/emails/{name}", headers=headers) as answer:
            found.append(json.loads(await answer.text()))
    return found


async def test_a_letter_is_sent_once_and_reads_as_it_was_written(tmp_path: Path) -> None:
    async with emulate("resend", SEED, tmp_path) as url, aiohttp.ClientSession() as http:
        sender = ResendSender(http, KEY, "office@coolcare.example", "CoolCare", base_url=url)
        first = await sender.send_email(LETTER)
        assert await sender.send_email(LETTER) == first
        (letter,) = await kept(http, url)
        assert letter["to"] == ["ana@example.com"]
        assert letter["from"] == "CoolCare <office@coolcare.example>"
        assert (letter["subject"], letter["text"]) == (LETTER.subject, LETTER.body)
        with pytest.raises(OwnerFixable) as refused:  # another letter with the same key
            await sender.send_email(replace(LETTER, body="Something else."))
        assert refused.value.code == "email.server"
        assert len(await kept(http, url)) == 1
