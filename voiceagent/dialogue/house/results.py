"""What a tool's answer adds to the facts, and what to do about its failure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum

from voiceagent.dialogue.house.answers import (
    BookingAnswer,
    CustomerAnswer,
    PriceAnswer,
    TimesAnswer,
)
from voiceagent.dialogue.house.facts import BookingMade, Facts, JobFound, QuoteHeard, Search
from voiceagent.domain.records import Window
from voiceagent.toolkit.answers import ToolFailure


class ToolErrorRemedy(StrEnum):
    """What to do about a tool's error."""

    SEARCH_AGAIN = "search_again"
    QUOTE_AGAIN = "quote_again"
    ASK_PHONE = "ask_phone"
    ASK_ADDRESS = "ask_address"
    ASK_DAY = "ask_day"
    ASK_CODE = "ask_code"
    ASK_SERVICE = "ask_service"
    NO_COUPON = "no_coupon"
    SAY_SO = "say_so"
    ANYBODY = "anybody"
    WAIT = "wait"
    GIVE_UP = "give_up"


_REMEDIES: tuple[tuple[tuple[str, ...], ToolErrorRemedy], ...] = (
    (("slot.",), ToolErrorRemedy.SEARCH_AGAIN),
    (("date.",), ToolErrorRemedy.ASK_DAY),
    (("quote.",), ToolErrorRemedy.QUOTE_AGAIN),
    (("coupon.", "offer.used"), ToolErrorRemedy.NO_COUPON),
    (("offer.", "fact.", "call_back.too_many"), ToolErrorRemedy.SAY_SO),
    (("technician.",), ToolErrorRemedy.ANYBODY),
    (("phone.",), ToolErrorRemedy.ASK_PHONE),
    (("address.", "area."), ToolErrorRemedy.ASK_ADDRESS),
    (("text.",), ToolErrorRemedy.GIVE_UP),
    (("identity.wrong_code",), ToolErrorRemedy.ASK_CODE),
    (("service.",), ToolErrorRemedy.ASK_SERVICE),
    (("tool.working", "tool.slow"), ToolErrorRemedy.WAIT),
)


def remedy_for(error: ToolFailure) -> ToolErrorRemedy:
    """How to go on after an error; anything unknown is given up honestly."""
    for prefixes, remedy in _REMEDIES:
        if error.code.startswith(prefixes):
            return remedy
    return ToolErrorRemedy.GIVE_UP


@dataclass(frozen=True, slots=True)
class QuoteTerms:
    """What a quote is of: whether after hours, and the area whose trip fee is in it ("": none)."""

    after_hours: bool
    area: str


def learn_quote(
    facts: Facts, arguments: Mapping[str, object], answer: PriceAnswer, terms: QuoteTerms
) -> Facts:
    """Keep a quote; its figures stay as returned.

    Args:
        facts: what is known.
        arguments: what was asked for.
        answer: the figures.
        terms: what it is of, by the business's clock and areas.
    """
    quote = QuoteHeard(
        service=str(arguments.get("service_type", "")),
        description=str(arguments.get("description", "")),
        total_estimate=answer.total_estimate,
        message=answer.message.strip(),
        after_hours=terms.after_hours,
        area=terms.area,
        coupon=str(arguments.get("coupon", "")),
    )
    return replace(facts, quote=quote)


def learn_slots(facts: Facts, searched: Search, answer: TimesAnswer, length: timedelta) -> Facts:
    """Keep the offered windows; `length` is how long a window is."""
    starts = [slot.datetime for slot in answer.available_slots]
    windows = tuple(Window(start, start + length) for start in starts)
    return replace(facts, search=searched, offers=windows, window=None)


def learn_booking(facts: Facts, answer: BookingAnswer) -> Facts:
    """Keep a booking that was made."""
    made = BookingMade(
        code=answer.code,
        window=Window(answer.window_start, answer.window_end),
        deposit=answer.deposit_amount,
        already_booked=answer.already_booked,
        text=answer.text,
        text_by=answer.text_by,
    )
    return replace(facts, booking=made, code=made.code)


def learn_customer(facts: Facts, answer: CustomerAnswer) -> Facts:
    """Keep the booking whose code the caller gave; forget a code that proves nothing.

    After a one-time code it is the first to come, and its own code goes on.
    """
    if not answer.verified or not answer.jobs:
        return replace(facts, found=None, code=None)
    job = next((job for job in answer.jobs if _same(job.code, facts.code)), answer.jobs[0])
    found = JobFound(code=job.code, service=job.service_type, display=job.display)
    return replace(facts, found=found, code=job.code, name=facts.name or answer.name or None)


def _same(left: str, right: str | None) -> bool:
    return right is not None and left.upper().replace("-", "") == right.upper().replace("-", "")
