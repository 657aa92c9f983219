"""Clauses that tell of a danger as past and over ("we had a small fire last year, nothing since").

A clause is put aside when it is told in the past and in no present, was long ago or is said *after*
it to be over, and nothing in the turn says that it is back or goes on ("again", "still", "now it
smells"). Short of that a danger is a present one: "it was fine yesterday, today it smells like gas",
"the furnace was fixed, and I smelled gas". Who was unwell may be so again: of people only what was
long ago is past.
"""  # noqa: E501

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from voiceagent.domain.not_literal import FIGURE

_CLAUSE: Final = re.compile(r"([,.;!?\n]+|\b(?:and|but|so|because|which|though|although)\b)")
_PAST: Final = re.compile(
    r"\b(?:had|was|were|went|used to|did|happened|found|came|smelled|smoked|burned|caught|tested)\b"
)
_PRESENT: Final = re.compile(
    r"\b(?:is|are|am|smelling|see|seeing|have|has|hear|coming|do|does|can|will|there|now)\b(?! was\b| were\b)"  # noqa: E501
    r"|\b(?:i|we|you|they|it|he|she|house|basement) smells?\b"
)
_LONG_AGO: Final = re.compile(
    r"\b(?:last|a couple(?: of)?|few|several|many|some|two|three|four|five|six|ten|\d+) "
    r"(?:weeks?|months?|years?|winters?|summers?|springs?|falls?|seasons?)\b"
    r"|\b(?:years?|months?|weeks?|ages) ago\b|\bback in\b|\bin (?:19|20)\d\d\b"
    r"|\b(?:last|in) (?:january|february|march|april|june|july|august|september|october|november|december)\b"  # noqa: E501
)
_OVER: Final = re.compile(
    r"\b(?:turned out|came back) (?:to be )?(?:fine|ok|okay|good|nothing|clear|normal)\b|\bnothing since\b"  # noqa: E501
    r"|\b(?:it|that|everything|all|they|now|is|was)(?: is| was| are| all)* (?:over|gone|fine|good|fixed|normal|"  # noqa: E501
    r"taken care of|cleared|replaced)\b(?! but)|\b(?:bad|faulty) (?:sensor|battery)\b|\bfalse alarm\b|\bwent away\b"  # noqa: E501
    r"|\b(?:they|we|he|she|somebody|someone) (?:fixed|replaced|repaired|cleared|closed|shut off) (?:it|that|the \w+)\b"  # noqa: E501
)
_ANEW: Final = re.compile(
    r"\b(?:again|still|keeps?|started|starts|is back|came back on|comes? back|right now|currently)\b"  # noqa: E501
    r"|\bjust (?:went|now|came)\b|\btoday (?:it|there|i|we)\b"
    r"|\bnow (?:it|there|i|we|he|she|they)(?: \w+)? (?:smells?|smoking|burning|feels?|leaks?|reads?|a smell)\b"  # noqa: E501
    r"|\b(?:thought|supposed|said) (?:it|they|he|that)\b"
)


def without_past(said: str, people: Iterable[str]) -> str:
    """A plain text without its clauses about what is past and over.

    Args:
        said: `safety_words.plain` of a turn.
        people: the business's signs of danger in people, plain.
    """
    if not _PAST.search(said) or _ANEW.search(said):
        return said
    parts = _CLAUSE.split(said)
    for at in range(0, len(parts), 2):
        clause = parts[at]
        if not _PAST.search(clause) or _PRESENT.search(clause):
            continue
        over = _OVER.search("".join(parts[at:])) is not None
        unwell = any(sign in clause for sign in people)
        if _LONG_AGO.search(clause) or (over and not unwell):
            parts[at] = f" {FIGURE} "
    return "".join(parts)
