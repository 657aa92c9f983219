"""How the words around an hour limit a window: "after five", "not before ten", "too early".

An hour that is refused, or called too early or too late, is a bound and no wish for that hour.
"""

from __future__ import annotations

import re
from enum import StrEnum


class Bound(StrEnum):
    """How an hour limits a window."""

    AT = "at"
    AFTER = "after"
    BEFORE = "before"
    TOO_EARLY = "too_early"
    TOO_LATE = "too_late"
    REFUSED = "refused"


_TOO = re.compile(
    r"^(?:(?:in the|at) \w+ )?(?:am |pm )?(?:(?:s|is|are|was|would be|'d be|will be|might be|may be|seems|sounds|"  # noqa: E501
    r"feels|gets) )?(?:(?!not\b)\w+ ){0,2}?(?:too|a bit|a little|way too|kind of|kinda|pretty|rather|so) "  # noqa: E501
    r"(?P<which>early|soon|late)\b"
)
_TOO_BEFORE = re.compile(
    r"\b(?<!not )too (?P<which>early|soon|late)(?: for (?:me|us))?(?: at| is)?$"
)
_REFUSED_AFTER = re.compile(
    r"^(?:am |pm )?(?:really |just |definitely )?(?:does not|doesn't|do not|don't|will not|won't|would not|wouldn't|"  # noqa: E501
    r"is not|isn't|s not|can't|cannot) (?:really |going to )?(?:work|suit|fit|do|good|possible|ok|okay|great)\b"  # noqa: E501
    r"|^(?:is|s|would be) (?:no good|bad|out|impossible)\b"
)
_REFUSED_BEFORE = re.compile(
    r"\b(?:(?:can't|cannot|can not|couldn't|won't|will not) (?:do|make|make it|come|be (?:there|here|home))"  # noqa: E501
    r"|not|anything but|any ?time (?:but|except|other than)|except)"
    r"(?: at| for| around)?$"
)

_BOUNDS = {
    "after": Bound.AFTER, "past": Bound.AFTER, "since": Bound.AFTER, "before": Bound.BEFORE,
    "by": Bound.BEFORE, "until": Bound.BEFORE, "till": Bound.BEFORE, "til": Bound.BEFORE,
}  # fmt: skip
_SAID_AFTER: dict[tuple[str, ...], Bound] = {
    ("or", "later"): Bound.AFTER, ("or", "after"): Bound.AFTER,
    ("at", "the", "earliest"): Bound.AFTER, ("or", "earlier"): Bound.BEFORE,
    ("or", "before"): Bound.BEFORE, ("at", "the", "latest"): Bound.BEFORE,
}  # fmt: skip
_SUITS = frozenset({"work", "works", "suit", "suits", "fit", "fits"})
"""What an offer does not do ("those don't work, before noon") limits no hour."""

_DENIALS = frozenset({"not", "don't", "can't", "never", "won't", "isn't", "nothing"})


_TO_BE_GONE = re.compile(
    r"\b(?:(?:i|we|he|she|they)(?:'m|'ll|'re|'ve)? (?:will |am |are |is )?(?:(?:have|has|need|needs|got|gotta|going|want|must|should|ought) (?:to )?)*"  # noqa: E501
    r"(?:leave|leaving|go|be gone|be out|be out of here|head out|heading out|take off|be at work|be somewhere|catch a \w+)"  # noqa: E501
    r"|(?:my|our|his|her) (?:shift|flight|bus|train|class|meeting) (?:starts?|begins?|leaves?|is)) (?:here )?at$"  # noqa: E501
)
"""By that hour nobody is there any more."""

_TO_BE_THERE = re.compile(
    r"\b(?:i|we|he|she|they)(?:'m|'ll|'re|don't)? (?:will |am |are |is |don't |usually |only )*"
    r"(?:(?:get |gets |getting |come |comes |be )?(?:home|back|off|off work|back home|in|out of work|done|finished|free|available)"  # noqa: E501
    r"|get up|wake up|finish(?:es)?(?: work)?) (?:from work )?at$"
)
"""From that hour on somebody is there."""

_TELLS_OF_NOTHING = re.compile(
    r"\b(?:(?:there|you|they) (?:is|are|'s|'re|have|has|had|got|offer|don't have)|there's"
    r"|you've(?: got)?|is there|are there|do you have|have you(?: got)?) (?:really |just )?"
    r"(?:nothing|not anything|no \w+)\b"
)
"""What is not on offer is told or asked, and wished for: "there is nothing after five?"."""

_POINTS_BACK = re.compile(
    r"^.{0,40}?\b(?P<which>before|by|after|past|since|till|until) (?:that|then)\b"
)
"""A bound that follows the hour it is of: "I have class at two, so before that"."""


def _told_around(tokens: tuple[str, ...], at: int, end: int) -> Bound | None:
    """How an hour that is no wish itself limits one: what happens then, or a word back to it."""
    back = _POINTS_BACK.search(" ".join(tokens[end:]))
    if back is not None:
        return _BOUNDS[back["which"]]
    before = " ".join(tokens[:at])
    if _TO_BE_GONE.search(before):
        return Bound.BEFORE
    return Bound.AFTER if _TO_BE_THERE.search(before) else None


def denied_as(tokens: tuple[str, ...], at: int, end: int) -> Bound | None:
    """How the hour at [at, end) is refused: "too early", "won't work", "can't do"; else ``None``.

    A refused bound is the opposite bound ("not before ten"), which is no refusal of the hour.
    """
    before, after = " ".join(tokens[:at]), " ".join(tokens[end:])
    too = _TOO.search(after) or _TOO_BEFORE.search(before)
    if too is not None:
        return Bound.TOO_LATE if too["which"] == "late" else Bound.TOO_EARLY
    if _REFUSED_AFTER.search(after) or _REFUSED_BEFORE.search(before):
        return Bound.REFUSED
    return None


def bound_of(tokens: tuple[str, ...], at: int, end: int, since: int = 0) -> Bound:
    """How the words around the hour at [at, end) limit a window.

    A denial turns it round only in its own clause, which begins at `since`: "it isn't running,
    before noon please".
    """
    before = tokens[at - 1] if at else ""
    earlier = tokens[max(since, at - 3) : max(since, at - 1)]
    after = tokens[end : end + 2]
    if before == "than":
        return Bound.AFTER if "earlier" in earlier else Bound.BEFORE
    if after[:1] in {("on",), ("onwards",), ("onward",)} and before == "from":
        return Bound.AFTER
    said_after = _SAID_AFTER.get(after) or _SAID_AFTER.get(tokens[end : end + 3])
    if said_after is not None:
        return said_after
    bound = _BOUNDS.get(before, Bound.AT)
    told = _told_around(tokens, at, end) if bound is Bound.AT else None
    if told is not None:
        return told
    denied = not _DENIALS.isdisjoint(earlier) and _SUITS.isdisjoint(earlier)
    denied = denied and _TELLS_OF_NOTHING.search(" ".join(tokens[since:at])) is None
    turned = {Bound.AFTER: Bound.BEFORE, Bound.BEFORE: Bound.AFTER, Bound.AT: Bound.AT}
    return turned[bound] if denied and before in {"before", "after", "until", "till"} else bound
