"""What a caller wants of a booking they have, beside moving or cancelling it."""

from __future__ import annotations

import re

from voiceagent.language.en_us.matching import words

_MINE = r"(?:my|our|the|this|that) (?:\w+ ){0,2}?(?:appointment|booking|reservation|visit|slot)"
_VISITORS = r"(?:technician|tech|guy|somebody|someone|you|you guys|they|he|she|driver|shuttle)"
_WHEN = r"(?:when|what (?:time|day|date))"
_ON_THE_WAY = r"(?:\w+ )?(?:coming|arriving|going to (?:come|be here|get here|arrive|show up))"
_STANDS = (
    r"(?:go|gone|went|come|came|made|confirmed|booked|saved|in\b|set\b|on\b|there|okay|ok|good)"
)
_DOWN = r"(?:booked|scheduled|confirmed|in your|on the (?:list|schedule|books|calendar)|set for)"
_TELLS_ME = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\b{_WHEN} (?:\w+ )?(?:is|was|did i (?:have|make)|do i have|have i got) {_MINE}\b",
        rf"\b{_WHEN} {_MINE} (?:is|was)\b",
        rf"\b(?:look up|find|check(?: on)?|confirm|verify|see|pull up|remind me (?:of|about)) {_MINE}\b(?!.*\b(?:cancel|move|change))",  # noqa: E501
        r"\b(?:look up|find|check(?: on)?|pull up|see about) (?:an?|one|some) (?:\w+ )?(?:appointment|booking|reservation|visit)s?\b(?!.*\b(?:cancel|move|change|for (?:next|tomorrow|today)))",  # noqa: E501
        r"\bdo (?:i|we) (?:still )?have an? (?:\w+ )?(?:appointment|booking|reservation|visit)\b",
        rf"\b{_WHEN} (?:am i|are we) (?:booked|scheduled|down)\b|\bis {_MINE} still\b",
        rf"\b{_WHEN} (?:is|are) {_VISITORS} (?:supposed to (?:come|be here)|scheduled|booked)\b",
        rf"\b{_WHEN} (?:(?:is|are) {_VISITORS}|{_VISITORS} (?:is|are)) {_ON_THE_WAY}\b",
        rf"\b(?:did|has|have|had|is|was) {_MINE} (?:\w+ )?{_STANDS}",
        rf"\b(?:am i|are we) (?:all |still |really |actually |already )*{_DOWN}\b",
        rf"\b(?:did|have|do) you (?:guys )?(?:get|got|received?|have|book|save) {_MINE}\b",
        r"\bwhat (?:is|was) my (?:booking |confirmation )?code\b|\bforgot (?:when|what time) (?:my|our|the|i)\b",  # noqa: E501
        r"\b(?:have|got) (?:me|us) down for\b.*\b(?:when|what time)\b",
    )
)
_BOOKED = (
    r"\b(?:i|we|my \w+) (?:already |just |have |had )*(?:booked|scheduled|made (?:an|the|my) "
    r"appointment|set up (?:an|the|my) (?:appointment|visit)|have an? (?:\w+ )?(?:appointment|"
    r"booking))\b"
)
_AMENDS = re.compile(
    r"\b(?:forgot to (?:say|mention|tell|add|give)|(?:gave|given|told) (?:you )?(?:you |them )?(?:the|my) "  # noqa: E501
    r"wrong|wrong (?:address|name|number|phone|unit|apartment)|(?:want|need|like) to add|add (?:a|an|the|"  # noqa: E501
    r"something|that)|should (?:be|say|have been)|put (?:a|the|in a) note|update (?:my|the)|correct (?:my|the)"  # noqa: E501
    r"|change (?:my|the) (?:address|name|number|phone|notes?)"
    r"|(?:address|name|number|phone|unit|apartment|email) (?:\w+ ){0,3}?(?:is|was|are) "
    r"(?:all )?(?:wrong|not right|not correct|incorrect|off|old|misspelled))\b"
)
_TO_A_BOOKING = re.compile(
    r"\b(?:add|put|attach|note|change|update|correct|fix)\b.{0,40}\b(?:to|on|for|in|of) (?:my|our|the) "  # noqa: E501
    r"(?:\w+ )?(?:appointment|booking|reservation|visit|order)\b"
)
_DETAIL = r"(?:address|name|number|phone|unit|apartment|email|note|notes|gate code)"
_OWN_BOOKING = rf"(?:{_MINE}|i have an? (?:appointment|booking|visit|reservation))"
_WRONG_DETAIL = re.compile(
    rf"\b{_DETAIL} (?:\w+ )?(?:on|for|of|in) {_MINE}\b.*\b(?:wrong|not right|changed?|incorrect|different|new|fix|old|updat\w+|chang\w+|correct\w+)\b"  # noqa: E501
    rf"|\b{_OWN_BOOKING}\b.*\b(?:moved|another|different|wrong|new|change the|add|forgot)\b.*\b{_DETAIL}\b"  # noqa: E501
    rf"|\b{_OWN_BOOKING}\b.*\badd (?:something|a note|one thing)\b"
)
"""A booking they have, and a detail of it that is not as it should be."""


def asks_for_own(text: str) -> bool:
    """Whether the caller asks when their appointment is."""
    said = " ".join(words(text))
    return any(pattern.search(said) for pattern in _TELLS_ME)


def amends_booking(text: str) -> bool:
    """Whether the caller adds to, or puts right, a booking they made before."""
    said = " ".join(words(text))
    if _WRONG_DETAIL.search(said):
        return True
    if _TO_A_BOOKING.search(said) and not re.search(r"\b(?:time|day|date|move)\b", said):
        return True
    return re.search(_BOOKED, said) is not None and _AMENDS.search(said) is not None
