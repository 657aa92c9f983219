"""E-mail addresses dictated and read out."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voiceagent.language.en_us.emails import hear_email, say_email


@pytest.mark.parametrize(
    ("text", "email"),
    [
        ("sarah dot miller at gmail dot com", "sarah.miller@gmail.com"),
        ("my email is sarah dot miller at gmail dot com thank you", "sarah.miller@gmail.com"),
        ("Sarah.Miller@Gmail.com please", "sarah.miller@gmail.com"),
        ("sarah miller at g mail dot com", "sarahmiller@gmail.com"),
        ("you can reach me at bob at example dot org", "bob@example.org"),
        ("s m i t h underscore four two at yahoo dot com", "smith_42@yahoo.com"),
        ("it's m i double l e r nineteen eighty four at a o l dot com", "miller1984@aol.com"),
        ("info at cool dash care dot co dot uk", "info@cool-care.co.uk"),
        ("sarah one two three at hot mail dot com", "sarah123@hotmail.com"),
        ("k seven m two at outlook dot com", "k7m2@outlook.com"),
        ("sarah at sign gmail dot com", "sarah@gmail.com"),
        ("bob plus test at i cloud dot com", "bob+test@icloud.com"),
        ("send it to j dot doe at company dot net", "j.doe@company.net"),
        ("sarah dot miller at gmail dot calm", "sarah.miller@gmail.com"),
        ("yes it's office@coolcare.example.com.", "office@coolcare.example.com"),
        ("it's sarah miller at gmail", "sarahmiller@gmail.com"),
        ("i'm at home", None),
        ("meet me at nine", None),
        ("i don't have email", None),
        ("at dot com", None),
        ("", None),
    ],
)
def test_hear_email(text: str, email: str | None) -> None:
    assert hear_email(text) == email


def test_say_email() -> None:
    assert say_email("sarah.miller@gmail.com") == "sarah dot miller at gmail dot com"
    assert say_email("smith_42@cool-care.co.uk") == (
        "smith underscore four two at cool dash care dot co dot uk"
    )


PART = st.sampled_from(["sarah", "miller", "info", "k", "jones", "office", "4", "1984", "7", "007"])


@settings(max_examples=200)
@given(
    st.lists(PART, min_size=1, max_size=3, unique=True),
    st.sampled_from([".", "_", "-", "+"]),
    st.sampled_from(["gmail.com", "cool-care.co.uk", "example.org"]),
)
def test_emails_round_trip(parts: list[str], joint: str, domain: str) -> None:
    email = f"{joint.join(parts)}@{domain}"
    assert hear_email(say_email(email)) == email
    assert hear_email(f"my email is {say_email(email)} thanks") == email
    assert hear_email(f"write to {email} please") == email
