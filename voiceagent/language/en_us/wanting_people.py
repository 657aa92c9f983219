"""A wish to speak with a person, told from a wish for a person to come, or a person who is there.

"Give me a person", "let me talk to somebody real", "can I have the manager", "I'd rather deal with
a human" are wishes to speak; "I need someone to come out" is a visit, "there'll be a person home" a
note.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from voiceagent.language.en_us.matching import words
from voiceagent.language.en_us.names import is_first_name

_KIND = r"(?:(?:an?|the|your|some|any|one|real|live|actual|human|another|different|other|of the) )*"
_HUMAN = (
    r"(?:person|human(?: being)?|people|representative|rep|agent|operator|receptionist|secretary|"
    r"manager|supervisor|boss|owner|dispatcher|dispatch|customer service|front desk|main desk|"
    r"human resources|office manager|somebody real|someone real|duty manager|reception|customer (?:care|support)"  # noqa: E501
    r"|support (?:team|staff)|foreman|higher ups?|(?:person|somebody|someone) in charge|(?:somebody|someone|anybody) (?:live|human|alive)"  # noqa: E501
    r"|front office|main office|staff member|member of staff|attendant|associate|concierge|live (?:body|one|voice))"  # noqa: E501
)
_ANYONE = r"(?:somebody|someone|anybody|anyone|him|her|them|the office|the owner|the technician|the tech|a technician|a tech|mister \w+)"  # noqa: E501
_REACH = (
    r"(?:talk|talking|speak|speaking|chat|deal|connected|transferred|put through|patched through)"
)
_GIVE = (
    r"(?:give me|get me|get|let me have|put me (?:on|through)(?: (?:to|with))?|connect me"
    r"(?: (?:to|with))?|transfer me(?: to)?|pass me(?: (?:to|on to))?|switch me(?: over)?(?: to)?|"
    r"patch me through(?: to)?|hand me(?: over)?(?: to)?|forward me(?: to)?|"
    r"(?:i|we) (?:\w+ )?(?:want|need|prefer|like|would like|demand|request)(?: to have)?|"
    r"(?:can|could|may) (?:i|we) (?:please )?(?:have|get|reach)|is there|are there|"
    r"how (?:do|can) i (?:get|reach|talk to|speak to|speak with))"
)
_NOT_TO_COME = (
    r"(?! (?:to (?:come|look|fix|be|check|see|take|help me with (?:the|my)|install|repair|clean|"
    r"service|replace|meet|let)|home|here at|out|over|at (?:the|my) (?:house|door)|who can (?:come|"
    r"fix|look)|name|hours|that comes|tonight|tomorrow|today|as soon|asap|right away|in the house))"
)
_BY_NAME = "the technician"
"""What stands for the name of one of the staff."""

_TO_NAME = re.compile(
    r"\b(?:can i|could i|may i|to|please|let me|just) (?:talk|speak|chat) (?:to|with)"
    r" (?P<name>[a-z]+)\b"
)
_WISHES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\b{_REACH} (?:to|with) {_KIND}(?:{_HUMAN}|{_ANYONE})\b",
        rf"\bput {_BY_NAME} on\b|\bis {_BY_NAME} there\b",
        rf"\b{_GIVE} {_KIND}{_HUMAN}\b{_NOT_TO_COME}",
        rf"^(?:(?:no|please|just|um|uh|hi|hello|okay|yes|look|listen) )*{_KIND}{_HUMAN}(?: please| now)*$",  # noqa: E501
        r"\b(?:put|get|connect|transfer) (?:me|us) (?:through )?(?:to |with )?(?:somebody|someone)\b",  # noqa: E501
        r"\b(?:rather|prefer|like) (?:to )?(?:have |get |use )?(?:an? )?(?:actual |real |live )?(?:person|human)\b",  # noqa: E501
        r"\b(?:transfer|connect) me\b(?! (?:the|a|my) (?:link|text|confirmation))",
        r"\bnot (?:want|like|need) (?:a |an |the |this |your |some |no )*(?:machine|robot|computer|bot|recording)\b",  # noqa: E501
        r"\bnot (?:want|like|going) to (?:talk|speak|deal) (?:to|with) (?:a |an |the |this |your )*(?:machine|robot|computer|bot|recording|ai)\b",  # noqa: E501
        r"\b(?:who|somebody|someone|anybody|anyone|person|lady|man|woman|guy|gentleman)(?: \w+){0,4}? (?:i|we) (?:can|could|may|might) (?:please )?(?:speak|talk|chat) (?:to|with)\b",  # noqa: E501
        r"\b(?:is there|are there|do you have|have you got|can i (?:get|have)|i need|i want) (?:somebody|someone|anybody|anyone|a person|people) (?:there )?(?:who|that) (?:speaks?|talks?|knows|can (?:help|answer|explain|speak))\b",  # noqa: E501
        rf"\b(?:have|get) (?:a |an )?(?:quick )?(?:word|words|chat|talk) with {_KIND}(?:{_HUMAN}|{_ANYONE})\b",  # noqa: E501
        r"\b(?:transfer|connect|forward|pass|route|patch|put) (?:the|this|my) call\b|\bput (?:me|us) (?:through|on) (?:to|with)\b",  # noqa: E501
        rf"\bis {_KIND}{_HUMAN} (?:there|around|in|available|free|about)\b",
        r"\b(?:is there|are there) (?:anybody|anyone|somebody|someone|a person|a human|people)(?: \w+)? (?:there|real|i can|available|in the office|who works)\b",  # noqa: E501
    )
)


def wants_person(text: str, staff: Iterable[str] = ()) -> bool:
    """Whether the turn asks to speak with a person; never raises.

    Args:
        text: the turn.
        staff: names of people who may be asked for, in small letters; whole names first.
    """
    said = " ".join(words(text))
    for name in staff:
        said = re.sub(rf"\b{re.escape(name)}\b", _BY_NAME, said)
    by_name = _TO_NAME.search(said)
    if by_name is not None and is_first_name(by_name["name"]):
        return True
    found = next((hit for p in _WISHES if (hit := p.search(said))), None)
    return found is not None and not re.search(
        r"\b(?:not|never|no need to) (?:\w+ )?$", said[: found.start()]
    )
