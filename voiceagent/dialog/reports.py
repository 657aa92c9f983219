"""What a tool's answer means for the conversation: new facts, and what to tell the caller."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from voiceagent.business import Business
from voiceagent.dialog import wording
from voiceagent.dialog.acts import CallTool
from voiceagent.dialog.agenda import Situation, wanted_search
from voiceagent.dialog.facts import Facts
from voiceagent.dialog.results import (
    Json,
    Remedy,
    learn_booking,
    learn_customer,
    learn_quote,
    learn_slots,
    text_of,
)


class Next(StrEnum):
    """How to go on after a tool's answer."""

    GO_ON = "go_on"
    ERRAND_DONE = "errand_done"
    ASK_CODE_AGAIN = "ask_code_again"


@dataclass(frozen=True, slots=True)
class Scene:
    """The unchanging surroundings of a conversation.

    `now` is its start in the business's zone; `caller_number` is E.164, ``None`` when withheld.
    """

    business: Business
    now: datetime
    caller_number: str | None


@dataclass(frozen=True, slots=True)
class Report:
    """The facts after an answer, and what the caller is told before the next question."""

    facts: Facts
    lead: str = ""
    next: Next = Next.GO_ON


def report(call: CallTool, result: Json, facts: Facts, scene: Scene) -> Report:  # noqa: PLR0911 - one return per case
    """Take in a successful answer of the tool call that was asked for."""
    business, now = scene.business, scene.now
    length = timedelta(minutes=business.slots.length_minutes)
    match call.name:
        case "get_pricing_quote":
            learned = learn_quote(facts, call.arguments, result)
            return Report(learned, learned.quote.message if learned.quote else "")
        case "check_availability":
            searched = wanted_search(facts, Situation(business, now.date()))
            learned = learn_slots(facts, searched, result, length)
            return Report(learned, "" if learned.offers else wording.NO_TIMES)
        case "book_appointment":
            learned = learn_booking(facts, result, length)
            return Report(
                learned, wording.booked(learned, now, scene.caller_number), Next.ERRAND_DONE
            )
        case "lookup_customer":
            learned = learn_customer(facts, result)
            if learned.found is None:
                return Report(learned, wording.WRONG_CODE, Next.ASK_CODE_AGAIN)
            return Report(learned, wording.found(learned.found.display))
        case "reschedule_appointment":
            code = text_of(result, "code") or facts.code or ""
            told = wording.moved(text_of(result, "display"), code)
            return Report(facts, told, Next.ERRAND_DONE)
        case "cancel_appointment":
            display = facts.found.display if facts.found else ""
            gone = replace(facts, booking=None, code=None, found=None)
            return Report(gone, wording.cancelled(display), Next.ERRAND_DONE)
        case "answer_from_knowledge":
            return Report(facts, text_of(result, "answer") or wording.DONT_KNOW)
        case _:
            return Report(facts, text_of(result, "message"))


def remedied(facts: Facts, remedy: Remedy) -> Facts:  # noqa: PLR0911 - one return per case
    """The facts with what a tool refused taken back, so that it is asked or searched anew."""
    match remedy:
        case Remedy.SEARCH_AGAIN:
            return replace(facts, window=None, offers=(), search=None, confirmed=False)
        case Remedy.QUOTE_AGAIN:
            return replace(facts, quote=None, accepted=False, confirmed=False)
        case Remedy.ASK_PHONE:
            return replace(facts, phone=None, phone_part="", confirmed=False)
        case Remedy.ASK_ADDRESS:
            return replace(facts, address=None, address_part=None, confirmed=False)
        case Remedy.ASK_DAY:
            return replace(facts, day=None, search=None, offers=(), window=None)
        case Remedy.ASK_CODE:
            return replace(facts, code=None, found=None, confirmed=False)
        case Remedy.ASK_SERVICE:
            return replace(facts, service=None, symptoms=(), quote=None, confirmed=False)
        case _:
            return facts
