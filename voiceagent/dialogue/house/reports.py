"""What a tool's answer means for the conversation: new facts, and what to tell the caller."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from voiceagent.dialogue.acts import CallTool
from voiceagent.dialogue.house import wording
from voiceagent.dialogue.house.agenda import Situation, wanted_search
from voiceagent.dialogue.house.facts import Facts
from voiceagent.dialogue.house.results import (
    Json,
    ToolErrorRemedy,
    learn_booking,
    learn_customer,
    learn_quote,
    learn_slots,
    text_of,
)
from voiceagent.domain.business import Business


class Next(StrEnum):
    """How to go on after a tool's answer."""

    GO_ON = "go_on"
    ERRAND_DONE = "errand_done"
    ASK_CODE_AGAIN = "ask_code_again"


@dataclass(frozen=True, slots=True)
class Scene:
    """What surrounds one input.

    `now` is its time, in the business's zone; `caller_number` is E.164, ``None`` when withheld.
    """

    business: Business
    now: datetime
    caller_number: str | None


@dataclass(frozen=True, slots=True)
class ToolReport:
    """The facts after an answer, and what the caller is told before the next question."""

    facts: Facts
    lead: str = ""
    next: Next = Next.GO_ON


def report(call: CallTool, result: Json, facts: Facts, scene: Scene) -> ToolReport:  # noqa: PLR0911 - one return per case
    """Take in a successful answer of the tool call that was asked for."""
    business, now = scene.business, scene.now
    length = timedelta(minutes=business.slots.length_minutes)
    match call.name:
        case "get_pricing_quote":
            learned = learn_quote(facts, call.arguments, result)
            return ToolReport(learned, learned.quote.message if learned.quote else "")
        case "check_availability":
            searched = wanted_search(facts, Situation(business, now.date()))
            learned = learn_slots(facts, searched, result, length)
            return ToolReport(learned, "" if learned.offers else wording.NO_TIMES)
        case "book_appointment":
            learned = learn_booking(facts, result, length)
            return ToolReport(
                learned, wording.booked(learned, now, scene.caller_number), Next.ERRAND_DONE
            )
        case "lookup_customer":
            learned = learn_customer(facts, result)
            if learned.found is None:
                return ToolReport(learned, wording.WRONG_CODE, Next.ASK_CODE_AGAIN)
            return ToolReport(learned, wording.found(learned.found.display))
        case "reschedule_appointment":
            code = text_of(result, "code") or facts.code or ""
            told = wording.moved(text_of(result, "display"), code)
            return ToolReport(facts, told, Next.ERRAND_DONE)
        case "cancel_appointment":
            display = facts.found.display if facts.found else ""
            gone = replace(facts, booking=None, code=None, found=None)
            return ToolReport(gone, wording.cancelled(display), Next.ERRAND_DONE)
        case "answer_from_knowledge":
            return ToolReport(facts, text_of(result, "answer") or wording.DONT_KNOW)
        case _:
            return ToolReport(facts, text_of(result, "message"))


def remedied(facts: Facts, remedy: ToolErrorRemedy) -> Facts:  # noqa: PLR0911 - one return per case
    """The facts with what a tool refused taken back, so that it is asked or searched anew."""
    match remedy:
        case ToolErrorRemedy.SEARCH_AGAIN:
            return replace(facts, window=None, offers=(), search=None, confirmed=False)
        case ToolErrorRemedy.QUOTE_AGAIN:
            return replace(facts, quote=None, accepted=False, confirmed=False)
        case ToolErrorRemedy.ASK_PHONE:
            return replace(facts, phone=None, phone_part="", confirmed=False)
        case ToolErrorRemedy.ASK_ADDRESS:
            return replace(facts, address=None, address_part=None, confirmed=False)
        case ToolErrorRemedy.ASK_DAY:
            return replace(facts, day=None, search=None, offers=(), window=None)
        case ToolErrorRemedy.ASK_CODE:
            return replace(facts, code=None, found=None, confirmed=False)
        case ToolErrorRemedy.ASK_SERVICE:
            return replace(facts, service=None, symptoms=(), quote=None, confirmed=False)
        case _:
            return facts
