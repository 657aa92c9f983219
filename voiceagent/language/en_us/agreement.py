"""Whether a turn agrees with an act, and says nothing that does not belong to agreeing.

A yes-word in front is often a mere particle: "ok leave it", "sure, later", "yes I'll keep it". So the
whole turn is judged. It agrees when every word of it is one of: a yes, a request for the very act, a
value that was just read out, a courtesy. Of any other word nobody knows what it does to the yes.
"""  # noqa: E501

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from voiceagent.language.en_us.lexicon import FILLERS, TEENS, TENS, UNITS, ZEROS, words
from voiceagent.language.en_us.yes_no import YES_PHRASES, with_plain_assents


class ProposedAct(StrEnum):
    """What was asked whether to do it."""

    BOOK = "book"
    MOVE = "move"
    CANCEL = "cancel"


_VISIT: Final = r"(?:appointment|booking|visit|reservation)"
_THING: Final = rf"(?:it|that|this|(?:that|the|this) one|(?:the|my|our|that|this)(?: whole)? (?:{_VISIT}|thing))"  # noqa: E501
_REQUESTS: Final = {
    ProposedAct.BOOK: rf"(?:book|schedule|reserve|confirm|finalize|submit|lock)(?: (?:me|us))?(?: {_THING})?(?: in| up)?"  # noqa: E501
    rf"|set (?:it|that|this|me|us) up|make (?:the|my|that) {_VISIT}|put (?:me|us|it) (?:in|down)",
    ProposedAct.MOVE: rf"(?:move|change|switch|shift|reschedule|swap)(?: {_THING})?"
    r"|(?:make|book) (?:it|that)|put (?:me|it) down",
    ProposedAct.CANCEL: rf"cancel(?:l?ed)?(?: {_THING}| at)?|(?:scratch|kill|scrap|delete|remove|undo) {_THING}"  # noqa: E501
    rf"|drop (?:the|my|our|that) {_VISIT}|call(?: {_THING})? off(?: {_THING})?|take {_THING} off"
    r"|(?:the )?cancellation|canc[eé]l[ae](?:la|lo)",
}
_POLITELY: Final = (
    r"(?:(?:please|kindly|just|do|go ahead and|let's|let us|you (?:can|may)|(?:can|could|would|will) you"  # noqa: E501
    r"|(?:i|we) (?:(?:do|would|really) )*(?:want|need|like|wish)(?: you)? to"
    r"|(?:i'd|we'd) (?:like|love)(?: you)? to|process|proceed with|that is to|that's to) )*"
)
_ASKED_FOR: Final = {
    act: re.compile(rf"\b{_POLITELY}(?:{request})\b") for act, request in _REQUESTS.items()
}
_PLAIN: Final = {
    phrase
    for line in (
        "go right ahead", "i'm sorry", "i am sorry", "go on", "carry on", "go", "do", "do so", "i'm sure", "i am sure", "i said yes",  # noqa: E501
        "yes to all of it", "yes to that", "that's it", "that is it", "that's the one", "that's all correct",  # noqa: E501
        "that's what i want", "that is what i want", "that's what i said", "what i said", "you are right",  # noqa: E501
        "you're right", "ready when you are", "spot on", "right on", "exacto", "correcto", "claro",
        "you've got it", "you have it", "you did", "everything checks out", "it all checks out", "ye",  # noqa: E501
        "that's everything", "yes sir", "yessir", "deal", "bet", "roger that", "copy that", "perfecto",  # noqa: E501
        "i confirm it", "all correct", "all right", "quite correct", "that'll do", "that will do", "acceptable",  # noqa: E501
        "please and thank you", "sounds right", "everything is right", "it's right", "it's correct",
        "that'd do", "that's better", "mm hm", "si", "sí", "adelante", "dale", "vale", "está bien", "sounds right to me",  # noqa: E501
    )
    for phrase in (words(line),)
}  # fmt: skip
"""What else agrees when nothing but agreement stands with it."""

_BESIDE: Final = frozenset((
    "please", "thanks", "thank", "you", "very", "much", "sir", "ma'am", "maam", "mam", "madam", "miss",  # noqa: E501
    "dear", "hon", "honey", "sweetie", "man", "buddy", "friend", "oh", "ah", "ooh", "then", "now", "too",  # noqa: E501
    "really", "sorry", "and", "all", "everything", "that", "it", "to", "me", "for", "us",
    "mhm", "again", "quite", "exactly", "entirely", "completely", "absolutely",
    "appreciated", "appreciate", "kindly", "señor", "señora", "gracias", "por", "favor",
)) | FILLERS  # fmt: skip
"""Courtesies and words without a meaning of their own here."""

_BYE: Final = re.compile(
    r"\b(?:good ?)?bye(?: bye)?(?: now)?\b|\bhave a (?:good|nice|great|lovely) (?:one|day|evening|night)\b"  # noqa: E501
)
_BEFORE_VALUES: Final = frozenset((
    "at", "on", "the", "is", "it's", "my", "name", "number", "address", "from", "between", "of", "am", "pm",  # noqa: E501
    "o'clock", "a", "m", "p", "this", "in", "dollars", "estimate",
))  # fmt: skip
"""What stands beside a value that was read out: "yes, the one on Tuesday at nine"."""

_OF_THE_VISIT: Final = re.compile(
    r"\b(?:it|this|everything|all)(?:'s| is|'ll be| will be| looks| seems| sounds| works| suits)? (?:\w+ )?"  # noqa: E501
    r"(?:fine|good|great|ok|okay|right|perfect|works|alright)\b"
    r"|\b(?:works|all good|all right|no (?:problem|worries)|not a problem|good with|(?:i'll|i will|we'll|we will) take it|book it|schedule it"  # noqa: E501
    r"|can't complain|couldn't be better|not bad|nothing wrong|sign me up|please book|looks good)\b"
)
"""What judges the visit fit rather than the wish to call it off."""

_EXCEPT: Final = frozenset({("i", "have"), ("there", "is"), ("there", "are"), ("it", "works")})
_AGREEING: Final = (YES_PHRASES | _PLAIN) - _EXCEPT
_LONGEST: Final = max(map(len, _AGREEING))
_NUMBERS: Final = {
    **dict.fromkeys(ZEROS, "0"),
    **{word: str(value) for word, value in (UNITS | TEENS | TENS).items()},
}
_ABBREVIATED: Final = 3
_AGREED: Final = "\N{CHECK MARK}"
_LEFT: Final = "\N{WAVING HAND SIGN}"


def agrees(text: str, act: ProposedAct, told: Iterable[str] = ()) -> bool:
    """Whether a turn agrees with an act that was proposed, and says nothing else.

    A turn in which somebody says no or asks is not for here: see `yes_no`. Never raises.

    Args:
        text: one turn of the caller.
        act: what was proposed.
        told: values that were read out with it, as they were said.
    """
    said = " ".join(words(with_plain_assents(text)))
    if act is ProposedAct.CANCEL and _OF_THE_VISIT.search(" ".join(words(text))):
        return False
    known = _values(told)
    rest = tuple(_BYE.sub(f" {_LEFT} ", _ASKED_FOR[act].sub(f" {_AGREED} ", said)).split())
    agreed, firm, valued, at = False, False, False, 0
    beside: list[str] = []
    while at < len(rest):
        size = _agreement_at(rest, at)
        if size:
            agreed, at = True, at + size
            firm |= rest[at - size] not in _PARTICLES
            continue
        valued |= _is_known(rest[at], known)
        beside.append(rest[at])
        at += 1
    allowed = _BESIDE | (_BEFORE_VALUES if valued else set()) | ({_LEFT} if firm else set())
    return agreed and all(one in allowed or _is_known(one, known) for one in beside)


_PARTICLES: Final = frozenset((
    "ok", "okay", "k", "alright", "all", "fine", "good", "great", "cool", "perfect", "sure", "right",  # noqa: E501
    "lovely", "wonderful", "awesome", "excellent", "super", "please",
))  # fmt: skip
"""Beside a goodbye they only end the talk."""


def _agreement_at(rest: tuple[str, ...], at: int) -> int:
    """How many words from there on agree."""
    if rest[at] == _AGREED:
        return 1
    sizes = range(min(_LONGEST, len(rest) - at), 0, -1)
    return next((size for size in sizes if rest[at : at + size] in _AGREEING), 0)


def _values(told: Iterable[str]) -> frozenset[str]:
    """The words of values, and their digits one by one."""
    found = {word for one in told for word in words(one)}
    return frozenset(found | {digit for word in found if word.isdigit() for digit in word})


def _is_known(word: str, known: frozenset[str]) -> bool:
    """Whether a word is part of what was read out; days and months are read out shortened."""
    if word in known or _NUMBERS.get(word) in known:
        return True
    return len(word) > _ABBREVIATED and word[:_ABBREVIATED] in known and word.isalpha()
