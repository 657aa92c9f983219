"""E-mail handed in to a real server on loopback."""

from __future__ import annotations

import email
import email.policy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.smtp.sender import SmtpSender
from tests.support.mail_server import PostOffice
from voiceagent.domain.mail_server import MailServer, is_email
from voiceagent.errors import CallerFixable, FateUnknown, OwnerFixable, Unavailable, VoiceAgentError
from voiceagent.ports.email import Email, EmailSender

LETTER = Email(
    "booked:1",
    "sarah@example.com",
    "CoolCare: your booking",
    "Hello Zoë.\n.\nA line that begins with a dot stays.\n..two\nPay: https://pay.example/1\n",
)


def sender(office: PostOffice, login: str = "") -> SmtpSender:
    server = MailServer.read(f"smtp://{login}127.0.0.1:{office.port}")
    return SmtpSender(server, "office@coolcare.example", "CoolCare, Inc.")


async def test_a_letter_arrives_as_it_was_written() -> None:
    async with PostOffice().running() as office:
        ours: EmailSender = sender(office)
        name = await ours.send_email(LETTER)
        again = await ours.send_email(LETTER)
    assert name == again, "the same letter is the same one"
    envelope_from, to, raw = office.letters[0]
    assert (envelope_from, to) == ("office@coolcare.example", "sarah@example.com")
    letter = email.message_from_bytes(raw, policy=email.policy.default)
    assert letter["Message-ID"] == name
    assert letter["From"] == '"CoolCare, Inc." <office@coolcare.example>'
    assert letter["Subject"] == LETTER.subject
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter.get_content().replace("\r\n", "\n") == LETTER.body


@pytest.mark.parametrize(
    ("answers", "kind", "code"),
    [
        ({"RCPT": "550 no such user"}, CallerFixable, "email.refused"),
        ({"RCPT": "450 busy"}, Unavailable, "email.unavailable"),
        ({"MAIL": "421 later"}, Unavailable, "email.unavailable"),
        ({"MAIL": "530 log in"}, OwnerFixable, "email.server"),
        ({".": "451 later"}, Unavailable, "email.unavailable"),
        ({".": "554 never"}, OwnerFixable, "email.server"),
        ({".": ""}, FateUnknown, "email.fate_unknown"),
        ({"MAIL": ""}, Unavailable, "email.unavailable"),
        ({"EHLO": ""}, Unavailable, "email.unavailable"),
    ],
)
async def test_what_goes_wrong_says_who_can_act(
    answers: dict[str, str], kind: type[VoiceAgentError], code: str
) -> None:
    async with PostOffice(answers=answers).running() as office:
        with pytest.raises(VoiceAgentError) as failed:
            await sender(office).send_email(LETTER)
    assert type(failed.value) is kind
    assert failed.value.code == code


async def test_nobody_there() -> None:
    office = PostOffice(port=9)
    with pytest.raises(Unavailable, match=r"email\.unavailable"):
        await sender(office).send_email(LETTER)


@pytest.mark.parametrize(("password", "let_in"), [("s3:cr/et", True), ("wrong", False)])
async def test_who_must_log_in_does(password: str, let_in: bool) -> None:
    async with PostOffice(login=("office", "s3:cr/et")).running() as office:
        ours = sender(office, f"office:{password.replace(':', '%3A').replace('/', '%2F')}@")
        if let_in:
            await ours.send_email(LETTER)
        else:
            with pytest.raises(OwnerFixable, match=r"email\.login"):
                await ours.send_email(LETTER)
        assert office.logged_in == ["office"] if let_in else office.logged_in
        assert len(office.letters) == int(let_in)


async def test_elsewhere_nothing_is_said_in_the_clear() -> None:
    async with PostOffice().running() as office:
        server = MailServer("127.0.0.2", office.port, secure=False)
        ours = SmtpSender(server, "office@coolcare.example", "CoolCare")
        with pytest.raises((OwnerFixable, Unavailable)):
            await ours.send_email(LETTER)
        assert office.letters == []


@given(st.text(max_size=40))
def test_an_address_never_breaks_out_of_its_header(text: str) -> None:
    if is_email(text):
        assert not set(text) & set('\r\n ,;<>"')
        assert text.count("@") == 1


@pytest.mark.parametrize(
    "url",
    [
        "mail.example.org",
        "http://x",
        "smtp://",
        "smtp://u@h",
        "smtp://h/inbox",
        "smtp://h?x",
        "smtp://h:99999",
        "smtps://a b",
    ],
)
def test_what_is_no_mail_server_is_told_without_repeating_it(url: str) -> None:
    with pytest.raises(ValueError, match="Write") as failed:
        MailServer.read(url)
    assert url not in str(failed.value)


def test_ports_and_passwords() -> None:
    assert MailServer.read("smtps://u:p%40ss@h") == MailServer("h", 465, True, "u", "p@ss")
    assert MailServer.read("smtp://h").port == 587
    assert "p@ss" not in repr(MailServer.read("smtps://u:p%40ss@h"))
