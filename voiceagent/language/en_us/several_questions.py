"""Several questions in one turn, taken apart: "what time do you open, and do you take checks?".

A question begins where a sentence or a part of a list does, with a word that asks ("what", "how") or
with a verb before its subject ("do you", "is it"). What stands before the first one belongs to it.
"""  # noqa: E501

from __future__ import annotations

import re

_ASKING = (
    r"(?:what|when|where|which|who|why|how)(?:'s|'re|s)?\b"
    r"|(?:do|does|did|is|are|was|can|could|will|would|should|may|must|am|have|has)(?:n't)? "
    r"(?:i|we|you|u|he|she|it|they|there|that|this|these|those|the|my|your|our|an?|any|some"
    r"|somebody|someone|anybody|anyone)\b"
)
_JOINS = r"(?:(?:and|also|plus|or|oh|then|so|but|uh|um)[, ]+)*"
_BORDER = re.compile(
    rf"(?:\s*[?.!;,]+\s*(?P<loose>{_JOINS})|\s+(?:and|plus|or|also)[, ]+{_JOINS})"
    rf"(?=(?:(?:for|at|on|in|to) )?(?:{_ASKING}))",
    re.IGNORECASE,
)
_ASKS = re.compile(rf"\b(?:{_ASKING})", re.IGNORECASE)

_BEGINS = re.compile(
    rf"^\W*(?:(?:and|also|so|but|um|uh|oh|ok|okay|well|hey|yes|yeah|no|nope|just|quick question)[,.:; ]+)*(?:{_ASKING})",  # noqa: E501
    re.IGNORECASE,
)
_REQUEST = re.compile(
    r"\b(?:can|could|would) (?:you|he|she|they|somebody|someone|the \w+)\b", re.IGNORECASE
)


def is_asked(text: str) -> bool:
    """Whether a turn begins as a question, which is no request ("can he knock"); never raises."""
    return _BEGINS.search(text) is not None and _REQUEST.search(text) is None


def questions_in(text: str) -> tuple[str, ...]:
    """The questions of a turn, in its words and order; all of it when there is only one.

    Empty when it asks nothing. Never raises.
    """
    parts: list[str] = []
    start = 0
    for border in _BORDER.finditer(text):
        parts.append(text[start : border.start()])
        start = border.end()
    parts.append(text[start:])
    found: list[str] = []
    before = ""
    for part in (one.strip(" ,;.!") for one in parts):
        whole = f"{before}, {part}" if before else part
        if _ASKS.search(part):
            found.append(whole)
            before = ""
        else:
            before = whole
    return tuple(found)
