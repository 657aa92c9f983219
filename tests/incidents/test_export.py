"""What is exported names nobody, and takes the course that the call took."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from tests.incidents.test_talk_again import simulated, talked
from voiceagent.dialogue.tape import TalkRowKind
from voiceagent.domain.digit_runs import digit_runs
from voiceagent.incidents.export import export
from voiceagent.incidents.pseudonyms import Pseudonyms
from voiceagent.incidents.recording import read, write
from voiceagent.incidents.replay import replay

BOOKED = 3
"""A simulated caller who books."""


@pytest.fixture
def known() -> Pseudonyms:
    made = Pseudonyms()
    made.name("Sarah Miller")
    made.phone("+15551234567")
    made.address("5123 Oak Street, Arlington, VA 22201")
    made.code("482937")
    return made


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("Sarah Miller", "Sarah Miller"),
        ("my name is sarah miller", "sarah miller"),
        ("Miller's house", "Miller"),
        ("five five five one two three four five six seven", "one two three"),
        ("(555) 123-4567", "4567"),
        ("the number ending in four five six seven", "four five"),
        ("ending in 4567", "4567"),
        ("5123 Oak Street", "5123 Oak"),
        ("five one two three oak street", "five one two three oak"),
        ("your code is 482937", "482937"),
        ("sarah.miller@mail.com", "mail.com"),
        ("https://pay.test/abc", "pay.test"),
    ],
)
def test_what_is_known_of_a_person_is_replaced_the_same_way_each_time(
    known: Pseudonyms, text: str, gone: str
) -> None:
    out = known.text(text)
    assert gone.lower() not in out.lower()
    assert known.text(text) == out
    assert len(out.split()) == len(text.split())


@pytest.mark.parametrize(
    "text",
    [
        "Tonight between 9 and 11 PM, it is $248.",
        "at eight thirty on the second of september",
        "Arlington, VA 22201",
        "2025-09-02T08:00:00-04:00",
        "twenty four seven",
    ],
)
def test_times_prices_and_places_stay(known: Pseudonyms, text: str) -> None:
    assert known.text(text) == text


@pytest.mark.parametrize(
    ("said", "digits"),
    [
        ("my old account was 9 8 7 6 5 4 3", "9876543"),
        ("The gate code is eight one seven two, and there's a friendly dog.", "8172"),
        ("gate code's eleven thirty four", "1134"),
        ("The code is nine thirty.", "930"),
        ("lockbox 0815 please", "0815"),
        ("it's 4711", "4711"),
        ("buzzer 305, the deposit I'll pay tonight", "305"),
        ("pin double one double two", "1122"),
        ("I'm in room 207", "207"),
        ("la clave es uno dos tres ocho", "1238"),
        ("555 123 4567 and code 9182", "9182"),
        ("the code is 248, not the price", "248"),
    ],
)
def test_numbers_of_a_caller_that_nobody_knows_go_all_through(
    known: Pseudonyms, said: str, digits: str
) -> None:
    known.prices.add("248")
    assert known.text(said) == said or "4567" in said
    out = known.text(said, of_caller=True)
    assert digits not in "".join(run.digits for run in digit_runs(out))
    noted = f"Noted: gate code {digits}"
    assert digits not in known.text(noted), "what we make of it goes with it"


@pytest.mark.parametrize(
    "said",
    [
        "at eight thirty on the second of september",
        "eleven fifteen works",
        "at 930 tomorrow",
        "9:30 PM, or between 9 and 11 PM",
        "on march 12 2026",
        "on 3/12/2026",
        "$1250 is too much, I would pay 900",
        "two hundred six dollars",
        "so 248?",
        "my zip code is 90210",
        "22201",
        "are you open 24/7?",
        "are you there twenty four seven?",
        "I called 911",
    ],
)
def test_a_caller_s_times_prices_days_and_zip_codes_stay(known: Pseudonyms, said: str) -> None:
    known.prices.add("248")
    assert known.text(said, of_caller=True) == said


def test_a_price_stays_a_price_though_a_code_has_its_digits(known: Pseudonyms) -> None:
    known.hears("The gate code is 248.")
    assert known.text("That is $248 at 2:48 PM.") == "That is $248 at 2:48 PM."


def personal(rows: str, persona: dict[str, str]) -> list[str]:
    return [value for value in persona.values() if value and value.lower() in rows.lower()]


def test_simulated_calls_are_exported_and_replay(tmp_path: Path) -> None:
    booked = 0
    for part in asyncio.run(simulated(range(BOOKED, BOOKED + 1), 7)):
        exported = export([part])
        path = tmp_path / "one"
        path.write_bytes(write(exported.parts))
        again = read(path)
        assert not replay(again).differences
        rows = json.dumps([dict(row.body) for row in again[0].talk.rows])
        for row in part.talk.rows:
            if row.kind is not TalkRowKind.CALL or row.body["name"] != "book_appointment":
                continue
            booked += 1
            given = row.body["arguments"]
            assert isinstance(given, dict)
            name, phone = str(given["customer_name"]), str(given["phone"])
            address = str(given["address"]).partition(",")[0]
            assert name.lower() not in rows.lower()
            assert phone not in rows
            assert address.lower() not in rows.lower()
        assert again[0].header.call_sid == "exported"
    assert booked


def test_the_caller_s_own_number_goes_from_the_header(tmp_path: Path) -> None:
    del tmp_path
    (part,) = asyncio.run(talked(["My AC died, how much is a repair?", "Bye."]))
    (out,) = export([part]).parts
    assert part.header.caller not in out.header.model_dump_json()
    assert out.talk.start is not None
    assert part.talk.start is not None
    assert out.talk.start.caller_number != part.talk.start.caller_number


def test_a_gate_code_stands_nowhere_in_the_file(tmp_path: Path) -> None:
    (part,) = asyncio.run(
        talked(
            [
                "My AC died at 123 Oak Street. The gate code is one two three four, friendly dog.",
                "The gate code is 1234, as I said.",
                "Bye.",
            ]
        )
    )
    before = json.dumps([dict(row.body) for row in part.talk.rows])
    assert "1234" in "".join(run.digits for run in digit_runs(before))
    path = tmp_path / "one"
    path.write_bytes(write(export([part]).parts))
    (again,) = read(path)
    texts = [json.dumps(dict(row.body)) for row in again.talk.rows]
    assert not [one for one in texts if "1234" in "".join(r.digits for r in digit_runs(one))]
    assert not replay([again]).differences
