"""A visitor may have what was written in their chat by e-mail; nobody else's, and no links."""

from __future__ import annotations

import pytest

from tests.channels.rig import ANN, Writing, writing
from tests.channels.wire import wired
from tests.support.faults import FaultyStore
from tests.support.rooms import FRIDAY_NIGHT
from voiceagent.core.clock import ManualClock
from voiceagent.domain.texting import EMAIL
from voiceagent.errors import CallerFixable

KEY = "k" * 32


async def written(here: Writing, *texts: str) -> list[str]:
    return [await here.says(text, channel="webchat", sender=KEY) for text in texts]


def letters(here: Writing) -> list[tuple[str, str]]:
    assert isinstance(here.store, FaultyStore)
    rows = [row.message for row in here.store.kept.outbox.values() if row.message]
    return [(one.to, one.body) for one in rows if one.channel == EMAIL]


async def test_it_has_all_that_was_written_and_leaves_once() -> None:
    async with writing() as here:
        said = await written(here, "My AC died, see https://evil.example/x", "No gas smell")
        assert await here.desk.mail_transcript(KEY, "Ann@Example.com")
        assert await here.desk.mail_transcript(KEY, "bob@example.com"), "nothing is new"
        ((to, body),) = letters(here)
        assert to == ANN
        assert all(reply in body for reply in said)
        assert "You: No gas smell" in body
        assert "evil.example" not in body


async def test_there_is_none_before_anything_was_said_or_to_who_wants_no_letters() -> None:
    async with writing() as here:
        assert not await here.desk.mail_transcript(KEY, ANN)
        await written(here, "My AC died")
        await here.says("STOP", channel="email", sender=ANN)
        assert not await here.desk.mail_transcript(KEY, ANN)
        assert not await here.desk.mail_transcript("x" * 32, "tom@example.com"), "a stranger"
        with pytest.raises(CallerFixable):
            await here.desk.mail_transcript(KEY, "nowhere")
        assert not [to for to, _ in letters(here) if to != ANN]


async def test_the_chat_says_whether_it_is_on_its_way() -> None:
    clock = ManualClock(FRIDAY_NIGHT)
    async with wired(FaultyStore(clock), clock) as here:
        url = f"{here.url.replace('http', 'ws', 1)}/chat/socket"
        async with here.http.ws_connect(url) as socket:

            async def asked(**frame: str) -> dict[str, str]:
                await socket.send_json(frame)
                while True:
                    told: dict[str, str] = await socket.receive_json(timeout=5)
                    if told["kind"] in {"hello", "mailed", "said"}:
                        return told

            await asked(kind="hello")
            assert (await asked(kind="mail", to=ANN))["how"] == "no", "nothing was said yet"
            await asked(kind="say", id="a" * 32, text="My AC died")
            assert (await asked(kind="mail", to="nobody"))["how"] == "no"
            assert (await asked(kind="mail", to=ANN))["how"] == "yes"
