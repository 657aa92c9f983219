"""What a caller only supposes: "if I cancel", "if it's refundable", "unless my wife says no".

A supposed deed is no wish for it, and a yes on a condition is not yet a yes. "If" that stands for
"whether" ("can you tell me if you come on Fridays") supposes nothing, and neither does courtesy
("if you can", "if possible").
"""

from __future__ import annotations

import re

_WHETHER = (
    r"(?<!know )(?<!tell me )(?<!see )(?<!check )(?<!ask )(?<!asking )(?<!wondering )(?<!wonder )"
    r"(?<!sure )(?<!find out )(?<!as )(?<!remember )"
)
_COURTESY = (
    r"(?! (?:you can|you could|possible|you do not mind|you would|you don't mind|that is (?:ok|okay|"  # noqa: E501
    r"all right|fine|possible)|that's (?:ok|okay|all right|fine|possible)|that works|i may|not|so|"
    r"anything|you have (?:it|one|that|anything|something|time)|it is possible|it's possible|need be|"  # noqa: E501
    r"you like|you want|there is (?:anything|something|one|a)|there's (?:anything|something|one|a)|"
    r"he can|she can|they can|somebody can|someone can|you guys can|we can|i can|i could|"
    r"you please|that's (?:what|how|the)|that is (?:what|how|the)|it's (?:what|how)|i have to|we have to|i must)\b)"  # noqa: E501
)
_IF = re.compile(
    rf"{_WHETHER}\b(?:if|unless|in case|(?<!i )(?<!we )(?<!i'd )suppose|supposing|provided|providing|assuming"  # noqa: E501
    rf"|(?:as |so )?long as|what happens when|before (?=(?:i|we) (?:book|decide|commit|say|agree|schedule|sign)\b))\b{_COURTESY}"  # noqa: E501
    r"[^,.;!?]*?(?=$|[,.;!?]|\bthen\b|\b(?:do|does|will|would|can|could|is|are|what|how) "
    r"(?:i|we|you|it|they|that|the|much)\b|(?<=\w\w )(?:i'm|i am|i'll|i will|we'll|we will|i'd)\b)",
    re.IGNORECASE,
)
_LATER = re.compile(
    r"\b(?:after|once|when|until|as soon as|but (?:first|let me)|let me|i (?:have|need|want|'d like)"  # noqa: E501
    r" to|i gotta|i'll have to|i've got to|i should|i better)\s+(?:first )?(?:(?:i|we|i've|we've)\s+)?"  # noqa: E501
    r"(?:just )?(?:ask|asked|check|checked|talk|talked|speak|spoke|spoken|call|called|confirm|"
    r"think|run (?:it|this) by|discuss|see what|look at|consult|clear it)\b",
    re.IGNORECASE,
)


_HANGS = re.compile(
    r"\b(?:if|unless|provided|as long as) (?:you|you guys|they|he|she|somebody|someone) "
    r"(?:can|could|will|would) (?!please\b|make it\b|that\b|it\b)\w+",
    re.IGNORECASE,
)
"""A courtesy that goes on is a condition: "yes, if you can promise that"."""

_ARRIVES = (
    r"(?:come|comes|came|get here|gets here|arrives?|shows? up|pulls? up|knocks?|rings?|calls?"
    r"|finish(?:es)?|leaves?|(?:is|are|'s|'re) (?:here|there|done|outside|on (?:the|your|his|her|their) way))"  # noqa: E501
)
_EVENT = re.compile(
    r"\b(?:once|when|whenever|(?:as )?soon as|after|until|till|before)\s+"
    r"(?:(?:my|our|his|her) \w+|(?:i|we|he|she|you|you guys)(?:'ve|'s|'re)?|the (?!next\b|first\b|second\b|other\b)\w+(?: \w+)?)"  # noqa: E501
    rf"\s+(?!of\b|at\b|on\b|in\b|and\b|or\b|please\b|{_ARRIVES}\b)\w+",
    re.IGNORECASE,
)
"""Something that has to happen first: "once my landlord signs off". That somebody comes is none."""

_HANGS_ON = re.compile(
    r"\b(?:pending|subject to|depending on|contingent (?:up)?on|conditional (?:up)?on"
    r"|only (?:once|when|after))\b",
    re.IGNORECASE,
)


def supposes(text: str) -> bool:
    """Whether something in a turn is only supposed."""
    return _IF.search(text) is not None


def without_suppositions(text: str) -> str:
    """The turn without what is only supposed; never raises."""
    return _IF.sub(" ", text)


def asks_somebody_first(text: str) -> bool:
    """As in "after I ask my wife", "let me check with my husband first"."""
    return _LATER.search(text) is not None


def is_conditional(text: str) -> bool:
    """Whether what a turn agrees to hangs on something: a condition, or somebody to be asked."""
    said = text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    first = (_HANGS, _EVENT, _HANGS_ON)
    return supposes(text) or asks_somebody_first(text) or any(one.search(said) for one in first)
