"""What callers ask for beside an errand: to be called back, a part, something to be remembered."""

from __future__ import annotations

import re
from dataclasses import dataclass

from voiceagent.domain.customer_facts import FactKind
from voiceagent.language.en_us.lexicon import vocabulary
from voiceagent.language.en_us.matching import words

_WHO = (
    r"(?:some(?:one|body)|him|her|them|they|he|she|(?:a|an|the|your|my|one of your) (?:\w+ )?\w+)"
)
_RING = r"(?:call|ring|phone)"
_BACK = re.compile(
    rf"\b{_RING} (?:me|us) back\b"
    rf"|\bgive (?:me|us) a (?:{_RING}|ring|buzz)(?: back)?\b"
    rf"|\b(?:have|get|ask|let) {_WHO} (?:to )?{_RING} (?:me|us)\b"
    rf"|\b(?:can|could|would|will|may) {_WHO} (?:please )?{_RING} (?:me|us)\b"
    r"|\b(?:want|need|like|request|get|have|schedule|arrange|set up|leave)(?: to (?:have|get|request))?"  # noqa: E501
    r" (?:a |the )?(?:call ?back|return call)\b"
    r"|^(?:(?:um|uh|yes|yeah|just|please|hi|hello|a|i would like a) )*call ?back(?: please)?$"
)
_NOT_NOW = re.compile(
    rf"\b(?:not|never|no one|nobody|stop|no need(?: to)?|rather not|without)\b(?: \w+){{0,4}} {_RING}\b"  # noqa: E501
    r"|\b(?:did|was|were)(?: \w+){0,3} (?:call|called|rung|phoned) (?:me|us)\b"
    r"|\b(?:has|have|had)(?: \w+){0,3} (?:called|rung|phoned) (?:me|us)\b"
    r"|\b(?:nobody|no one|never) (?:\w+ )?(?:called|rang|phoned)\b"
    rf"|\b{_RING} (?:me|us)(?: \w+){{0,2}} (?:when|before|once|if|as soon as|on the way|on (?:his|her|their) way)\b"  # noqa: E501
    rf"|\bif\b(?: \w+){{0,6}} {_RING} (?:me|us)\b"
    r"|\b(?:number|line|phone) (?:that )?you can\b|\byou can (?:always )?(?:call|ring|reach)\b"
)
"""What speaks of calls and wants none: a complaint, a note for who comes, a number."""

_PART_CUE = re.compile(
    r"\b(?:in stock|on hand|on order|back ordered|backordered|eta|come in|comes in|came in|coming in"  # noqa: E501
    r"|arrive|arrives|arrived|shipped|ship|delivered|carry|do you have|have you got|got any)\b"
)
_PART_WHEN = re.compile(
    r"\b(?:show up|get here|be here|be in|is here|available|how long|how soon|when)\b"
)
"""What may as well be asked of whoever comes: it counts beside the word "part" only."""

_PART_WORD = re.compile(r"\b(?:part|parts|spare|replacement part)\b")

_REMEMBER = re.compile(
    r"\b(?:please )?(?:remember|keep in mind|bear in mind|make a note|take a note|put (?:it |that )?"  # noqa: E501
    r"on (?:my|our) (?:file|account|record)|note (?:it |that )?(?:down )?(?:for|on) (?:next|the future|my"  # noqa: E501
    r"|our)|write down|save)\b(?:(?: it| this| down| on my file| for next time| for the future| please"  # noqa: E501
    r"| of it| somewhere)* (?:that|,|to))? (?P<fact>.+)"
    r"|\bfor (?:next time|the future|future visits|my file|our file)\b,? (?P<then>.+)"
)
_DO_YOU = re.compile(
    r"\b(?:do|did) (?:not )?(?:you|i|they|she|he) (?:\w+ )?(?:remember|save)\b|\bnot remember\b"
    r"|\b(?:i|we) (?:\w+ )?(?:remember|save|saved)\b|\bsave (?:me|money|some|us)\b"
)
_LEADING = re.compile(r"^(?:that |this |please |it is that |just )+")
_KINDS: tuple[tuple[FactKind, re.Pattern[str]], ...] = (
    (FactKind.PETS, re.compile(r"\b(?:dogs?|cats?|pets?|puppy|puppies|parrots?|animals?)\b")),
    (
        FactKind.ACCESS,
        re.compile(
            r"\b(?:gate|key|keys|lock ?box|door|garage|driveway|entrance|buzzer|code|alarm|stairs"
            r"|park|parking|fence|side yard|back yard|backyard)\b"
        ),
    ),
    (
        FactKind.LANGUAGE,
        re.compile(
            r"\b(?:speak|speaks|language|spanish|french|english|mandarin|deaf|interpreter)\b"
        ),
    ),
    (
        FactKind.CONTACT,
        re.compile(r"\b(?:text|email|e mail|call|ring|reach|contact|voicemail|message)\b"),
    ),
    (
        FactKind.BEST_TIME,
        re.compile(
            r"\b(?:mornings?|afternoons?|evenings?|weekends?|weekdays?|after work|work nights"
            r"|before noon|only home|home on|nights)\b"
        ),
    ),
    (FactKind.NAME, re.compile(r"\b(?:go by|goes by|called|call me|name is|nickname)\b")),
    (
        FactKind.EQUIPMENT,
        re.compile(r"\b(?:unit|system|model|brand|serial|filter|furnace|machine|installed|room)\b"),
    ),
)


_TALK = (
    r"\b(?:talk|talking|speak|speaking|chat|consult|get on the (?:phone|line)|connect me|"
    r"put me through|transfer me|put me on) (?:to|with) "
)
_COMES = r"(?:technicians?|techs?|mechanics?|engineers?|repair ?m[ae]n|service (?:guy|person))\b"
_ANY_TECHNICIAN = re.compile(
    rf"{_TALK}(?:(?:an?|the|my|your|one of|some) )*(?:\w+ )?{_COMES}"
    rf"|\b(?:get|have|put) (?:(?:an?|the|my|your) )?{_COMES} on (?:the|this) (?:phone|line|call)\b"
)


@dataclass(frozen=True, slots=True)
class FactHeard:
    """Something that a caller wants to be kept of them, in their words."""

    kind: FactKind
    value: str


def asks_call_back(text: str) -> bool:
    """Whether somebody is to call the caller back; never raises."""
    said = " ".join(words(text))
    return _BACK.search(said) is not None and _NOT_NOW.search(said) is None


def asks_technician(text: str, name: str = "") -> bool:
    """Whether the caller wants to talk to one of those who come.

    Args:
        text: the turn.
        name: the first name of one of them, to be asked for by it; any of them when empty.
    """
    said = " ".join(words(text))
    if not name:
        return _ANY_TECHNICIAN.search(said) is not None
    return re.search(rf"{_TALK}{re.escape(name.lower())}\b", said) is not None


def asks_of_part(text: str, named: bool) -> bool:
    """Whether a part is asked after.

    Args:
        text: the turn.
        named: a part that the business knows is in it; otherwise the word "part" has to be.
    """
    said = " ".join(words(text))
    if _PART_WORD.search(said) is not None:
        return _PART_CUE.search(said) is not None or _PART_WHEN.search(said) is not None
    return named and _PART_CUE.search(said) is not None


def hear_fact(text: str) -> FactHeard | None:
    """What the caller wants to be remembered, if they ask for it in so many words."""
    said = " ".join(words(text))
    if _DO_YOU.search(said):
        return None
    found = _REMEMBER.search(said)
    if found is None:
        return None
    value = _LEADING.sub("", found["fact"] or found["then"] or "").strip()
    if len(value.split()) < 2:  # noqa: PLR2004 - "remember me" tells nothing
        return None
    kind = next((kind for kind, cue in _KINDS if cue.search(value)), FactKind.OTHER)
    return FactHeard(kind, value)


_DISCOUNTS = vocabulary(
    "discount discounts senior seniors military veteran veterans promo promotion promotions"
)
"""A lower price of a kind that a business may grant, unlike one that is only wished for."""


def asks_for_a_discount(text: str) -> bool:
    """Whether a turn names a discount: "got a senior discount"; "any cheaper?" does not."""
    return not _DISCOUNTS.isdisjoint(words(text))
