"""The console's pages: what they show, and that nothing that a caller can fill becomes markup."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.app.web.console_site import console_site, parsed
from tests.pipelines.scripted import CALL
from tests.support.hostile import XSS
from tests.support.payments import an_event
from tests.support.postgres import a_job, prepared
from voiceagent.app.recording_file import RecordingFile, RecordingFolder
from voiceagent.app.web.access import RULES, Rule
from voiceagent.app.web.console.calls_page import search_of
from voiceagent.app.web.page import WITH_FILES
from voiceagent.core.clock import ManualClock
from voiceagent.domain.call_backs import CallBackAsked
from voiceagent.domain.history import CallEvent, CallSearch
from voiceagent.domain.ledger import EntryKind
from voiceagent.domain.looks import ConsoleLook, Role, Visitor, plain
from voiceagent.domain.outcomes import Evidence
from voiceagent.domain.records import (
    Customer,
    OutboundMessage,
    Outcome,
    Speaker,
    ToolAudit,
    Turn,
    TurnLatency,
    Window,
)
from voiceagent.domain.usage import Usage, UsageKind, UsageRow
from voiceagent.errors import CallerFixable, Unavailable
from voiceagent.store.memory import MemoryStore
from voiceagent.store.memory.tables import Change

NOW = datetime(2025, 8, 29, 12, tzinfo=UTC)
NEW_YORK = ZoneInfo("America/New_York")
LATENCY = TurnLatency(200, 600, 0, 0, 0, 20)


def filled(store: MemoryStore, text: str) -> None:
    """A call of which everything that a caller can fill holds a text."""
    kept = store.kept
    (row,) = kept.calls.values()
    row.call = replace(row.call, from_number=text, to_number=text)
    turns = (
        Turn(CALL.call_id, 0, Speaker.CALLER, text, text, NOW),
        Turn(
            CALL.call_id,
            1,
            Speaker.AGENT,
            f"Hi {text} bye",
            f"Hi {text}",
            NOW,
            LATENCY,
            text,
            (text,),
            2.0,
        ),
    )
    kept.turns.update({(CALL.call_id, turn.index): turn for turn in turns})
    kept.events.append((CALL.call_id, CallEvent("kind", text, NOW)))
    body = f'{{"said": {json.dumps(text)}}}'
    kept.audits.append(
        ToolAudit(
            CALL.call_id, 1, "book_appointment", body, body, text, 2.0, asked_by=text, heard=text
        )
    )
    kept.sent.append(OutboundMessage("k", text, text, text, CALL.call_id))
    job = a_job()
    kept.changes.append(Change("k", job.job_id, CALL.call_id, Outcome.BOOKED))
    customer = Customer("c", text, text, text, text)
    kept.jobs[job.job_id] = replace(
        job, call_id=CALL.call_id, customer=customer, address=text, description=text, notes=text,
        technician_id=text, service_type=text, checkout_url=text,
    )  # fmt: skip
    usage = Usage(text, UsageKind.PROMPT_TOKENS, 1, None)
    kept.usage[(CALL.call_id, 0, "prompt_tokens")] = UsageRow(0, 0, usage)


PAGES = (
    f"/console/calls/{CALL.call_sid}",
    "/console/calls",
    "/console/looks",
)


async def pages_with(text: str, *, over: bool) -> dict[str, str]:
    store = MemoryStore(ManualClock(NOW))
    await store.calls.open(CALL)
    filled(store, text)
    if over:
        await store.calls.close(CALL.call_id, Evidence())
    await store.looks.add(ConsoleLook(Visitor(text, Role.VIEWER), text, text, text))
    async with console_site(store) as client:
        return {
            path: await (await client.get(path, params=query)).text()
            for path, query in zip(PAGES, ({}, {"words": text}, {}), strict=True)
        }


BENIGN = "abc"


@pytest.fixture(scope="module")
def benign() -> dict[bool, dict[str, str]]:
    """The same pages of somebody who means no harm."""
    return {over: asyncio.run(pages_with(BENIGN, over=over)) for over in (False, True)}


def shape(html: str, text: str) -> list[Any]:
    """The elements of a page and their attributes; where a text is a value, that it is."""
    same = {text, plain(text.strip(), 100)}  # as it was given, and as a search takes it
    return [
        (tag, tuple((name, "TEXT" if value in same else value) for name, value in attributes))
        for tag, attributes in parsed(html).elements
    ]


@pytest.mark.parametrize("text", XSS)
async def test_what_a_caller_can_fill_is_text(
    text: str, benign: dict[bool, dict[str, str]]
) -> None:
    for over in (False, True):
        for path, html in (await pages_with(text, over=over)).items():
            assert shape(html, text) == shape(benign[over][path], BENIGN), path
            if path == PAGES[0]:
                assert parsed(html).text.count(text) >= 11, (
                    "beside arguments, in which it is escaped"
                )


async def test_pages_have_no_script_and_no_style_but_in_files() -> None:
    for html in (await pages_with(BENIGN, over=False)).values():
        for tag, attributes in parsed(html).elements:
            names = {name for name, _ in attributes}
            assert not {name for name in names if name.startswith("on") or name == "style"}, tag
            assert tag != "style"
            assert tag != "script" or "src" in names
    policy = WITH_FILES["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")


async def a_call(store: MemoryStore, *turns: Turn) -> str:
    await store.calls.open(CALL)
    for turn in turns:
        await store.calls.add_turn(turn)
    async with console_site(store) as client:
        return await (await client.get(f"/console/calls/{CALL.call_sid}")).text()


async def test_a_late_answer_shows_what_was_done_and_when_it_came() -> None:
    words = "One moment. Tonight at nine."
    page = await a_call(
        MemoryStore(ManualClock(NOW)),
        Turn(
            CALL.call_id, 0, Speaker.AGENT, words, words, NOW, LATENCY,
            budget_acts=("cached_filler", "hedge:not_available"), answer_ms=1950.0,
        ),
    )  # fmt: skip
    assert "820 ms" in page
    assert "cached_filler, hedge:not_available" in page
    assert "answer after 1950 ms" in page


async def test_words_that_were_cut_off_are_told_from_those_that_were_heard() -> None:
    page = await a_call(
        MemoryStore(ManualClock(NOW)),
        Turn(CALL.call_id, 0, Speaker.AGENT, "One two three.", "One two", NOW),
    )
    assert '<span>One two</span><span class="unheard" title="not heard"> three.</span>' in page


async def test_a_bar_has_its_stages_side_by_side() -> None:
    turn = Turn(CALL.call_id, 0, Speaker.AGENT, "One.", "One.", NOW, LATENCY)
    page = await a_call(MemoryStore(ManualClock(NOW)), turn)
    bars = [dict(attributes) for tag, attributes in parsed(page).elements if tag == "rect"]
    assert [(b["class"], b["x"], b["width"]) for b in bars] == [
        ("endpoint", "0.0", "200.0"),
        ("stt", "200.0", "600.0"),
        ("send", "800.0", "20.0"),
    ]


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("over", [True, False])
async def test_a_live_call_can_be_followed_and_handed_over_by_who_may(
    role: Role, over: bool
) -> None:
    store = MemoryStore(ManualClock(NOW))
    await store.calls.open(CALL)
    if over:
        await store.calls.close(CALL.call_id, Evidence())
    async with console_site(store, role) as client:
        page = await (await client.get(f"/console/calls/{CALL.call_sid}")).text()
    assert ("call.js" in page) is not over
    assert (f"/calls/0/{CALL.call_sid}/events" in page) is not over
    may = not over and role is not Role.VIEWER
    assert (f"/calls/0/{CALL.call_sid}/hand-over" in page) is may
    assert ("/phone" in page) is (role is not Role.VIEWER)
    assert ("/console/looks" in page) is (role is Role.OWNER)


@pytest.mark.parametrize(
    ("query", "search"),
    [
        ({}, CallSearch()),
        ({"words": " Oak  Street "}, CallSearch("Oak  Street")),
        ({"outcome": "booked"}, CallSearch(outcome=Outcome.BOOKED)),
        ({"outcome": "", "from": "", "to": " "}, CallSearch()),
        (
            {"from": "2025-08-29", "to": "2025-08-29"},
            CallSearch(
                since=datetime(2025, 8, 29, tzinfo=NEW_YORK),
                until=datetime(2025, 8, 30, tzinfo=NEW_YORK),
            ),
        ),
        ({"words": "a\x00b\nc" + "x" * 200}, CallSearch("a b c" + "x" * 95)),
    ],
)
def test_a_query_is_a_search(query: dict[str, str], search: CallSearch) -> None:
    assert search_of(query, NEW_YORK) == search


@given(st.dictionaries(st.sampled_from(["words", "outcome", "from", "to"]), st.text()))
def test_any_query_is_a_search_or_says_what_is_wrong(query: dict[str, str]) -> None:
    with suppress(CallerFixable):
        search_of(query, NEW_YORK)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"outcome": "zzz"}, "search.outcome"),
        ({"from": "9999-12-31"}, "search.day"),
        ({"to": "0001-01-01"}, "search.day"),
        ({"to": "tomorrow"}, "search.day"),
        ({"from": "2025-08-30", "to": "2025-08-29"}, "search.days"),
    ],
)
async def test_what_cannot_be_looked_for_shows_no_calls(query: dict[str, str], code: str) -> None:
    with pytest.raises(CallerFixable, match=code.replace(".", r"\.")):
        search_of(query, NEW_YORK)
    store = MemoryStore(ManualClock(NOW))
    await store.calls.open(CALL)
    async with (
        console_site(store) as client,
        client.get("/console/calls", params=query) as answer,
    ):
        assert answer.status == 422
        assert CALL.call_sid not in await answer.text()


async def test_a_search_keeps_what_was_asked_for() -> None:
    store = MemoryStore(ManualClock(NOW))
    async with console_site(store) as client:
        asked = {"words": "oak", "outcome": "booked", "from": "2025-08-01"}
        page = await (await client.get("/console/calls", params=asked)).text()
    assert 'value="oak"' in page
    assert '<option value="booked" selected>' in page
    assert 'value="2025-08-01"' in page
    assert "No calls were found." in page


async def test_a_store_that_is_away_is_told() -> None:
    async def away(method: str) -> None:
        raise Unavailable("store.unreachable", "The database cannot be reached.")

    async with console_site(MemoryStore(ManualClock(NOW), enter=away)) as client:
        for path in PAGES:
            answer = await client.get(path)
            text = await answer.text()
            assert answer.status == 503
            assert "The database cannot be reached." in text
            assert "store.unreachable" in text
            assert "Traceback" not in text


def test_a_number_is_looked_for_by_its_digits_only() -> None:
    for words, digits in (
        ("+1 (555) 123-0000", "15551230000"), ("555-123", "555123"),
        ("12", ""), ("apt 1230000", ""),
    ):  # fmt: skip
        assert CallSearch(words).digits == digits


async def test_how_long_a_call_took_is_told() -> None:
    clock = ManualClock(NOW)
    store = MemoryStore(clock)
    await store.calls.open(CALL)
    clock.advance(timedelta(minutes=2, seconds=5).total_seconds())
    await store.calls.close(CALL.call_id, Evidence())
    async with console_site(store) as client:
        page = await (await client.get(f"/console/calls/{CALL.call_sid}")).text()
    assert "2 min 5 s" in page


async def test_money_that_waits_for_a_person_is_shown_to_operators() -> None:
    store = MemoryStore(ManualClock(NOW))
    job = await store.jobs.book(await prepared(store), (), idempotency_key="k")
    assert job.call_id is not None
    await store.jobs.cancel(job.job_id, (), call_id=job.call_id, idempotency_key="c")
    async with console_site(store, Role.OPERATOR) as client:
        assert "Nothing waits" in await (await client.get("/console/money")).text()
        await store.payment_events.apply_event(an_event(EntryKind.PAID, job))
        page = await (await client.get("/console/money")).text()
    for text in (job.code, "the booking was cancelled", "$206.00"):
        assert text in page
    assert RULES["/console/money"] is Rule.OPERATES


async def test_who_is_to_be_called_back_is_shown_until_somebody_has_done_it() -> None:
    store = MemoryStore(ManualClock(NOW))
    await store.calls.open(CALL)
    window = Window(NOW + timedelta(hours=1), NOW + timedelta(hours=2))
    asked = CallBackAsked("k", CALL.call_id, "+15551230000", "asked", "AC <is> out.", window)
    async with console_site(store, Role.OPERATOR) as client:
        assert "Nobody waits" in await (await client.get("/console/call-backs")).text()
        await store.call_backs.add(asked, ())
        page = await (await client.get("/console/call-backs")).text()
        assert "AC &lt;is&gt; out." in page
        unnamed = await client.post("/console/call-backs/done")
        assert (unnamed.status, "call_back.key" in await unnamed.text()) == (400, True)
        done = await client.post("/console/call-backs/done", data={"key": "k"})
        assert "done by" in await done.text()


@pytest.mark.parametrize("role", list(Role))
async def test_a_recording_is_on_the_page_of_who_may_hear_it(role: Role, tmp_path: Path) -> None:
    store, folder = MemoryStore(ManualClock(NOW)), RecordingFolder(tmp_path)
    await store.calls.open(CALL)
    for index, after_s in enumerate((-3, 4, 9, 60)):  # before it began, in it, and after its end
        speaker = Speaker.CALLER if index % 2 else Speaker.AGENT
        at = NOW + timedelta(seconds=after_s)
        await store.calls.add_turn(Turn(CALL.call_id, index, speaker, "a", "a", at))
    await store.calls.close(CALL.call_id, Evidence())
    file = RecordingFile(folder.file_of(CALL.call_sid), NOW)
    file.write(0, b"\xff\xff" * 8000 * 12)
    file.close()
    async with console_site(store, role, folder) as client:
        page = parsed(await (await client.get(f"/console/calls/{CALL.call_sid}")).text())
    marks = [dict(attributes)["data-at"] for tag, attributes in page.elements if tag == "button"
             and "data-at" in dict(attributes)]  # fmt: skip
    audio = [dict(attributes)["src"] for tag, attributes in page.elements if tag == "audio"]
    if role is Role.VIEWER:
        assert (marks, audio) == ([], [])
    else:
        assert marks == ["0.00", "4.00", "9.00"]
        assert audio == [f"/console/calls/{CALL.call_sid}/recording"]
