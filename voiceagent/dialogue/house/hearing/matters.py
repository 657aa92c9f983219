"""A matter that only a person settles: the language's own, and those of the business file."""

from __future__ import annotations

from dataclasses import dataclass

from voiceagent.dialogue.house.asks import Ask
from voiceagent.dialogue.house.facts import Facts
from voiceagent.dialogue.house.hearing.opt_outs import spares_another
from voiceagent.dialogue.house.hearing.services import hear_service
from voiceagent.domain.business import Business
from voiceagent.language.en_us.matching import find, negated
from voiceagent.language.en_us.matters import Matter, hear_matter

_OPEN_ASKS = frozenset(
    {Ask.HELP, Ask.SERVICE, Ask.PROBLEM, Ask.ANYTHING_ELSE, Ask.WANT_BOOKING, Ask.HUMAN_OFFER}
)
_ANYWHERE = frozenset({Matter.COMPLAINT, Matter.NO_SHOW, Matter.INVOICE, Matter.WARRANTY})
"""What is told whatever was asked; the others are wishes that belong to a conversation's ends."""

_NEVER_OF_A_VISIT = frozenset({Matter.DATA, Matter.ANOTHERS_NUMBER})
"""Wishes that are told of no visit, whatever of it was asked."""

_OFFERED = frozenset({Matter.WORK, Matter.TRADE})
"""What is no trouble of a customer's: a person is offered for it, and fetched for a yes."""

_TOLD_OF_THE_VISIT = frozenset({Ask.NOTES, Ask.ADDRESS, Ask.SAFETY, Ask.AFTER_DANGER})


@dataclass(frozen=True, slots=True)
class MatterHeard:
    """What a person is told it is about; `offer`: they are offered first, not fetched at once."""

    name: str
    offer: bool = False


def hear_peoples_matter(
    text: str, tokens: tuple[str, ...], business: Business, ask: Ask, facts: Facts
) -> MatterHeard | None:
    """The matter of a turn that needs a person, or ``None``.

    Args:
        text: the turn.
        tokens: `matching.words` of it.
        business: names what its callers ask that only people do.
        ask: the open question: where facts of the visit are asked for, nothing is a matter.
        facts: without a booking there is no link to miss.
    """
    matter = Matter.ANOTHERS_NUMBER if spares_another(text) else hear_matter(text)
    if ask in _TOLD_OF_THE_VISIT and matter not in _NEVER_OF_A_VISIT:
        return None
    if matter is Matter.NO_LINK:
        linked = facts.booking is not None or ask in {Ask.HELP, Ask.ANYTHING_ELSE}
        return MatterHeard(matter.value, offer=True) if linked else None
    if matter in _OFFERED and ask in _OPEN_ASKS:
        return MatterHeard(matter.value, offer=True)
    if matter is not None and (ask in _OPEN_ASKS or matter in _ANYWHERE | _NEVER_OF_A_VISIT):
        return MatterHeard(matter.value)
    if ask not in _OPEN_ASKS or hear_service(tokens, business) is not None:
        return None
    named = (
        one.name
        for one in business.escalation.matters
        for phrase in one.heard
        if (span := find(phrase, tokens, gap=1)) and not negated(span, tokens, phrase)
    )
    found = next(named, None)
    return MatterHeard(found) if found is not None else None
