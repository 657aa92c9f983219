"""What a tool's answer adds to the facts. Answers are JSON, and nothing in them is trusted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from voiceagent.dialogue.house.facts import BookingMade, Facts, JobFound, QuoteHeard, Search
from voiceagent.domain.records import Window

Json = Mapping[str, object]


class ToolErrorRemedy(StrEnum):
    """What to do about a tool's error."""

    SEARCH_AGAIN = "search_again"
    QUOTE_AGAIN = "quote_again"
    ASK_PHONE = "ask_phone"
    ASK_ADDRESS = "ask_address"
    ASK_DAY = "ask_day"
    ASK_CODE = "ask_code"
    ASK_SERVICE = "ask_service"
    WAIT = "wait"
    GIVE_UP = "give_up"


@dataclass(frozen=True, slots=True)
class ToolError:
    """An error as a tool reports it: a stable code, and a sentence for the caller or ""."""

    code: str
    say: str


_REMEDIES: tuple[tuple[tuple[str, ...], ToolErrorRemedy], ...] = (
    (("slot.",), ToolErrorRemedy.SEARCH_AGAIN),
    (("date.",), ToolErrorRemedy.ASK_DAY),
    (("quote.",), ToolErrorRemedy.QUOTE_AGAIN),
    (("phone.",), ToolErrorRemedy.ASK_PHONE),
    (("address.", "area."), ToolErrorRemedy.ASK_ADDRESS),
    (("identity.wrong_code",), ToolErrorRemedy.ASK_CODE),
    (("service.",), ToolErrorRemedy.ASK_SERVICE),
    (("tool.working", "tool.slow"), ToolErrorRemedy.WAIT),
)


def error_of(result: Json) -> ToolError | None:
    """The error in a tool's answer, if it is one."""
    error = result.get("error")
    if not isinstance(error, Mapping):
        return None
    return ToolError(_text(error, "code"), _text(error, "say"))


def remedy_for(error: ToolError) -> ToolErrorRemedy:
    """How to go on after an error; anything unknown is given up honestly."""
    for prefixes, remedy in _REMEDIES:
        if error.code.startswith(prefixes):
            return remedy
    return ToolErrorRemedy.GIVE_UP


def learn_quote(facts: Facts, arguments: Json, result: Json) -> Facts:
    """Keep a quote; its figures stay as returned."""
    quote = QuoteHeard(
        service=_text(arguments, "service_type"),
        description=_text(arguments, "description"),
        total_estimate=_whole(result, "total_estimate"),
        message=_text(result, "message"),
    )
    return replace(facts, quote=quote)


def learn_slots(facts: Facts, searched: Search, result: Json, length: timedelta) -> Facts:
    """Keep the offered windows; `length` is how long a window is."""
    slots = result.get("available_slots")
    starts = [
        moment
        for slot in (slots if isinstance(slots, Sequence) else ())
        if isinstance(slot, Mapping) and (moment := _moment(slot, "datetime")) is not None
    ]
    windows = tuple(Window(start, start + length) for start in starts)
    return replace(facts, search=searched, offers=windows, window=None)


def learn_booking(facts: Facts, result: Json, length: timedelta) -> Facts:
    """Keep a booking that was made."""
    start = _moment(result, "window_start") or (facts.window.start if facts.window else None)
    end = _moment(result, "window_end")
    if start is None:
        return facts
    made = BookingMade(
        code=_text(result, "code"),
        window=Window(start, end or start + length),
        deposit=_whole(result, "deposit_amount"),
        already_booked=result.get("already_booked") is True,
    )
    return replace(facts, booking=made, code=made.code)


def learn_customer(facts: Facts, result: Json) -> Facts:
    """Keep the booking whose code the caller gave; forget a code that proves nothing."""
    jobs = result.get("jobs")
    rows = [job for job in (jobs if isinstance(jobs, Sequence) else ()) if isinstance(job, Mapping)]
    proven = result.get("verified") is True
    mine = next((job for job in rows if _same(_text(job, "code"), facts.code)), None)
    if not proven or (mine is None and not rows):
        return replace(facts, found=None, code=None)
    job = mine or rows[0]
    found = JobFound(
        code=_text(job, "code"), service=_text(job, "service_type"), display=_text(job, "display")
    )
    return replace(facts, found=found, name=facts.name or _text(result, "name") or None)


def text_of(result: Json, key: str) -> str:
    """A text field of an answer, "" when it is missing or no text."""
    return _text(result, key)


def _same(left: str, right: str | None) -> bool:
    return right is not None and left.upper().replace("-", "") == right.upper().replace("-", "")


def _text(source: Json, key: str) -> str:
    value = source.get(key)
    return value.strip() if isinstance(value, str) else ""


def _whole(source: Json, key: str) -> int:
    value = source.get(key)
    return round(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0


def _moment(source: Json, key: str) -> datetime | None:
    value = source.get(key)
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None
