"""Questions about what the business does, in which a hazard is only named ("do you do gas lines").

A turn is one when **all** of it can be read so: what is asked is a thing with the hazard as its
first part ("gas lines", "carbon monoxide detectors"), and beside the question stand only courtesy,
another such question, its price, or a wish for such a thing ("I need one for my stove"). As in
`denial`, what would be a report needs no list: a leak, a smell, a reason ("because I smell one"),
burning or sparking things, signs in people and everything never seen are not in the grammar, and
then the hazard counts as ever.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from voiceagent.domain.business import Emergency
from voiceagent.domain.danger_signs import SIGN
from voiceagent.domain.safety_words import ALARMS, Token, TokenKind, phrase

_STATE = re.compile(r"(?:ing|ed|nt|[^aius]s)$")
"""How hazards end that happen and are no kind of thing: "burning", "exploded", "sparks"."""

_NO_NOUN = (
    r"(?!(?:[a-z]+(?:ing|ed)|is|are|was|were|be|been|has|have|had|i|we|you|it|he|she|they|my|our"
    r"|your|the|a|an|this|that|there|here|and|or|but|because|since|cause|as|so|if|when|where|what"
    r"|who|how|why|just|now|still|too|also|much|not|no|yes|do|does|did|can|could|will|would|should"
    r"|may|might|came|come|comes|out|of|in|on|at|to|from|for|with|like|everywhere|emergency"
    r"|emergencies|problems?|issues?|trouble|dangers?|help|please|hurry|fast|quick|quickly|asap"
    r"|calls?|need|needs|want|wants|inside|all|went|got|says|say|keeps|caught|won't|broke|cut|hit"
    r"|thanks|thank|hi|hello|one|mine|ours|them|some)\b)"
)
_NOUN = rf"(?:{_NO_NOUN}[a-z]+ )"
_DET = r"(?:(?:a|an|the|any|some|my|our|new|both) )"
_PART = r"(?:alarms?|detectors?|monitors?|sensors?)"
_NAMED = rf"(?:@x (?:{_PART} |{_NOUN}){{1,2}}|@h {_NOUN}?)"
_ITEM = rf"(?:{_DET}*(?:{_NOUN}{{0,2}}{_NAMED}|{_NOUN}{{1,3}}))"
_LIST = rf"(?:{_ITEM}(?:(?:, )?(?:or|and) {_ITEM})*)"
_MAKES = r"(?:install|replace|run|sell|hook up|put in|move|relocate|convert|inspect|clean|service|maintain)"  # noqa: E501
_DOES = rf"(?:{_MAKES}|do|repair|fix|work on|work with|carry|offer|have|handle|test|check)"
_DEALS = r"(?:do|work with|sell|carry|offer|have|run|install)"
_DONE = rf"(?:{_DOES} {_LIST}|{_DEALS} {_DET}*@x )"
_YOU = r"(?:you|your company|your guys)(?: guys| all| folks| people| also| even| ever| still| happen to)* "  # noqa: E501
_FOR = rf"(?:(?:for|of|on|to {_DOES}) )"
_QUESTION = (
    rf"(?:do (?:{_YOU}){_DONE}|(?:can|could|will|would) {_YOU}{_MAKES} {_LIST}"
    rf"|(?:if|whether) {_YOU}(?:can |could |would )?{_DONE}"
    rf"|are {_YOU}(?:licensed|certified|qualified|able) {_FOR}{_LIST}"
    rf"|how much (?:(?:is it|is|are|would it (?:cost|be)|does it cost|do {_YOU}charge) )?"
    rf"{_FOR}?{_LIST}"
    rf"|what (?:do {_YOU}charge|does it cost|would it cost|is the (?:price|cost|charge|rate)) {_FOR}{_LIST})"  # noqa: E501
    rf"(?:too |also |as well |at all |here |(?:for|in|on|at) {_DET}?{_NOUN}{{1,2}})*"
)
_WISH = (
    rf"(?:i|we) (?:need|want|would like) (?:one |some |them |{_LIST})"
    rf"(?:(?:installed|moved|replaced|run|added|put in|hooked up) )?"
    rf"(?:(?:for|in|at|to) {_DET}?{_NOUN}{{1,2}})?"
)
_BESIDE = (
    r"(?:(?:hi|hello|hey|yes|yeah|no|um|uh|so|and|also|well|okay|ok|oh|please|thanks|thank you"
    r"|i was (?:just )?wondering|i am (?:just )?(?:wondering|asking|calling to (?:ask|see))|just"
    r"|wondering|quick question|i have a (?:quick )?question|can you tell me|i would like to know"
    r"|(?:how much (?:is|are|for) (?:it|that|one|they)|what does (?:it|that) cost)(?= [.,]| $)) "
    r"|, |\. )"
)
_TURN = re.compile(rf"{_BESIDE}*+(?:(?:{_QUESTION}|{_WISH}){_BESIDE}*+)+")
_ASKS = re.compile(r"\b(?:you|how much|what)\b")


def without_names(turn: Sequence[Sequence[Token]], emergency: Emergency) -> list[list[Token]]:
    """The turn with hazards as mere words, when all of it asks what the business does.

    Args:
        turn: its sentences, as tokens.
        emergency: the business's; signs of danger in people are never only named.
    """
    said = (" ".join(_row(token, emergency) for token in one) for one in turn if one)
    row = " . ".join(said) + " "
    if "@x" not in row or not _ASKS.search(row) or not _TURN.fullmatch(row):
        return [list(one) for one in turn]
    named = {TokenKind.HAZARD, TokenKind.SENSE}
    return [
        [replace(t, kind=TokenKind.WORD) if t.kind in named else t for t in one] for one in turn
    ]


def _row(token: Token, emergency: Emergency) -> str:  # noqa: PLR0911 - one return per kind
    """A token as the grammar reads it; what no thing can be called by is `@e`."""
    last = token.text.rsplit(maxsplit=1)[-1]
    match token.kind:
        case TokenKind.HARMLESS:
            return "@h"
        case TokenKind.SENSE:
            return token.text if re.fullmatch(_PART, token.text) else "@e"
        case TokenKind.HAZARD if token.text in {phrase(sign) for sign in emergency.people}:
            return "@e"
        case TokenKind.HAZARD if token.text == SIGN:
            return "@e"
        case TokenKind.HAZARD if last in ALARMS:
            return f"@x {last}"
        case TokenKind.HAZARD:
            return "@e" if _STATE.search(last) else "@x"
        case _:
            return token.text
