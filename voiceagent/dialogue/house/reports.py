"""What a tool's answer means for the conversation: new facts, and what to tell the caller."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from voiceagent.dialogue.acts import CallTool
from voiceagent.dialogue.house import wording
from voiceagent.dialogue.house.agenda import Situation, wanted_search, wants_closed_day
from voiceagent.dialogue.house.answers import (
    BookingAnswer,
    CustomerAnswer,
    KnowledgeAnswer,
    MovedAnswer,
    OfferAnswer,
    PageAnswer,
    PriceAnswer,
    SpokenAnswer,
    TimesAnswer,
    spoken,
)
from voiceagent.dialogue.house.facts import Facts, service_of
from voiceagent.dialogue.house.moves import ToolUse, use_of
from voiceagent.dialogue.house.questions import NO_TIMES
from voiceagent.dialogue.house.results import (
    QuoteTerms,
    ToolErrorRemedy,
    learn_booking,
    learn_customer,
    learn_quote,
    learn_slots,
)
from voiceagent.dialogue.house.state import joined
from voiceagent.dialogue.port import Channel, Heard, WordsHeard
from voiceagent.domain.areas import trip_fee
from voiceagent.domain.business import Business
from voiceagent.domain.calendar import is_after_hours, why_closed
from voiceagent.domain.locales import ENGLISH_ONLY, Locale
from voiceagent.language.en_us.caller_acts import ActModel
from voiceagent.language.en_us.favours import asks_for_a_discount
from voiceagent.toolkit.answers import Result


class Next(StrEnum):
    """How to go on after a tool's answer."""

    GO_ON = "go_on"
    ERRAND_DONE = "errand_done"
    ASK_CODE_AGAIN = "ask_code_again"


@dataclass(frozen=True, slots=True)
class Scene:
    """What surrounds one input.

    `now` is its time, in the business's zone; `caller_number` is E.164, ``None`` when withheld;
    `acts` proposes what a turn does, ``None``: the rules alone are gone by; `sure` is how likely
    its words were heard right, 0..1, ``None`` where nobody can tell; `channel` is what carries it;
    `hears` are the languages in which what is said on the phone is understood.
    """

    business: Business
    now: datetime
    caller_number: str | None
    acts: ActModel | None
    sure: float | None = None
    channel: Channel = "voice"
    hears: frozenset[Locale] = ENGLISH_ONLY

    def understands(self, locale: Locale) -> bool:
        """Whether a turn in that language can be understood here."""
        return self.channel != "voice" or locale in self.hears

    @classmethod
    def of(
        cls,
        heard: Heard,
        business: Business,
        caller_number: str | None,
        acts: ActModel | None,
        channel: Channel,
        hears: frozenset[Locale] = ENGLISH_ONLY,
    ) -> Scene:
        """What surrounds `heard`: "tonight" is meant from the moment it is said."""
        now = heard.at.astimezone(ZoneInfo(business.timezone))
        sure = heard.confidence if isinstance(heard, WordsHeard) else None
        return cls(business, now, caller_number, acts, sure, channel, hears)


@dataclass(frozen=True, slots=True)
class ToolReport:
    """The facts after an answer, and what the caller is told before the next question.

    `quoted` is what of `lead` is in the caller's own language already.
    """

    facts: Facts
    lead: str = ""
    next: Next = Next.GO_ON
    quoted: str = ""


def report(call: CallTool, answer: Result, facts: Facts, scene: Scene) -> ToolReport:  # noqa: C901, PLR0911 - one return per case
    """Take in a successful answer of the tool call that was asked for.

    An answer of a tool that the house has no use of its own for is told as it says itself.
    """
    business, now = scene.business, scene.now
    match use_of(call.name), answer:
        case ToolUse.PRICE, PriceAnswer():
            return ToolReport(_quoted(call, answer, facts, scene), spoken(answer))
        case ToolUse.SEARCH, TimesAnswer():
            length = timedelta(minutes=business.slots.length_minutes)
            searched = wanted_search(facts, Situation(business, now))
            learned = learn_slots(facts, searched, answer, length)
            return ToolReport(
                learned, _of_the_day(learned, scene) if learned.offers else _nothing_open(answer)
            )
        case ToolUse.BOOK, BookingAnswer():
            learned = learn_booking(facts, answer)
            return ToolReport(
                learned, wording.booked(learned, now, scene.caller_number), Next.ERRAND_DONE
            )
        case ToolUse.FIND, CustomerAnswer():
            learned = learn_customer(facts, answer)
            if learned.found is None:
                return ToolReport(learned, wording.WRONG_CODE, Next.ASK_CODE_AGAIN)
            return ToolReport(learned, wording.found(learned.found.display))
        case ToolUse.SEND_CODE, SpokenAnswer():
            texted = replace(facts, texted_code=True, code=None, found=None)
            return ToolReport(texted, spoken(answer))
        case ToolUse.MOVE, MovedAnswer():
            told = wording.moved(answer.display, answer.code or facts.code or "")
            return ToolReport(facts, told, Next.ERRAND_DONE)
        case ToolUse.CANCEL, _:
            display = facts.found.display if facts.found else ""
            gone = replace(facts, booking=None, code=None, found=None)
            return ToolReport(gone, wording.cancelled(display), Next.ERRAND_DONE)
        case ((ToolUse.CALL_BACK | ToolUse.WAIT | ToolUse.TEXT_AGAIN), SpokenAnswer()):
            done = replace(facts, amendment="")
            return ToolReport(done, spoken(answer), Next.ERRAND_DONE)
        case ToolUse.OFFER, OfferAnswer():
            return ToolReport(replace(facts, coupon=answer.code, confirmed=False), spoken(answer))
        case ToolUse.LOOK_UP, KnowledgeAnswer():
            question = str(call.arguments.get("question", ""))
            none = wording.FIXED_PRICES if asks_for_a_discount(question) else wording.DONT_KNOW
            said = answer.answer or ""
            of_page = isinstance(answer, PageAnswer) and bool(answer.source)
            return ToolReport(facts, said or none, quoted=said if of_page else "")
        case _:
            return ToolReport(facts, spoken(answer))


def _quoted(call: CallTool, answer: PriceAnswer, facts: Facts, scene: Scene) -> Facts:
    """A price is told; one that was asked beside the errand is not kept for it."""
    if _of_another(call, facts):
        return facts
    terms = QuoteTerms(_at_night(call, scene), _fee_area(call, scene))
    return learn_quote(facts, call.arguments, answer, terms)


def _of_another(call: CallTool, facts: Facts) -> bool:
    """Whether a price was asked beside the errand, of another service than it is about."""
    return facts.service not in {None, call.arguments.get("service_type")}


def _at_night(call: CallTool, scene: Scene) -> bool:
    """Whether a price is that of a visit after hours: by the clock, whoever asked for it how."""
    service = scene.business.service(str(call.arguments.get("service_type", "")))
    named = call.arguments.get("visit_time")
    visit = datetime.fromisoformat(named) if isinstance(named, str) and named else scene.now
    return service is not None and service.urgent and is_after_hours(scene.business, visit)


def _fee_area(call: CallTool, scene: Scene) -> str:
    """The place whose trip fee a price was asked with."""
    place, _ = trip_fee(scene.business, str(call.arguments.get("address", "")))
    return place


def _of_the_day(facts: Facts, scene: Scene) -> str:
    """That a day is a closed one, before what is offered on it for an emergency; "" for others."""
    today = facts.day == scene.now.date()
    if today or facts.found is not None or not wants_closed_day(facts, scene.business):
        return ""
    service = service_of(facts, scene.business)
    closed = why_closed(scene.business, service, facts.day) if service is not None else ""
    return joined(closed, wording.EMERGENCIES_ONLY)


def _nothing_open(answer: TimesAnswer) -> str:
    """That nothing is open and, where the tool knows, why (a holiday, somebody's day off)."""
    told = (spoken(answer) if isinstance(answer, Result) else "") or NO_TIMES
    return f"{told} {wording.CAN_WAIT}"


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
        case ToolErrorRemedy.NO_COUPON:
            return replace(facts, coupon=None)
        case ToolErrorRemedy.ANYBODY:
            return replace(facts, technician=None, search=None, offers=(), window=None)
        case ToolErrorRemedy.ASK_SERVICE:
            return replace(facts, service=None, symptoms=(), quote=None, confirmed=False)
        case _:
            return facts
