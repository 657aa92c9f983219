"""What callers ask for beside their errand: a part, an offer, something to be remembered.

Each is one tool call, and the errand goes on where it was. To be called back is an errand of its
own (`agenda.Goal.CALL_BACK`).
"""

from __future__ import annotations

from voiceagent.dialogue.acts import CallTool, Say
from voiceagent.dialogue.house import wording
from voiceagent.dialogue.house.asks import Ask
from voiceagent.dialogue.house.judged import Judged, JudgedTurn
from voiceagent.dialogue.house.moves import ToolUse, request
from voiceagent.dialogue.house.speaking import wait_for
from voiceagent.dialogue.house.state import Reply
from voiceagent.domain.business import Business, OfferRule
from voiceagent.language.en_us.favours import asks_of_part, asks_technician, hear_fact
from voiceagent.language.en_us.matching import find, negated, words

_TELLS_OF_THE_VISIT = frozenset({Ask.NOTES, Ask.ADDRESS, Ask.SAFETY, Ask.AFTER_DANGER, Ask.NAME})
"""Questions whose answers are for the visit at hand, and ask for nothing."""


def wants_a_technician(said: JudgedTurn) -> Judged:
    """To talk to one of those who come, where one of them can be rung."""
    business = said.scene.business
    text = said.turn.text
    rung = [one for one in business.technicians if one.phone is not None]
    named = next((one for one in rung if asks_technician(text, one.name.split()[0])), None)
    if not rung or (named is None and not asks_technician(text)):
        return said
    summary = wording.summary(said.facts, said.state.goal or "", business, said.spoken.strip())
    known = {"technician": named.id} if named is not None else {}
    if said.facts.service:
        known["service_type"] = said.facts.service
    call = request(ToolUse.TECHNICIAN, summary=summary, **known)
    return _call(said, call, wording.CONNECTING_TECHNICIAN)


def asks_of_a_part(said: JudgedTurn) -> Judged:
    """When a part comes, or whether it is there; the open question returns after it."""
    if said.ask in _TELLS_OF_THE_VISIT:
        return said
    text = said.turn.text
    named = _part_in(words(text), said.scene.business)
    if not asks_of_part(text, named is not None):
        return said
    call = request(ToolUse.PART, part=named or text[:200])
    return _call(said, call, wording.CHECK_PART)


def claims_an_offer(said: JudgedTurn) -> Judged:
    """An offer of the business file; whether it is theirs the tool decides."""
    rule = _offer_in(words(said.turn.text), said.scene.business)
    if rule is None or said.ask in _TELLS_OF_THE_VISIT or said.facts.coupon:
        return said
    phone = said.facts.phone or said.scene.caller_number
    known = {"phone": phone} if phone else {}
    return _call(said, request(ToolUse.OFFER, offer_type=rule.id, **known), said.echo)


def wants_it_remembered(said: JudgedTurn) -> Judged:
    """Something to be known next time, which they ask for in so many words."""
    if said.ask in _TELLS_OF_THE_VISIT:
        return said
    fact = hear_fact(said.turn.text)
    phone = said.facts.phone or said.scene.caller_number
    if fact is None or phone is None:
        return said
    call = request(
        ToolUse.KEEP_FACT,
        kind=fact.kind.value,
        value=fact.value[:200],
        consent="asked_for",
        phone=phone,
    )
    return _call(said, call, said.echo)


def _call(said: JudgedTurn, call: CallTool, filler: str) -> Reply:
    words_before = said.led(filler)
    state = wait_for(said.state, call)
    return state, (Say(words_before), call) if words_before else (call,)


def _part_in(tokens: tuple[str, ...], business: Business) -> str | None:
    named = [
        part.name
        for part in business.parts
        for phrase in (part.name, *part.heard)
        if find(phrase.lower(), tokens)
    ]
    return max(named, key=len) if named else None


def _offer_in(tokens: tuple[str, ...], business: Business) -> OfferRule | None:
    for rule in business.offers:
        for phrase in rule.heard:
            span = find(phrase.lower(), tokens)
            if span is not None and not negated(span, tokens, phrase):
                return rule
    return None
