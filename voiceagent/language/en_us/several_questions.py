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


_ASKS_WHAT = re.compile(
    r"^\W*(?:(?:and|also|so|but|um|uh|oh|ok|okay|well|hey|yes|yeah|no|nope|just)[,.:; ]+)*"
    r"(?:how (?:soon|long|late|early|fast|quickly|often|far|much|many)"
    r"|what|when|where|which|why)\b",
    re.IGNORECASE,
)
"""What is asked is no request, whoever is spoken of: "how soon can you be here"."""


def is_asked(text: str) -> bool:
    """Whether a turn begins as a question, which is no request ("can he knock"); never raises."""
    if _BEGINS.search(text) is None:
        return False
    return _REQUEST.search(text) is None or _ASKS_WHAT.search(text) is not None


_SUBJECT = (
    r"(?:i|we|you|he|she|it|they|there|that|this|these|those|the|my|your|our|an?|any|some"
    r"|somebody|someone|anybody|anyone)\b"
)
_HELPS = r"(?:do|does|did|is|are|was|were|can|could|will|would|should|may|must|am|have|has)(?:n't)?"
_INVERTED = (
    rf"(?:(?:what|when|where|which|who|why|how)"
    rf"(?:'s|'re|'ll|'d| (?:(?!{_SUBJECT})\w+ ){{0,2}}?{_HELPS} {_SUBJECT})"
    rf"|how (?:much|many|long|soon|late|far|often|come|about)\b|what (?:about|if|happens|else)\b"
    rf"|who (?:is|does|will|pays|comes)\b"
    rf"|(?!do (?:it|that|this)\b|would you\W*$){_HELPS} {_SUBJECT})"
)
"""A question by its word order, which "when they come, use the side door" has not."""

_ASSENT = (
    r"(?:yes|yeah|yep|yup|sure|ok|okay|alright|all right|right|correct|fine|good|great|perfect"
    r"|absolutely|definitely|exactly|please|thanks|thank you|ma'am|sir|dear|mm-?hm+|uh-?huh"
    r"|and|but|so|also|then|well|um|uh|oh|i guess|i think so|just one (?:thing|question)"
    r"|(?:one|a|quick|another|one more)(?: quick| last)? question|before that"
    r"|(?:that|it|everything|this)(?:'s| is| sounds| looks| all sounds) (?:all )?"
    r"(?:right|correct|fine|good|great|okay|ok|perfect)|sounds (?:right|good|fine|great)"
    r"|that works|works for me"
    r"|(?:please )?(?:go ahead|book it|do it|do that|let's do it|schedule it)(?: please| then| and book it)?)"  # noqa: E501
)
_BEHIND = re.compile(rf"^\W*(?:{_ASSENT}\b[\s,.;:!-]*)*(?={_INVERTED})", re.IGNORECASE)
_ONLY_ASSENT = re.compile(rf"^\W*(?:{_ASSENT}\b\W*)*", re.IGNORECASE)
_PARTS = re.compile(r"[.?!;,]+\s*|\s+(?=(?:and|but|plus|also)\s)")
_ASKS_THE_ACT = re.compile(
    r"\b(?:can|could|would) you (?:please |just |kindly |go ahead and )*"
    r"(?:book|schedule|reserve|go ahead|do (?:it|that)|set|put|confirm|make|get|text|send|e-?mail"
    r"|mail|call|ring|have|let|ask|note|add|tell (?:him|her|them|the|your|mike))\b",
    re.IGNORECASE,
)
"""A request, which takes nothing of a yes back: "yes, can you text me the link"."""

_FEWEST_ASKED = 2


def asks_beside_assent(text: str) -> bool:
    """Whether a question stands in what agrees or behind it: "yeah, how will they get in touch".

    Nobody has agreed who still asks. A request ("could you text me the link") is no question;
    neither is a relative clause ("yes, that's what I want"). Never raises.
    """
    said = text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    asked = [part for part in _PARTS.split(said) if _BEHIND.search(part)]
    if any(not _ASKS_THE_ACT.search(part) for part in asked):
        return True
    rest = _ONLY_ASSENT.sub("", said).split()
    return not asked and said.rstrip().endswith("?") and len(rest) >= _FEWEST_ASKED


_ADDS = re.compile(
    r"^\W*(?:yes|yeah|yep|yup|sure|ok|okay|correct|right|please do|go ahead)\b"
    r"(?:[\s,]+(?:please|ma'am|sir|thanks|thank you))*[\s,]*\band\b",
    re.IGNORECASE,
)


def adds_a_question(text: str) -> bool:
    """Whether what is asked comes on top of a yes: "yes, and do I get my deposit back?"."""
    said = text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    return _ADDS.match(said) is not None


_CLAUSE_ENDS = re.compile(r"(?<=[,.;!?])\s+")
_ASIDE = re.compile(
    r"^\W*(?:(?:and|but|so|sorry|oh|well|um|uh|anyway)[, ]+)*"
    r"(?:i|i'm|i've|i'll|we|we're|we've|it's|it is|it has|my|our|he|she|they|this is|that's|you know|you see"  # noqa: E501
    r"|sorry|the (?:baby|kids|dog|wife|husband))\b",
    re.IGNORECASE,
)


def without_asides(text: str) -> str:
    """A question without what is only told behind it: "do you finance, I work nights you know".

    What stands before the question belongs to it. Never raises.
    """
    clauses = _CLAUSE_ENDS.split(text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'"))
    asks = next((at for at, one in enumerate(clauses) if _BEHIND.search(one)), None)
    if asks is None:
        return text
    rest = (one for one in clauses[asks + 1 :] if _BEHIND.search(one) or not _ASIDE.match(one))
    return " ".join((*clauses[: asks + 1], *rest)).strip(" ,")


def without_questions(text: str) -> str:
    """What a turn says beside its questions: "next week would be best" of "…, is there a warranty".

    "" where it only asks. Never raises.
    """
    clauses = _CLAUSE_ENDS.split(text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'"))
    told = (one for one in clauses if _PROPOSES.match(one) or not _BEHIND.search(one))
    return " ".join(told).strip()


_PROPOSES = re.compile(
    r"^\W*(?:(?:no|ok|okay|well|then|and|but|so)\W+)*(?:how|what) about\b", re.IGNORECASE
)


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
