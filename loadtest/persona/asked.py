"""What a caller makes of the agent's words: by their topics, with no knowledge of who made them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from loadtest.persona.windows import Named, named


class Topic(StrEnum):
    """What the caller is expected to say next."""

    SAFETY = "safety"
    NAME = "name"
    PHONE = "phone"
    NAME_AND_PHONE = "name and phone"
    ADDRESS = "address"
    CITY = "city"
    ZIP = "zip"
    UNIT = "unit"
    ERRAND = "errand"
    PROBLEM = "problem"
    PRICE = "price"
    WINDOW = "window"
    DAY = "day"
    NOTES = "notes"
    READ_BACK = "read-back"
    CODE = "code"
    CODE_AND_PHONE = "code and phone"
    CANCEL = "cancel"
    MOVE = "move"
    PERSON = "person"
    SPELLING = "spelling"
    EMAIL = "e-mail"
    ANYTHING_ELSE = "anything else"
    MESSAGE = "message"
    IS_RIGHT = "is that right"
    WHETHER = "yes or no"
    WHOSE_TURN = "go on"
    CHANGE = "what to change"
    UNKNOWN = "unknown"


_QUESTIONS: Final[tuple[tuple[Topic, str], ...]] = (
    (Topic.SAFETY, r"smell (of )?gas|carbon monoxide|see (any )?smoke|smell(s|ing)? .*(burning|smoke)|any of (that|those) (danger|smell)"),
    (Topic.NOTES, r"gate code|\bpets?\b|anything we should know|should know before"),
    (Topic.CHANGE, r"what (should|shall|would you like|do you want|can) .*change|what (is|was) wrong|what.s wrong with|which part|not right\?"),
    (Topic.ERRAND, r"which is it|do you need: "),
    (Topic.CANCEL, r"(want|like|should|shall) .*cancel|cancel (it|that|your|the).*\?|keep (it|your booking) or cancel"),
    (Topic.MOVE, r"(shall|should|want|like) .*(move|change|reschedule) (it|your (booking|appointment|visit))"),
    (Topic.READ_BACK, r"shall i (go ahead and )?book (it|that|this)( now)?|is (all )?(of )?(that|this|everything) (right|correct)\b.*book|book it\?|ready to book|book (this|that) (visit|appointment)\?"),
    (Topic.CODE_AND_PHONE, r"phone.* and .*code|code.* and .*phone"),
    (Topic.CODE, r"(booking|confirmation) (code|number)|(six|6)[- ](letters|digits|characters)|what is (the|your) code|read me the code|\bcode\b.*\?"),
    (Topic.SPELLING, r"\bspell\b|how is (that|it|your name) (spelled|written)"),
    (Topic.NAME_AND_PHONE, r"\bname\b.*\b(phone|number)\b"),
    (Topic.NAME, r"\b(your|first|last|full|the|a) name\b|who (am i|do i|should i)"),
    (Topic.PHONE, r"(phone|telephone|callback|call back|mobile|best|area code).*(number|reach)|number to (reach|call)|digits|area code|what number|number are you"),
    (Topic.EMAIL, r"e-?mail"),
    (Topic.UNIT, r"(apartment|unit|suite|lot) number|which (apartment|unit)"),
    (Topic.ZIP, r"\bzip\b"),
    (Topic.ADDRESS, r"\baddress\b|street number|\bstreet\b|where (should|do|shall|is|are) (we|i|the|you)|where .*visit"),
    (Topic.CITY, r"\b(city|town)\b"),
    (Topic.PERSON, r"(connect|transfer|put) you (with|to|through)|speak (with|to) (a person|someone)|reach (someone|a person) for you|talk to (a person|someone)|rather .*person"),
    (Topic.MESSAGE, r"(leave|take|pass on|give) (us |them |a |you )*message|call you back|callback|what should i (tell|say|pass)|anything (i|you).*pass on"),
    (Topic.WINDOW, r"which (one |of (them|those|these) |time |window )*(works|suits|would|is|do you|fits)|which (one|would|of)|(does|would|do) (that|this|either|one|any|it)[^?]* (work|suit|be (ok|okay|fine|good))|is that (time )?(ok|okay|good)|(take|want) (it|that one|this one)\?|first or the second"),
    (Topic.DAY, r"(what|which) (other )?(day|time|date|days|times)|when (would|should|could|do|is|can)|another (day|time)|(day|time) (would|do) you|morning or (the )?afternoon|did you mean"),
    (Topic.PRICE, r"go ahead|arrange a visit|book (that|it) for you|book a (time|visit)|look for a time|would you like (me )?to (book|go|schedule|set)|shall i (look|find|check|book|set)|want (me )?to (book|go)|proceed"),
    (Topic.PROBLEM, r"(what|tell me) .*(problem|wrong|going on|happening|trouble|matter|issue|describe)|what (seems|is it|'s it) (doing|to be)|what does the|describe"),
    (Topic.ANYTHING_ELSE, r"anything else|something else|what else|do anything|else i can"),
    (Topic.ERRAND, r"how (can|may) i help|what (do you need|can i do|would you like|are you calling|is it you need|kind of)|repair,? |which is it|what service|help you with|what brings"),
    (Topic.IS_RIGHT, r"(is|was) (that|this|it) (right|correct|all right)|did i (get|hear|have) (that|it|you)|correct\?|right\?"),
    (Topic.WHOSE_TURN, r"are you (still )?there|can you hear|still here|take your time"),
    (Topic.WHETHER, r"\byes or no\b|^(do|does|is|are|shall|should|would|will|can|could|may|did|have) "),
)  # fmt: skip
"""Each kind of question, the more particular first."""

_TABLE: Final = tuple((topic, re.compile(rule, re.IGNORECASE)) for topic, rule in _QUESTIONS)
_SENTENCE: Final = re.compile(r"(?<=[.?!])\s+(?=[A-Z(\d¿¡])")
_NAMES_911: Final = re.compile(r"\b(911|9-1-1|nine[ -]one[ -]one)\b", re.IGNORECASE)
_GOODBYE: Final = re.compile(r"\bgood-?bye\b", re.IGNORECASE)
_HANDING_OVER: Final = re.compile(
    r"connecting you|reach (someone|somebody|a person) for you|putting you through"
    r"|transferring you|get (someone|somebody|a person) for you",
    re.IGNORECASE,
)
_PHONE: Final = re.compile(r"\(?(\d{3})\)?[ .-]*(\d{3})[ .-](\d{4})\b")
_LOST: Final = re.compile(
    r"didn.t (catch|get|understand|quite)|having trouble|not sure (i|what)|say that again"
    r"|repeat that|still didn.t|come again|couldn.t (make|understand)",
    re.IGNORECASE,
)
_MONEY: Final = re.compile(r"\$\s?(\d[\d,]*)(?:\.(\d\d))?")
_READING: Final = re.compile(
    r"read (that|this|it|everything) back|let me (repeat|confirm|check) (that|what|every)|to confirm",
    re.IGNORECASE,
)
_ELSEWHERE: Final = re.compile(
    r"(don.t|do not|only) (come|serve|go|cover)|outside (of )?(our|the)|out of (our )?(service )?area",
    re.IGNORECASE,
)
_CHANGED: Final = re.compile(
    r"\b(is|been|it) cancell?ed|\bmoved\b|booking is now|cancell?ed (it|your)", re.IGNORECASE
)
_LEFT_WORD: Final = re.compile(
    r"left (a|your) message|will call you back|pass(ed)? (it|that) on", re.IGNORECASE
)
_BOOKED: Final = re.compile(r"you.re booked|is booked\b|booked you|all booked", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Understood:
    """What a caller has taken from one reply.

    Attributes:
        topic: what to answer.
        question: the sentence that asks it.
        windows: times named, outside questions of hours.
        phones: numbers named, ten digits each.
        figures: sums named, in whole dollars.
        reads_back: everything is being read back before a booking.
        only_warns: 911 is named for a case that may be, not one that is.
        says_changed: a booking was moved or cancelled.
        left_word: a message was left, somebody will call back.
        not_there: the agent does not come to where the caller is.
        lost: the agent says that it did not understand.
    """

    text: str
    topic: Topic
    question: str
    windows: tuple[Named, ...]
    phones: tuple[str, ...]
    figures: tuple[int, ...]
    says_911: bool
    only_warns: bool
    hands_over: bool
    says_goodbye: bool
    reads_back: bool
    says_booked: bool
    says_changed: bool
    left_word: bool
    not_there: bool
    lost: bool


def understand(text: str, now: datetime) -> Understood:
    """Take in what the agent said since the caller's last words."""
    sentences = [one.strip() for one in _SENTENCE.split(text) if one.strip()]
    asked = [one for one in sentences if one.endswith("?")]
    topic, question = _topic(asked or sentences[-1:])
    return Understood(
        text=text,
        topic=topic,
        question=question,
        windows=named(text, now),
        phones=tuple("".join(found.groups()) for found in _PHONE.finditer(text)),
        figures=tuple(int(found[1].replace(",", "")) for found in _MONEY.finditer(text)),
        says_911=bool(_NAMES_911.search(text)),
        only_warns=_only_warns(sentences),
        hands_over=bool(_HANDING_OVER.search(text)),
        says_goodbye=bool(_GOODBYE.search(text)),
        reads_back=bool(_READING.search(text)) or topic is Topic.READ_BACK,
        says_booked=bool(_BOOKED.search(text)),
        says_changed=bool(_CHANGED.search(text)),
        left_word=bool(_LEFT_WORD.search(text)),
        not_there=bool(_ELSEWHERE.search(text)),
        lost=bool(_LOST.search(text)),
    )


def _only_warns(sentences: list[str]) -> bool:
    named = [one.lower() for one in sentences if _NAMES_911.search(one)]
    return bool(named) and all(" if " in f" {one}" for one in named)


def _topic(sentences: list[str]) -> tuple[Topic, str]:
    """Of the last sentence that asks something that is known."""
    for sentence in reversed(sentences):
        for topic, rule in _TABLE:
            if rule.search(sentence):
                return topic, sentence
    return Topic.UNKNOWN, sentences[-1] if sentences else ""
