"""What a sentence claims was done, is being done, or will be: "booked", "texted", "refunded".

Participles claim and infinitives do not: "shall I book it" asks, "it's booked" tells. What is
denied right before ("nothing is booked yet") is no claim.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from voiceagent.language.en_us.lexicon import normal


class Promise(StrEnum):
    """What was claimed."""

    BOOKED = "booked"
    MOVED = "moved"
    CANCELLED = "cancelled"
    TRANSFERRED = "transferred"
    TEXTED = "texted"
    PAID = "paid"
    FREE = "free"
    REFUND = "refund"
    DISCOUNT = "discount"
    CREDIT = "credit"
    WARRANTY = "warranty"
    GUARANTEE = "guarantee"
    COMING = "coming"
    CALL_BACK = "call_back"
    DONE = "done"


_PATTERNS: Final[Mapping[Promise, str]] = {
    Promise.BOOKED: (
        r"book(?:ed|ing (?:it|that|you|this|your)\b)|you(?:'re| are) all set|"
        r"(?:re)?scheduled|scheduling (?:it|that|you|this)\b|"
        r"reserv(?:ed|ing (?:it|that|you)\b)|locked (?:it |that |you )?in|penciled|"
        r"(?:is|are|you're|it's|that's|all|now|been|have) confirmed|"
        r"on the (?:calendar|schedule|books)|(?:got|have) you down for|signed you up|"
        r"appointment (?:is|has been) (?:made|set|secured)|(?:spot|slot|time) is yours|"
        r"went through|taken care of|"
        r"(?:i|we)(?:'ve| have) (?:arranged|secured|set (?:it|that|you|this|the \w+) up)"
    ),
    Promise.MOVED: (
        r"(?:rescheduled|moved|pushed back|switched|bumped)\b(?! (?:here|there|away))|"
        r"(?:moving|switching|rescheduling) (?:it|that|your|you)\b"
    ),
    Promise.CANCELLED: (
        r"cancell?ed|call(?:ed)? (?:it|that) off|taken off the (?:calendar|schedule)|"
        r"cancell?ing (?:it|that|your)\b|"
        r"(?:removed|deleted) (?:it|that|the|your)\b"
    ),
    Promise.TRANSFERRED: (
        r"transferred|transferring you|(?:i'm|am|i'll|will|are|we're|we'll) "
        r"(?:now )?(?:connect(?:ing)?|transfer(?:ring)?|put(?:ting)?|patch(?:ing)?) you|"
        r"connect(?:ed|ing) you|patched you|put you through"
    ),
    Promise.TEXTED: (
        r"texted|e-?mailed|messaged|texting you|sending you|sent (?:it|that|you|a|the|an)\b|"
        r"(?:i|we|you)(?:'ll| will) (?:text|email|e-mail|send|get a text|receive)|"
        r"link (?:is|was|has been) sent|on its way|we text you"
    ),
    Promise.PAID: (
        r"(?:deposit|payment|invoice|balance|it|that|bill) (?:is|was|has been|went) "
        r"(?:now |already |fully )?(?:paid|received|settled|through|charged|processed|cleared)|"
        r"(?:received|got|charged|processed|took) (?:your|the) (?:payment|deposit|card)|"
        r"paid (?:in full|off)|charged (?:your|to)"
    ),
    Promise.FREE: (
        r"(?:for|is|are|it's|that's|completely|totally|absolutely) free\b"
        r"(?! (?:to|then|at|on|in|tonight|tomorrow|next|for))|"
        r"free of charge|free (?:visit|service|repair|estimate|of cost)|no charge|no cost|"
        r"without (?:charge|cost)|complimentary|on the house|on us\b|"
        r"won't (?:cost|be charged|pay)"
    ),
    Promise.REFUND: r"refund\w*|reimburs\w*|compensat\w+|money back|pay(?:ing)? you back",
    Promise.DISCOUNT: (
        r"waiv\w+|discount\w*|coupon|price match|special (?:price|rate|offer)|"
        r"(?:knock|take|took|knocked) \S+(?: \S+)? off|off (?:your|the) (?:bill|price|total)"
    ),
    Promise.CREDIT: r"credit(?:ed|ing|s)?\b(?! cards?\b)",
    Promise.WARRANTY: r"warrant(?:y|ied|ies)\b",
    Promise.GUARANTEE: r"guarantee\w*",
    Promise.COMING: (
        r"on (?:the|his|her|their|its|my|our) way|en route|dispatch(?:ed|ing)|heading (?:over|to)|"
        r"(?:technician|someone|somebody|crew|team|mike|dana|he|she|they|we)"
        r"(?:'ll| will| is going to| are going to)(?: \w+)? "
        r"(?:be there|come|arrive|visit|show up|be at|be with you|head)|"
        r"(?:is|are) (?:coming|arriving|minutes away|almost there)|sent (?:someone|a technician)"
    ),
    Promise.CALL_BACK: (
        r"call(?:ed|ing)? you back|(?:ring|phone) you back|left (?:a|your|them a) message|"
        r"(?:'ll| will) (?:call|phone|ring|contact) you|"
        r"(?:notified|told|informed|alerted|paged) (?:the|our|them|a|my|your)|"
        r"passed (?:it|that|this|your \w+) (?:on|along)|get back to you|be in touch"
    ),
    Promise.DONE: (
        r"(?:okay|ok|all|it's|that's|is|now|consider (?:it|that)|get (?:it|that)),? done\b|^done\b|"
        r"(?:i|we)(?:'ve| have) (?:just |now |already )*"
        r"(?:(?:put|added|made|entered|saved|applied|fixed|sorted|handled|filed|processed|"
        r"submitted|removed|placed|finished|completed)\b|"
        r"(?:updated|changed|noted|adjusted|corrected)\b(?! (?:that|it)\b))"
    ),
}
_FOUND: Final = {kind: re.compile(rf"\b(?:{words})") for kind, words in _PATTERNS.items()}
_DENIED = re.compile(
    r"(?:\bnot|n't|\bnever|\bnothing(?: is| was| has been)?|\bno one has|\bcannot)"
    r"(?: been| yet| get| actually| offer| give| any| promise| be| say)*(?: \w+)? $"
)


def promises_in(text: str) -> frozenset[Promise]:
    """What a sentence claims; never raises."""
    clean = normal(text)
    return frozenset(
        kind
        for kind, pattern in _FOUND.items()
        if any(not _DENIED.search(clean[: match.start()]) for match in pattern.finditer(clean))
    )
