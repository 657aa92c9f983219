"""Which letters are answered, and what an answer says of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiceagent.domain.letters import (
    MOST_REFERENCES,
    Letter,
    Letterhead,
    Unanswered,
    Vouched,
    is_answer,
    letter_names,
    own_letter_name,
    vouched_in,
    why_unanswered,
)

OURS = "office@coolcare.example"
ANN = "ann@example.com"


def test_a_persons_letter_is_answered() -> None:
    assert why_unanswered(Letter(ANN, "My AC", "It died.", return_path=ANN), OURS) is None


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        ({"auto-submitted": "auto-replied"}, Unanswered.AUTOMATIC),
        ({"auto-submitted": "auto-generated; x=1"}, Unanswered.AUTOMATIC),
        ({"auto-submitted": "no"}, None),
        ({"precedence": "bulk"}, Unanswered.LIST),
        ({"precedence": " Junk "}, Unanswered.LIST),
        ({"precedence": "auto_reply"}, Unanswered.AUTOMATIC),
        ({"precedence": "first-class"}, None),
        ({"x-auto-response-suppress": "OOF, AutoReply"}, Unanswered.AUTOMATIC),
        ({"x-auto-response-suppress": "None"}, None),
        ({"x-autoreply": "yes"}, Unanswered.AUTOMATIC),
        ({"x-failed-recipients": ANN}, Unanswered.AUTOMATIC),
        ({"list-id": "<news.example.com>"}, Unanswered.LIST),
        ({"list-unsubscribe": "<mailto:x@example.com>"}, Unanswered.LIST),
        ({"content-type": "multipart/report; report-type=delivery-status"}, Unanswered.BOUNCE),
        ({"content-type": "text/plain"}, None),
    ],
)
def test_what_a_program_wrote_or_many_got_is_not(
    headers: dict[str, str], why: Unanswered | None
) -> None:
    assert why_unanswered(Letter(ANN, text="Hello", headers=headers), OURS) is why


@pytest.mark.parametrize(
    ("letter", "why"),
    [
        (Letter("", text="Hello"), Unanswered.NOBODY),
        (Letter(OURS, text="Hello"), Unanswered.OURS),
        (Letter(ANN, letter_id=own_letter_name("reply:1", OURS)), Unanswered.OURS),
        (Letter(ANN, letter_id=own_letter_name("reply:1", "x@other.example")), None),
        (Letter(ANN, return_path=""), Unanswered.BOUNCE),
        (Letter(ANN, return_path="<>"), Unanswered.BOUNCE),
        (Letter("mailer-daemon@example.com"), Unanswered.BOUNCE),
        (Letter("no-reply@example.com"), Unanswered.AUTOMATIC),
        (Letter("donotreply@example.com"), Unanswered.AUTOMATIC),
        (Letter("bounce+7f3@example.com"), Unanswered.AUTOMATIC),
        (Letter("news-request@example.com"), Unanswered.AUTOMATIC),
        (Letter("noreen@example.com"), None),
        (Letter(ANN, "Automatic reply: your booking"), Unanswered.AUTOMATIC),
        (Letter(ANN, "Out of the office until Monday"), Unanswered.AUTOMATIC),
        (Letter(ANN, "Undeliverable: hello"), Unanswered.AUTOMATIC),
        (Letter(ANN, "Respuesta automática: hola"), Unanswered.AUTOMATIC),
        (Letter(ANN, "Our office is too warm"), None),
        (Letter(ANN, vouched=Vouched.NO), Unanswered.FORGED),
        (Letter(ANN, vouched=Vouched.YES), None),
    ],
)
def test_nobodys_letters_are_not_answered(letter: Letter, why: Unanswered | None) -> None:
    assert why_unanswered(letter, OURS) is why


@pytest.mark.parametrize(
    ("results", "vouched"),
    [
        ("mx.example; spf=pass smtp.mailfrom=ann@example.com; dkim=fail", Vouched.YES),
        ("mx.example; dmarc=fail (p=NONE); spf=pass", Vouched.NO),
        ("mx.example; dmarc=pass; spf=softfail", Vouched.YES),
        ("mx.example; spf=softfail", Vouched.NO),
        ("mx.example; spf=none; dkim=none", Vouched.UNKNOWN),
        ("mx.example; dmarc=none", Vouched.UNKNOWN),
        ("", Vouched.UNKNOWN),
    ],
)
def test_who_vouches_for_a_sender(results: str, vouched: Vouched) -> None:
    assert vouched_in(results) is vouched


@pytest.mark.parametrize(
    ("subject", "answer"),
    [
        ("My AC", "Re: My AC"),
        ("Re: My AC", "Re: My AC"),
        ("RE: Fwd: re: My AC", "Re: My AC"),
        ("Re[2]: My AC", "Re: My AC"),
        ("Refrigerator: broken", "Re: Refrigerator: broken"),
        ("", ""),
        ("Re: ", ""),
    ],
)
def test_the_subject_of_an_answer(subject: str, answer: str) -> None:
    assert Letterhead(subject).answers_subject == answer


def test_an_answer_is_told_by_its_subject_or_by_what_it_refers_to() -> None:
    assert is_answer(Letter(ANN, "Re: My AC"))
    assert is_answer(Letter(ANN, "My AC", references=("<1@x>",)))
    assert not is_answer(Letter(ANN, "Are you open?"))


@given(st.integers(0, 60))
def test_an_answer_names_its_letter_last_and_the_first_of_all_first(many: int) -> None:
    before = tuple(f"<{n}@x>" for n in range(many))
    names = Letterhead("", "<this@x>", before).answers_references
    assert names[-1] == "<this@x>"
    assert names[0] == (before or ("<this@x>",))[0]
    assert len(names) <= MOST_REFERENCES


@given(st.text(max_size=300))
def test_names_of_letters_never_break_out_of_their_header(text: str) -> None:
    for name in letter_names(text):
        assert name.startswith("<")
        assert name.endswith(">")
        assert not any(one.isspace() for one in name)
