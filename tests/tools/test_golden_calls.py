"""The golden calls promise tool results; the real tools must keep them."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.golden.replay import FOLDER, Golden, load
from tests.support.rooms import Line, line
from tests.tools.desk import BOX
from voiceagent.domain.records import (
    Cents,
    Customer,
    Job,
    JobId,
    JobStatus,
    Priority,
    Window,
)

CIRCUMSTANCES = ("slot.taken", "store.unreachable")
"""Errors that the world makes, not the tools: from there on a file cannot be checked."""


def seed(phone: Line, text: str) -> None:
    """Put a booked job into the store, as a ``seed: job key=value ...`` line describes it."""
    facts = dict(part.split("=", 1) for part in shlex.split(text)[1:])
    service = phone.business.service(facts["service"])
    assert service is not None
    start = datetime.fromisoformat(facts["start"])
    length = timedelta(minutes=phone.business.slots.length_minutes)
    able = (t.id for t in phone.business.technicians if service.skill in t.skills)
    job = Job(
        job_id=JobId("00000000-0000-4000-8000-00000000cafe"),
        code=facts["code"],
        customer=Customer("c1", facts.get("name", "Someone"), facts["phone"]),
        service_type=service.id,
        description="",
        address=facts.get("address", ""),
        window=Window(start, start + length),
        technician_id=next(able),
        priority=Priority.STANDARD,
        status=JobStatus.BOOKED,
        notes="",
        estimated_cost=Cents(82500),
        deposit_amount=Cents(20600),
        deposit_paid=False,
        checkout_url=None,
        call_id=None,
    )
    phone.store.kept.jobs[job.job_id] = job


def tool_lines(golden: Golden) -> list[tuple[str, dict[str, object], dict[str, object]]]:
    """(tool, arguments, promised result) of a file, in order."""
    found = []
    for asked, promised in zip(golden.lines, golden.lines[1:], strict=False):
        if (asked.mark, promised.mark) == ("*", "="):
            name, _, arguments = asked.text.partition(" ")
            found.append((name, json.loads(arguments), json.loads(promised.text)))
    return found


def without_ids(result: Mapping[str, object]) -> dict[str, object]:
    return {key: value for key, value in result.items() if key not in {"job_id", "code"}}


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.call")), ids=lambda path: path.stem)
async def test_the_tools_answer_as_the_golden_call_says(path: Path) -> None:
    golden = load(path)
    phone = line(golden.business, golden.now)
    for text in golden.seeds:
        seed(phone, text)
    ctx = phone.call(phone=golden.caller or "anonymous", channel=golden.channel)
    for name, arguments, promised in tool_lines(golden):
        error = promised.get("error")
        if isinstance(error, dict) and error["code"] in CIRCUMSTANCES:
            return
        if promised.get("transferred"):
            phone.control.answers = {lead.phone for lead in golden.business.escalation.leads}
        outcome = await BOX.call(name, arguments, ctx)
        assert without_ids(outcome.wire) == without_ids(promised), name
