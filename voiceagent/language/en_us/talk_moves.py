"""Moves that steer a talk rather than tell or answer anything: a moment asked for, a goodbye, a haggle.

Each is told by how its words combine (a span of time that is asked for, a good wish for the day, a
sum to be taken off), so that a wording nobody listed is heard as well.
"""  # noqa: E501

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

from voiceagent.language.en_us.matching import words


class TalkMove(StrEnum):
    """What a turn does in the talk."""

    WAIT = "wait"
    GOODBYE = "goodbye"
    WHO = "who"
    THIS_NUMBER = "this_number"
    HAGGLE = "haggle"
    DO_NOT_KNOW = "do_not_know"
    REPEAT = "repeat"
    DONE = "done"
    WRONG_NUMBER = "wrong_number"


_SPAN = r"(?:sec|secs|second|seconds|moment|minute|minutes|min|mins|tick|bit)"
_GOOD = r"(?:good|nice|great|lovely|wonderful|blessed|safe|pleasant|fine|beautiful|super|better)"
_DAY = r"(?:day|one|night|evening|morning|afternoon|weekend|week|holiday|time|rest of (?:your|the) \w+)"  # noqa: E501
_MACHINE = r"(?:robot|bot|machine|computer|ai|a i|recording|chatbot|program|answering machine|automated\w*|siri|alexa|human|person|real)"  # noqa: E501
_PHONE = r"(?:number|phone|telephone|cell|line|one|mobile)"
_ON_IT = r"(?:i am|i have been|i was) (?:calling|talking|speaking|phoning|ringing|on|using|holding|texting|dialing)"  # noqa: E501
_SUM = r"(?:it|that|some|something|a (?:little|bit|few|hundred|couple)|\w+ (?:bucks|dollars|percent)|ten|twenty|thirty|forty|fifty|hundred|\d+|the (?:price|fee|deposit|cost|charge)|bucks)"  # noqa: E501
_RIVAL = r"(?:other|another|different|next|cheaper|local) (?:guy|guys|company|companies|place|places|outfit|fellow|shop|contractor|business|people|one|firm)"  # noqa: E501
_PATTERNS: Final[dict[TalkMove, tuple[str, ...]]] = {
    TalkMove.WAIT: (
        rf"\b(?:give me|wait|hang on|hold on|one|just|half|another|1|for|need|take|got|spare)(?: (?:just|like|about|for))*(?: (?:a|an|one|half a|another|two|a couple))? {_SPAN}\b(?! (?:ago|late|later|early|window|appointment|call))",  # noqa: E501
        r"\bhold (?:up|the (?:line|phone)|your horses|please)\b|\bbear with me\b|\bbe right (?:back|with you)\b|\bstand by\b",  # noqa: E501
        r"\b(?:let me|i have to|i got to|i need to) (?:just |go )?(?:find|get|grab|dig|fetch|look|check|see|think|pull|turn|put|write|read|ask|go)\b(?! (?:it|you|him|her|them) (?:done|out|fixed|booked|to you)| a (?:visit|quote|price|appointment|person|technician)| (?:someone|somebody) (?:out|to|over)| (?:this|it|that) (?:done|fixed|over)| ahead)",  # noqa: E501
        r"\b(?:someone|somebody|the \w+) (?:is |just )?(?:at|ringing|knocking on) the door(?:bell)?\b|\bdoorbell\b.*\b(?:rang|ringing)\b",  # noqa: E501
    ),
    TalkMove.GOODBYE: (
        rf"(?<!rather )(?<!i )(?<!we )\b(?:have|enjoy) (?:yourself )?(?:(?:a|an|your)|the(?= rest\b| {_GOOD}\b)) (?:very |really )?(?:{_GOOD} )?(?:rest of (?:your|the) )?{_DAY}\b(?<!have a day)(?<!have a time)(?<!have a one)",  # noqa: E501
        rf"\b{_GOOD} (?:day|night|evening) (?:to you|now|sir|then|dear|friend)\b",
        r"\b(?:bye|byebye|goodbye|farewell|so long|ciao|adios|hasta (?:luego|la vista|manana)|cheerio|toodles)\b",  # noqa: E501
        r"\b(?:see|talk to|catch|speak to) (?:you|ya|y)(?: all| guys)?(?: (?:later|soon|then|around|tomorrow|monday|tuesday|wednesday|thursday|friday|saturday|sunday|next \w+))?$",  # noqa: E501
        r"\btake (?:it easy|care)\b|\bgod bless\b|\bblessings\b|\btalk (?:soon|later)\b",
        r"^(?:(?:ok|okay|alright|all right|well|thanks|thank you|great|cool|and) )*(?:later|laters|peace|peace out|cheers|night|night night|ttyl|ta)(?: then| now| man| buddy)?$",  # noqa: E501
        r"\bi (?:really |just )?(?:have |have got |got |gotta |need )(?:to )?(?:go|run|hang up|get off the phone)(?: now)?(?: (?:thanks|thank you))?$",  # noqa: E501
    ),
    TalkMove.WHO: (
        rf"\b(?:are|is) (?:you|this|it|that|there) (?:just |really |actually |even |like |still )?(?:an? |the |some |one of (?:those|them) )?(?:\w+ )?{_MACHINE}\b",  # noqa: E501
        rf"\b(?:talking|speaking|chatting|on the phone|dealing) (?:to|with) (?:an? |the |some |one of (?:those|them) )?(?:\w+ )?{_MACHINE}\b(?= ?$| (?:here|or|right now|now|thing)\b)",  # noqa: E501
        rf"\b(?:you|this) (?:sound|sounds) like an? (?:\w+ )?{_MACHINE}\b",
        r"^(?:and )?(?:who|what) (?:am i|are you|is this)(?: (?:talking|speaking)(?: (?:to|with))?)?$",  # noqa: E501
    ),
    TalkMove.THIS_NUMBER: (
        rf"\b(?:the |this |same |that |whatever )*{_PHONE} (?:that )?{_ON_IT}\b",
        rf"\b(?:the )?same (?:{_PHONE} )?(?:that |as )?{_ON_IT}\b",
        rf"\b(?:use|text|call|try|just|reach me (?:at|on)|take|put down) (?:me )?(?:at |on |with )?(?:just )?this (?:same )?(?:{_PHONE})\b",  # noqa: E501
        r"\b(?:this one|this number|this phone)(?: (?:right )?here)?(?: (?:is|works|will|would|dear|please|fine|ok|okay)\b|$)",  # noqa: E501
        rf"\b(?:what|whatever|the {_PHONE}|the one) (?:that )?(?:you|your \w+) (?:have |has |got |see |are seeing |is showing |shows |have got )+(?:there|on|in|up)?(?: (?:the|your))? ?(?:caller id|screen|display|there)?",  # noqa: E501
        r"\bcaller id\b",
        rf"^(?!.*\b(?:wrong|not|incorrect|another|different|other)\b)(?:\w+ ){{0,6}}?(?:this|same|current|present) (?:here |very |same )*{_PHONE}(?: \w+){{0,3}}$",  # noqa: E501
        rf"\b(?:{_PHONE}) (?:showing|displayed|that (?:shows|showed|came|comes|pops|popped) up)\b",
    ),
    TalkMove.HAGGLE: (
        rf"\b(?:knock|take|shave|cut|chop|drop|bring|come) (?:me )?(?:off |down )?{_SUM} (?:off|down)\b|\b(?:knock|take|shave) (?:off|down) {_SUM}\b",  # noqa: E501
        r"\b(?:wiggle|negotiating|bargaining) room\b|\b(?:any|some|little) (?:room|flexibility|give|play) (?:on|in|with) (?:the|that|your|this)\b",  # noqa: E501
        r"\b(?:do|go) (?:me )?(?:any |a little |a bit |much )?(?:better|lower|cheaper|less)\b(?= ?$| (?:on|than|with|for|price|deal)\b)",  # noqa: E501
        rf"\b{_RIVAL} (?:\w+ ){{0,2}}?(?:does|do|did|wants?|wanted|charges?|charged|quoted|quotes|said|offered|offers|told|asks?|will|would)\b",  # noqa: E501
        r"\b(?:cash|senior|military|veteran|repeat|loyalty|returning|first time|student|teacher|neighbor|family|friend) (?:customer )?(?:price|discount|rate|deal|special|break)\b",  # noqa: E501
        r"\b(?:meet me (?:halfway|in the middle)|split the difference|cut me (?:a|some)|give me a (?:break|deal|better|discount))\b",  # noqa: E501
        r"\b(?:got|had|have|getting) (?:a |an |another |other )*(?:quotes?|estimates?|bids?|prices?) (?:\w+ ){0,4}(?:for|of|at|lower|less|cheaper) (?:less|\w+ (?:dollars|bucks|hundred|fifty)|\d+|than)\b",  # noqa: E501
        r"\b(?:is|was) that (?:your|the) (?:best|lowest|bottom|final)\b",
    ),
    TalkMove.DO_NOT_KNOW: (
        r"\b(?:do|does|did|can|could) not (?:really |even |actually |quite |honestly )?(?:know|remember|recall|think (?:i|we) (?:have|was|were|got|ever)|have (?:it|that|one|any|the code|a code|it on me|it handy|it with me)|find (?:it|that|the))\b(?! (?:if|what is wrong|why))",  # noqa: E501
        r"\b(?:never|nobody|no one) (?:\w+ ){0,2}?(?:(?:got|gave|given|received|sent|wrote|saw)(?: (?:me|us))?(?: (?:it|one|any|that|a code|the code|a text|the text|a number))?$|told me|call(?:ed)? myself\b)",  # noqa: E501
        r"\b(?:no|not a|have not (?:a|the|got a)) (?:idea|clue|faintest)\b|\b(?:beats me|who knows|search me|off the top of my head|by heart)\b",  # noqa: E501
        r"\b(?:lost|deleted|erased|misplaced|forgot|forgotten|threw (?:away|out)) (?:it|that|the|my|our)\b",  # noqa: E501
    ),
    TalkMove.REPEAT: (
        r"\bslow (?:down|it down|up|your roll)\b(?! by\b)",
        r"\b(?:say|repeat|read|tell me|give me|run|go over|go through|run through) (?:it |that |those |them |this |me )*(?:the (?:\w+ )?(?:times?|price|amount|part|last part|question|days?|choices|options) )?(?:back |by me |to me |out )*(?:again|once more|one more time|slower|more slowly|louder)\b",  # noqa: E501
        r"\b(?:what|how much|when|which) (?:did|do|was|were|is|are) (?:you|that|it|those|they)(?: just)? (?:say|said|again|saying)\b|\bhow much (?:was|is) (?:that|it) again\b|\bwhat was (?:that|the (?:question|price|first one|last part))\b",  # noqa: E501
        r"\b(?:did|do|could|can) not (?:quite |really |fully |exactly )?(?:hear|catch|get|follow|understand|make out) (?:you|that|it|what|a word|the (?:last|amount|price|time|question))\b",  # noqa: E501
        r"^(?:can you |could you |please )*(?:a little )?(?:slower|slow|louder|speak up|more slowly|repeat)(?: please)?$",  # noqa: E501
        r"\byou (?:are|were) (?:breaking up|cutting out|too (?:fast|quiet)|going too fast)\b|\bspeak (?:up|slower|louder|more slowly|slowly)\b",  # noqa: E501
    ),
    TalkMove.DONE: (
        r"\b(?:no|nothing) (?:further|more|other) (?:questions?|help|things?|needed)\b|\bnothing (?:further|more|else)\b",  # noqa: E501
        r"\b(?:that|this|it) (?:is|will be|would be|was|does|will do|about does|just about does|should do|covers|about covers)(?: about| just)? (?:it|all|everything|the trick|all for (?:now|today))(?: (?:for (?:now|today|me)|thanks|thank you|then|really|i (?:need|needed|wanted)))*$",  # noqa: E501
        r"\bes todo\b|\bnada mas\b|\b(?:i|we) (?:am|are) (?:all )?(?:set|done|finished|covered|through)\b(?! (?:up|for|with the|at))",  # noqa: E501
        r"\b(?:you have |has )been (?:very |so |really |most )?(?:kind|helpful|great|a (?:great |big )?help)\b",  # noqa: E501
    ),
    TalkMove.WRONG_NUMBER: (
        r"\b(?:meant|meaning|trying|supposed|wanted|thought i was|looking|hoping) (?:\w+ ){0,2}?(?:to )?(?:call|calling|reach|reaching|dial|dialing|get|ring|get ahold of|get hold of) (?:the |my |a |an )(?!\w+ (?:office|manager|owner|technician))(?:\w+ ){0,2}?(?:doctor|pharmacy|dentist|bank|school|church|hospital|vet|restaurant|pizza\w*|hotel|library|store|salon|barber|clinic|garage|police|airline|court|post office|drugstore|eye doctor|hairdresser|insurance\w*|daycare|bakery|florist|mechanic)\b",  # noqa: E501
        r"\b(?:dialed|hit|pressed|called|got|punched in) (?:the )?wrong (?:\w+)\b|\bwrong (?:number|place|party|company|line)\b",  # noqa: E501
    ),
}
_FOUND: Final = {
    move: tuple(re.compile(pattern) for pattern in patterns) for move, patterns in _PATTERNS.items()
}


def hear_moves(text: str) -> frozenset[TalkMove]:
    """The moves of a turn; never raises."""
    said = " ".join(words(text))
    return frozenset(
        move for move, patterns in _FOUND.items() if any(one.search(said) for one in patterns)
    )


_BACK: Final = re.compile(
    r"^(?:(?:ok|okay|alright|all right|hello|hi|hey|yes|yeah|yep|sorry|well|so|and|um|uh|there|now|thanks|thank you"  # noqa: E501
    r"|go ahead|go on|continue|carry on|please|about that|for waiting|for holding|where were we"
    r"|(?:i|we) am (?:back|here|ready|still here|all yours)(?: again| now)?) ?)+$"
)
_BARE_ANSWER: Final = re.compile(r"^(?:(?:yes|yeah|yep|please|sorry|well|so|um|uh) ?)+$")


def comes_back(text: str) -> bool:
    """Whether somebody who asked for a moment only says that it is over: "okay, I'm back".

    A bare "yes" may still answer what was asked before. Never raises.
    """
    said = " ".join(words(text))
    return _BACK.search(said) is not None and _BARE_ANSWER.search(said) is None
