"""What is to become of a visit that is booked: it is moved, called off, or asked about.

Told by what is *done* to it: a verb of moving or calling off, with the visit, its day or the people
who come as its object ("swap my Thursday", "take us off the list", "I won't need your guy after
all"); that one cannot be there, with another day asked for; or a question for when those people
come. Word lists of things, people and verbs; how they combine is the grammar.
"""

from __future__ import annotations

import re
from typing import Final

from voiceagent.language.en_us.dates import WEEKDAYS
from voiceagent.language.en_us.matching import words

_VISIT = r"(?:appointments?|visits?|bookings?|reservations?|slot|service call|spot)"
_DAYS = rf"(?:today|tomorrow|tonight|{'|'.join(WEEKDAYS)})"
_MINE = r"(?:my|our|the|that|this|an?|his|her)"
_PEOPLE = (
    r"(?:man|men|guy|guys|fella|fellow|lady|technicians?|techs?|repairman|crew|driver|people|plumber|"
    r"electrician|team|worker|workers|fellows|boys|mechanic|serviceman|shuttle|van|truck)"
)
_WHO = rf"(?:you|you guys|you all|you people|he|him|she|her|they|them|somebody|someone|anybody|anyone|(?:the|your|my|our|that) (?:\w+ )?{_PEOPLE})"  # noqa: E501
_MOVE = (
    r"(?:mov(?:e|ing)|chang(?:e|ing)|switch(?:ing)?|swap(?:ping)?|push(?:ing)?|shift(?:ing)?"
    r"|bump(?:ing)?|postpon(?:e|ing)|delay(?:ing)?|slid(?:e|ing)|rebook(?:ing)?|trad(?:e|ing)"
    r"|reschedul(?:e|ing)|redo(?:ing)?|put(?:ting)? (?:off|back)|bring(?:ing)? forward)"
)
_MOVED = r"(?:moved|changed to|switched|pushed|shifted|rescheduled|postponed|bumped|delayed|swapped|put off|brought forward)"  # noqa: E501
_OTHER = r"(?:another|a different|different|some other|other|a later|an earlier|a better|a new|the other|the next|next)"  # noqa: E501
_WHEN = r"(?:day|time|date|slot|week|window|hour)"
_CALL_OFF = (
    r"(?:cancel(?:ing|ling)?|scratch(?:ing)?|scrap(?:ping)?|drop(?:ping)?|nix(?:ing)?|void(?:ing)?"
    r"|kill(?:ing)?|eras(?:e|ing)|delet(?:e|ing)|undo(?:ing)?|forget(?: about)?|lose)"
)
_NOT_ABLE = (
    r"(?:^|\b(?:i|we|he|she|nobody|no one|husband|wife|and|but|because|so|hi|hello|hey|sorry) )"
    r"(?:just |really |actually )?(?:can not|could not|will not|will not be able to|am not (?:going to be )?able to|is not able to"  # noqa: E501
    r"|are not able to|not going to be able to) "
    rf"(?:make|do(?! (?:anything|a thing|much|nothing)\b)|be (?:there|here|home|around)|be home|keep)(?: (?:it|that|{_MINE} (?:\w+ )?{_VISIT}|{_DAYS}))?"  # noqa: E501
)
_HAVE_ONE = rf"(?:(?:my|our) (?:\w+ )?|(?:already|i|we) (?:already )?(?:have|got|have got) (?:an? |one )(?:\w+ )?){_VISIT}"  # noqa: E501
_MOVES: Final = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\b{_MOVE} (?:back |up |out )?(?:{_MINE} )?(?:\w+ )?(?:{_VISIT}|(?<=my ){_DAYS}|(?<=our ){_DAYS})\b",  # noqa: E501
        (
            rf"\b(?:can|could|would|will) {_WHO} (?:please |maybe )?(?:come|do it|make it|stop by|be here)"  # noqa: E501
            rf"(?: out| over)? (?:on |at |in )?{_OTHER} {_WHEN}\b"
        ),
        rf"{_NOT_ABLE}\b.*\b{_OTHER} {_WHEN}\b",
        rf"\b(?:have|has|got|came|comes|come) (?:a |an |up |something |my |\w+ ){{1,5}}(?:that|same) day\b.*\b{_OTHER} {_WHEN}\b",  # noqa: E501
        r"\b(?:booked|scheduled|down|set up) for\b.*\b(?:change|move|switch|push) (?:it|that|me|us)\b",  # noqa: E501
        rf"\b(?:{_VISIT}|it|that)\b (?:\w+ ){{0,6}}?(?:to be |be |get |getting )?{_MOVED}\b",
        rf"\b(?:have|get|need|want|like) (?:{_MINE} (?:\w+ )?{_VISIT}|it|that)(?: to be| to get)? {_MOVED}\b",  # noqa: E501
        rf"^(?:hi |hello |hey |yes )*(?:i |we )?(?:need|want|require|would like|will need) {_OTHER} {_WHEN}\b",  # noqa: E501
        rf"\b(?:is|are|be) (?:no good|out|bad|not good|not possible)\b.*\b{_DAYS} instead\b|\bprepone\b",  # noqa: E501
        rf"\b(?:come|be here|get here|make it|do it|here) (?:any |a little |a bit )?(?:sooner|earlier)\b.*\b{_HAVE_ONE}",  # noqa: E501
        rf"\b{_HAVE_ONE}\b.*\b(?<!the )(?:sooner|earlier)\b",
        rf"\b(?:can|could|may|might) {_MINE} (?:\w+ )?{_VISIT} (?:go|be|happen|take place|come) (?:to |on |at |in )?(?:{_DAYS}|next|the|later|earlier|instead)\b",  # noqa: E501
        rf"\bneed(?:s)? {_OTHER} {_WHEN} for (?:my|our|the) (?:\w+ )?{_VISIT}\b",
    )
)
_DONE_WITH = (
    r"(?= ?$| (?:any ?more|any longer|after all|now|then|today|tomorrow|tonight|on|this|next|to come|coming"  # noqa: E501
    rf"|come|out|please|thanks|thank|because|since|as|i|we|my|it|he|she|{_DAYS})\b)"
)
_CALLS_OFF: Final = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\b{_CALL_OFF} {_MINE} (?:\w+ )?(?:{_VISIT}|{_DAYS})\b",
        rf"\b{_CALL_OFF} (?:it|me|us|everything|the whole thing) (?:for|on) (?:{_DAYS})\b",
        r"\b(?:take|pull|cross|get) (?:me|us|my name|our name)(?: and \w+)? off(?: (?:for|of|the|your)\b|$| (?:please|dear|now)\b)",  # noqa: E501
        (
            rf"\b(?:do not|does not|will not|would not|no longer|not going to)(?: be)? (?:even |really |actually )?"  # noqa: E501
            rf"(?:need|needing|want|wanting|require) (?:{_MINE} (?:\w+ )?{_VISIT}|{_WHO}){_DONE_WITH}"  # noqa: E501
        ),
        r"\b(?:do not|never mind|need not|stop|no need to|not to) (?:come|coming|send|sending|bother coming)\b(?! (?:\w+ )?(?:before|after|until|till|to the|at|the|in|without|on))",  # noqa: E501
        rf"\b{_VISIT} (?:is |are )?(?:not|no longer) (?:needed|required|necessary|wanted)\b|\b(?:not|no longer) (?:needed|required) (?:any ?more|after all|now)\b",  # noqa: E501
        rf"\bno longer (?:need|require|want) (?:{_MINE} (?:\w+ )?{_VISIT}|{_WHO}|it|that)\b",
        r"\b(?:scrap|scratch|nix|void|kill) (?:it|that|this|everything|the whole thing|all of it|the lot)\b",  # noqa: E501
        rf"\b{_VISIT}\b.*\b(?:do not|does not|will not|no longer) (?:even |really |actually )?(?:need|want|require) (?:it|that|one|him|them|anybody|anyone) (?:any ?more|any longer|after all|now)\b",  # noqa: E501
        rf"\b(?:get|back|wiggle|bow) out of {_MINE} (?:\w+ )?(?:{_VISIT}|{_DAYS})\b",
        rf"\b(?:want|like|need|have|get) (?:{_MINE} (?:\w+ )?{_VISIT}|it|that) (?:to be )?(?:undone|taken off|removed|dropped)\b",  # noqa: E501
        rf"\b(?:rather|prefer(?: if| that)?) {_WHO} (?:did|do|would) not (?:come|send|bother)\b",
        r"\bcall(?:ing)? (?:it|(?:the|my|our|that|this) (?:\w+ )?\w+) off\b",
        rf"\b(?:want|like|need|have|get) (?:{_MINE} (?:\w+ )?{_VISIT}|it)(?: to be)? (?:cancell?ed|called off|scrapped)\b",  # noqa: E501
        rf"\b(?:tell|let) (?:{_WHO}) (?:know )?not to (?:come|bother)\b|\bno need (?:for {_WHO} )?to (?:come|send)\b",  # noqa: E501
        rf"\b{_WHO} (?:do|does|need) not (?:have to |need to )?(?:come|bother)(?: out| over| by)?(?: {_DONE_WITH}|$)",  # noqa: E501
    )
)
_COMES = r"(?:coming|come|arriving|arrive|here|due|showing up|show up|getting here|get here|going to be here|be here|on (?:his|her|their|the) way)"  # noqa: E501
_ASKS_WHEN = r"(?:when|what (?:time|day|date|hour)|how soon|how long (?:until|till|before))"
_IS = r"(?:is|are|was|were|will|would|do|does|did|am)"
_ASKS: Final = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\b{_ASKS_WHEN} (?:{_IS} )?(?!you\b|you guys\b|you all\b|somebody\b|someone\b|anybody\b|anyone\b){_WHO} (?:{_IS} )?(?:\w+ ){{0,3}}?{_COMES}\b",  # noqa: E501
        rf"\b{_ASKS_WHEN} (?:are|were) (?:you|you guys|you all|you people) (?:supposed to|going to|scheduled|due|coming)\b",  # noqa: E501
        r"\b(?:my|our|his|the) e ?t ?a\b|\bwhat is (?:the |my |your )?eta\b",
        rf"\b(?:confirm|double check|check on|verify|find out about|look up) (?:the )?(?:time|day|date|details?) (?:of|for|on) {_MINE} (?:\w+ )?{_VISIT}\b",  # noqa: E501
        rf"\b(?:when|what (?:time|day)|how soon) (?:can|should|do|shall|may|would|am|will) (?:i|we) (?:to |be )?(?:expect|expecting|look for|looking for) {_WHO}",  # noqa: E501
        r"\bam i (?:still )?(?:on|booked|down|scheduled|set|good|confirmed|in)\b(?: \w+)? (?:for|on|the|at)\b",  # noqa: E501
        r"\b(?:is|are) (?:he|she|they|the \w+|your \w+|my \w+|somebody|someone|you|you guys) still (?:coming|on for|scheduled|booked|good for)\b",  # noqa: E501
        r"\b(?:do|did|have) (?:you|you guys|you all|they) (?:still )?(?:have|got|get|put) (?:me|us) (?:down|booked|scheduled|on|in)\b",  # noqa: E501
        r"\b(?:what|which|when) (?:day |time |slot |date |window )?(?:did|do|was|were) (?:you|i|we|they) (?:\w+ )?(?:give me|gave me|have me|get|book|booked|schedule|scheduled|down|set|pick|picked|say you|have for me)\b",  # noqa: E501
        r"\b(?:do|did) (?:i|we) (?:still )?have (?:somebody|someone|a \w+) coming\b",
    )
)


def moves_visit(text: str) -> bool:
    """Whether a booked visit is to be at another time; never raises."""
    said = " ".join(words(text))
    return any(pattern.search(said) for pattern in _MOVES)


def calls_off_visit(text: str) -> bool:
    """Whether a booked visit is called off ("I won't need your guy after all"); never raises."""
    said = " ".join(words(text))
    return any(
        (found := pattern.search(said)) is not None
        and not re.search(
            r"\b(?:not|never|rather than|instead of) (?:want to |to |going to )?$",
            said[: found.start()],
        )
        for pattern in _CALLS_OFF
    )


def asks_when_they_come(text: str) -> bool:
    """Whether it is asked when the people of a booked visit come; never raises."""
    said = " ".join(words(text))
    return any(pattern.search(said) for pattern in _ASKS)
