"""E-mail over real sockets: letters handed in, a mail server that takes the answers, PostgreSQL."""

from __future__ import annotations

import asyncio
import email
import email.policy
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from email.message import EmailMessage
from typing import cast

import pytest
from aiohttp import ClientSession, encode_basic_auth, web
from aiohttp.test_utils import TestServer

from channels.desk import TextDesk
from channels.email import heard, letter_in
from connectors.resend.inbound import ResendInbox
from connectors.smtp.sender import SmtpSender
from tests.channels.rig import ANN, CALM, REFERENCE, a_desk, writing
from tests.connectors.test_inbound_mail import FIELDS, RECEIVED, SECRET, form, signed
from tests.store.contract.conftest import Outside
from tests.support.faults import FaultyStore
from tests.support.mail_server import PostOffice
from tests.support.rooms import FRIDAY_NIGHT
from voiceagent.app.letters import LetterHooks, LettersTaken
from voiceagent.app.web.inbound_email import PATH, add_inbound_email
from voiceagent.core.beside import beside
from voiceagent.core.clock import SystemClock
from voiceagent.domain.letters import MOST_ANSWERS_A_DAY, Letter, Unanswered
from voiceagent.domain.mail_server import MailServer
from voiceagent.domain.threads import MessageState
from voiceagent.store import PostgresStore
from voiceagent.store.dispatcher import Dispatcher
from voiceagent.store.sending import Carriers

OURS = "office@coolcare.example"
PASSWORD = "a password of letters"
ROWS = "SELECT count(*) AS n FROM thread_messages"


def letter(text: str, *, number: int, to: str = "", **headers: str) -> bytes:
    """A letter of Ann's as it travels; `to` is the letter that it answers."""
    made = EmailMessage(policy=email.policy.SMTP)
    made["From"] = f"Ann Lee <{ANN}>"
    made["To"] = OURS
    made["Message-ID"] = f"<{number}@example.com>"
    made["Subject"] = "Re: A hot house" if to else "A hot house"
    if to:
        made["In-Reply-To"] = to
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    quoted = "\n\nOn Fri, Aug 29, 2025 CoolCare <office@coolcare.example> wrote:\n> STOP\n> What?"
    made.set_content(text + (quoted if to else ""))
    return made.as_bytes()


@dataclass
class Post:
    """An engine that takes letters in, and a mail server that takes its answers."""

    url: str
    http: ClientSession
    store: PostgresStore
    office: PostOffice
    dispatcher: Dispatcher
    desk: TextDesk

    async def hand_in(
        self, body: bytes, headers: Mapping[str, str] | None = None, *, password: str = PASSWORD
    ) -> tuple[int, dict[str, object]]:
        """Post a letter; status and body."""
        sent = {"Content-Type": "message/rfc822"} | dict(headers or {})
        if password:
            sent["Authorization"] = encode_basic_auth("sendgrid", password)
        async with self.http.post(f"{self.url}{PATH}", data=body, headers=sent) as said:
            return said.status, await said.json()

    async def answers(self, many: int) -> list[EmailMessage]:
        """What the mail server has taken, once it is so many."""
        async with asyncio.timeout(60):
            while len(self.office.letters) < many:
                await self.store.threads.queue_owed()
                await self.dispatcher.drain()
                await asyncio.sleep(0.02)
        policy = email.policy.default
        return [email.message_from_bytes(raw, policy=policy) for _, _, raw in self.office.letters]

    async def kept(self) -> int:
        """How many messages are kept."""
        row = await self.store.database.row(ROWS)
        assert row is not None
        return int(row["n"])


@asynccontextmanager
async def post(database: str) -> AsyncIterator[Post]:
    """All of it; Resend has one letter, `RECEIVED`."""
    clock = SystemClock(FRIDAY_NIGHT)

    async def give(_: web.Request) -> web.Response:
        return web.json_response(RECEIVED)

    resend = web.Application()
    resend.router.add_get("/emails/receiving/{id}", give)
    opening = PostgresStore(database, clock_offset=clock.offset).opened()
    office = PostOffice()
    async with (
        opening as store,
        office.running(),
        TestServer(resend) as there,
        ClientSession() as http,
    ):
        desk = a_desk(store, clock, pace=CALM)
        inbox = ResendInbox(http, "re_1", base_url=str(there.make_url("/")))
        taken = LettersTaken(inbox, SECRET, PASSWORD, SystemClock().now)
        app = web.Application()
        hooks = LetterHooks(desk, store.threads, clock, OURS)
        add_inbound_email(app, taken, hooks.take, lambda _: None)
        server = MailServer.read(f"smtp://127.0.0.1:{office.port}")
        carriers = Carriers(Outside(), SmtpSender(server, OURS, "CoolCare"), subject="CoolCare")
        async with TestServer(app) as engine, beside(desk.run()):
            url = str(engine.make_url("/")).rstrip("/")
            dispatcher = Dispatcher(store.database, Outside(), carriers)
            yield Post(url, http, store, office, dispatcher, desk)


async def test_a_thread_of_letters_books_the_reference_visit(database: str) -> None:
    async with post(database) as here:
        to, answered = "", 0
        for number, text in enumerate(REFERENCE):
            answer = await here.hand_in(letter(text, number=number, to=to))
            assert answer == (200, {"state": "kept"})
            found = await here.answers(answered + 1)
            last = found[-1] if number < len(REFERENCE) - 1 else found[answered]
            assert last["To"] == ANN
            assert last["Auto-Submitted"] == "auto-replied"
            assert last["List-Unsubscribe"] == f"<mailto:{OURS}?subject=unsubscribe>"
            assert last["Subject"] == "Re: A hot house"
            assert last["In-Reply-To"] == f"<{number}@example.com>"
            assert str(last["References"]).split()[-1] == f"<{number}@example.com>"
            answered, to = len(found), str(last["Message-ID"])
        row = await here.store.database.row(
            "SELECT c.name, c.phone, j.estimated_cost, k.channel FROM jobs j"
            " JOIN customers c ON c.id = j.customer_id JOIN calls k ON k.id = j.call_id"
        )
        assert row is not None
        assert tuple(row) == ("Sarah Miller", "+15551230000", 82500, "email")
        letters = await here.answers(len(REFERENCE) + 1)
        texts = [one.get_content() for one in letters]
        assert sum("https://pay.test/" in text for text in texts) == 1
        assert any("follows by e-mail" in text for text in texts)
        assert {str(one["Subject"]) for one in letters} == {"Re: A hot house"}
        before = await here.kept()
        for _, _, raw in here.office.letters:  # our own, sent back to us
            status, said = await here.hand_in(raw)
            assert (status, said["why"]) == (200, "ours")
        assert await here.kept() == before


async def test_a_letter_that_comes_again_gets_the_same_answer_and_no_second_row(
    database: str,
) -> None:
    async with post(database) as here:
        first = await here.hand_in(letter(REFERENCE[0], number=7))
        kept = await here.kept()
        await here.answers(1)
        again = await asyncio.gather(
            *(here.hand_in(letter(REFERENCE[0], number=7)) for _ in range(3))
        )
        assert [first, *again] == [(200, {"state": "kept"})] * 4
        assert await here.kept() == kept == 1
        notice = json.dumps({"type": "email.received", "data": {"email_id": "e1"}}).encode()
        real = SystemClock().now()
        headers = signed(notice, real) | {"Content-Type": "application/json"}
        for _ in range(2):
            assert await here.hand_in(notice, headers, password="") == (200, {"state": "kept"})
        later = signed(notice, real, name="msg_2") | {"Content-Type": "application/json"}
        assert await here.hand_in(notice, later, password="") == (200, {"state": "kept"})
        assert await here.kept() == 2
        kind, body = form(FIELDS)
        for _ in range(2):
            said = await here.hand_in(body, {"Content-Type": kind})
            assert said == (200, {"state": "kept"})
        assert await here.kept() == 2, "SendGrid brings the letter that Resend has brought"


async def test_forgeries_replays_and_machines_leave_no_row(database: str) -> None:
    async with post(database) as here:
        good = letter("My AC died", number=1)
        notice = json.dumps({"type": "email.received", "data": {"email_id": "e1"}}).encode()
        as_json = {"Content-Type": "application/json"}
        wrong = "whsec_AAAA"
        old = signed(notice, FRIDAY_NIGHT) | as_json
        for headers, password, body, status in (
            ({}, "", good, 401),
            ({}, "another password", good, 401),
            ({"Authorization": "Bearer x"}, "", good, 401),
            ({"Authorization": "Basic !"}, "", good, 401),
            ({"Authorization": f"Digest {PASSWORD}"}, "", good, 401),
            (as_json, "", notice, 401),
            (as_json | {"svix-signature": "v1,AAAA"}, "", notice, 401),
            (signed(notice, SystemClock().now(), wrong) | as_json, "", notice, 401),
            (signed(notice, SystemClock().now()) | as_json, "", notice + b" ", 401),
            (old, "", notice, 403),
            (as_json, PASSWORD, notice, 400),
            ({}, PASSWORD, b"x" * 10, 200),
        ):
            answer = await here.hand_in(body, headers, password=password)
            assert answer[0] == status, (headers, answer)
        for more, why in (
            ({"Auto_Submitted": "auto-replied"}, "automatic"),
            ({"Precedence": "bulk"}, "list"),
            ({"Return_Path": "<>"}, "bounce"),
            ({"List_Id": "<a.example>"}, "list"),
            ({"Authentication_Results": "mx; dmarc=fail"}, "forged"),
        ):
            said = await here.hand_in(letter("Hello", number=2, **more))
            assert said == (200, {"state": "not_answered", "why": why})
        assert await here.kept() == 0
        assert here.office.letters == []
        bearer = {"Authorization": f"Bearer {PASSWORD}"}
        assert (await here.hand_in(good, bearer, password=""))[1] == {"state": "kept"}


async def until_answered(store: FaultyStore) -> None:
    """Wait until nothing waits for an answer."""

    async def waits() -> bool:
        await asyncio.sleep(0.01)
        return any(one.of.state is MessageState.WAITING for one in store.kept.texts.values())

    while await waits():
        pass


async def test_two_machines_that_answer_each_other_end() -> None:
    async with writing() as here:
        store = cast("FaultyStore", here.store)
        hooks = LetterHooks(here.desk, store.threads, here.clock, OURS)
        became = [
            await hooks.take(Letter(ANN, "Hi", f"Thank you {n}", letter_id=f"<{n}@x>"))
            for n in range(MOST_ANSWERS_A_DAY + 5)
        ]
        assert became == [None] * MOST_ANSWERS_A_DAY + [Unanswered.TOO_MANY] * 5
        again = Letter(ANN, "Hi", "Thank you 19", letter_id="<19@x>")
        assert await hooks.take(again) is None, "a copy of one that was kept is no news"


async def test_what_is_attached_is_refused_with_a_sentence_and_a_stop_is_heard() -> None:
    async with writing() as here:
        store = cast("FaultyStore", here.store)
        hooks = LetterHooks(here.desk, store.threads, here.clock, OURS)
        for place, written in enumerate(
            (
                Letter(ANN, "A picture", attachments=2),
                Letter(ANN, "unsubscribe"),
                Letter(ANN, "Re: Your visit", "STOP"),
            ),
            start=1,
        ):
            await hooks.take(replace(written, letter_id=f"<{place}@x>"))
            await until_answered(store)
        first, second, third = (one.of.reply for one in store.kept.texts.values())
        assert first.startswith("I can't open pictures, files")
        assert "no more messages" in second
        assert third == ""
        assert await store.consents.stopped(ANN)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        (Letter(ANN, "My AC died", "Please come."), "My AC died. Please come."),
        (Letter(ANN, "Re: My AC died", "Please come."), "Please come."),
        (Letter(ANN, "My AC", "my ac."), "my ac."),
        (Letter(ANN, "Hello", "STOP"), "STOP"),
        (Letter(ANN, "", "Hi"), "Hi"),
        (Letter(ANN, "Help!", ""), "Help!"),
    ],
)
def test_what_a_letter_says(written: Letter, words: str) -> None:
    assert heard(letter_in(written)) == words


HALVES = [
    [("Card 4111 1111 1111 1111", "My AC died")],
    [("41111111", "11111111")],
    [("A hot house", "My AC died"), ("4111 1111", "1111"), ("Re: 4111 1111", "1111")],
    [("4111 1111", "4111 1111"), ("Re: 1111 1111", "1111 1111")],
]


@pytest.mark.parametrize("letters", HALVES)
async def test_a_card_in_a_subject_is_neither_kept_nor_said_again(
    database: str, letters: list[tuple[str, str]]
) -> None:
    async with post(database) as here:
        for number, (subject, text) in enumerate(letters):
            raw = letter(text, number=number).replace(b"A hot house", subject.encode())
            assert (await here.hand_in(raw))[1] == {"state": "kept"}
        answers = await here.answers(len(letters))
        assert "1111" not in " ".join(str(one["Subject"]) for one in answers[-1:])
        rows = await here.store.database.rows("SELECT t::text AS v FROM thread_messages t")
        assert not any("1111" in row["v"] for row in rows), [row["v"] for row in rows]
