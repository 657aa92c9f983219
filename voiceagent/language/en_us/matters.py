"""What a caller's matter is when it is nothing that is booked, priced or looked up: a person's.

An invoice, a complaint, a visit nobody came to, a repair that did not last, a part on order, a
message for somebody, a call back. Each is told by what *happened* to whom (something of ours, in
the past, or on its way), never by a topic word alone: "how much do you charge" is a price, "what
warranty do you give" a page of the business, "is the deposit refundable" a question. A clause that
only supposes something ("if you don't call me back") is no matter.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

from voiceagent.language.en_us.matching import words


class Matter(StrEnum):
    """What it is about; the value is how a person is told."""

    INVOICE = "a question about an invoice or a charge"
    COMPLAINT = "a complaint"
    NO_SHOW = "a visit that nobody came to, or that is late"
    WARRANTY = "a repair that did not last"
    PART = "a part on order"
    MESSAGE = "a message"
    CALL_BACK = "wants to be called back"
    LOST_ITEM = "something that was left behind"
    NO_LINK = "cannot get or use the deposit link"
    RUNNING_LATE = "is running late for a visit"
    WORK = "wants to work for the business"
    TRADE = "another business, about its dealings with ours"
    DATA = "what is kept of them: to be deleted, or told"
    ANOTHERS_NUMBER = "somebody else's number, which is to get no calls or texts"


_OURS = r"(?:you|you guys|you all|your (?:\w+ )?(?:guys?|techs?|technicians?|people|team|man|men|crew|company|driver|plumber|electrician|installer|housekeeper|maid)|they|he|she|somebody from (?:your|there))"  # noqa: E501
_STAFF = r"(?:technician|tech|guy|repairman|repair man|driver|crew|installer|plumber|electrician|man|team|shuttle|somebody|someone|anybody|anyone)"  # noqa: E501
_HELP = r"(?:technician|tech|guy|guys|lad|fellow|man|men|driver|crew|installer|plumber|electrician|repairman|people|team|worker|workers|boys|housekeeper|maid|receptionist)"  # noqa: E501
_BADLY = r"(?:mess|messy|damage\w*|dirty|filthy|muddy|mud|rude|wrong|worse|bad|terrible|poor|poorly|sloppy|shoddy|lousy|awful|half|hole|scratch\w*|dent\w*|crack\w*|broke\w*|attitude|disrespect\w*|unfinished|smoking|swearing)"  # noqa: E501
_PAST = r"(?:ago|yesterday|last (?:week|month|year|night|time|summer|winter|spring|fall|monday|tuesday|wednesday|thursday|friday|saturday|sunday)|this morning|earlier|the other day|in (?:january|february|march|april|may|june|july|august|september|october|november|december)|(?:on )?(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday))"  # noqa: E501
_DONE = r"(?:fixed|repaired|replaced|installed|serviced|worked on|put in|charged me for|came out|were (?:just )?here|was (?:just )?here|were out|was out)"  # noqa: E501
_BAD = r"(?:again|already|still|dead|broken|quit|stopped|not (?:working|cooling|heating|right|fixed)|does not work|did not (?:fix|work|last)|acting up|leaking|same (?:problem|thing|issue|noise|sound|smell|leak|trouble|error)|worse)"  # noqa: E501
_PAPER = r"(?:invoice|bill|receipt|statement|charge|refund|payment)"

_KEPT = (
    r"(?:data|information|info|records?|details|history|messages|recordings?|file|profile|account)"
)
_WIPE = r"(?:delete|erase|remove|wipe|destroy|purge|scrub|get rid of)"

_PATTERNS: Final[dict[Matter, tuple[str, ...]]] = {
    Matter.DATA: (
        rf"\b{_WIPE} (?:all |any |everything |every bit )*(?:of )?(?:the |my |our |all my )(?:\w+ )?{_KEPT}\b(?! (?:from|off) (?:the|your|that) (?:\w+ )?list)",  # noqa: E501
        rf"\b{_WIPE} (?:everything|all|whatever) (?:that )?you (?:have|know|keep|kept|stored|saved)\b",  # noqa: E501
        rf"\bwhat (?:personal )?{_KEPT} (?:do|have|are) you (?:guys )?(?:have|keep|kept|keeping|store|stored|storing|hold|saved|got)\b",  # noqa: E501
        rf"\b(?:copy of|export|download|see) (?:all )?(?:of )?(?:my|the) (?:personal )?{_KEPT} (?:you|that you)\b|\bcopy of (?:all )?my (?:personal )?data\b",  # noqa: E501
        r"\bright to be forgotten\b|\b(?:ccpa|gdpr|privacy) request\b",
    ),
    Matter.NO_LINK: (
        r"\b(?:did not|not|never|can not|could not) (?:\w+ ){0,2}?(?:get|got|gotten|receive|received|open|find|see) (?:\w+ ){0,4}?(?:link|text|texts|text message|confirmation|email|code)\b",  # noqa: E501
        r"\b(?:not have|not own|no|not got|without) (?:a |an |any )?(?:cell|cellphone|cell phone|mobile|smartphone|smart phone)\b",  # noqa: E501
        r"\b(?:is|am on|only have|have only|just have|calling from|it is) (?:a |my |just a |only a )*land ?line\b",  # noqa: E501
        r"\b(?:send|text|shoot|forward|get)(?:ing)? (?:me |us |over )?(?:the|that|my|your|another|a new|one more) (?:\w+ ){0,2}?(?:link|text|text message|confirmation|email)\b(?:.*\b(?:again|once more|one more time|second time)\b| ?$)",  # noqa: E501
        r"\b(?:re ?send|re ?text|send again|text again)(?:ing)? (?:\w+ ){0,5}?(?:link|text|text message|confirmation|email)\b",  # noqa: E501
        r"\b(?:lost|deleted|erased|can not find) (?:the |that |my |your )?(?:\w+ ){0,4}?(?:link|text|text message|confirmation)\b",  # noqa: E501
        r"\b(?:link|payment page) (?:\w+ ){0,2}?(?:not work|not open|does not|is broken|expired|did not)\b",  # noqa: E501
    ),
    Matter.WARRANTY: (
        rf"\b{_OURS} (?:just |already )?{_DONE}\b.*\b{_PAST}\b.*\b{_BAD}\b",
        rf"\b{_PAST}\b.*\b{_OURS} (?:just |already )?{_DONE}\b.*\b{_BAD}\b",
        rf"\b{_OURS} (?:just |already )?{_DONE}\b.*\b{_BAD}\b.*\b(?:warranty|pay|paying|free|{_PAST})\b",  # noqa: E501
        r"\b(?:should|supposed to|has to|must) (?:\w+ )?be (?:covered|under (?:the )?warranty)\b",
        r"\b(?:still|is) under (?:the |your )?warranty\b(?! (?:or|if))",
        r"\bwarranty claim\b|\bclaim (?:on|under) (?:my|the|our) warranty\b",
        r"\bpay(?:ing)? (?:for it )?twice (?:for|to)\b|\bpay(?:ing)? (?:for it|for that|for this) twice\b",  # noqa: E501
    ),
    Matter.NO_SHOW: (
        r"\b(?:nobody|no one|noone|none|not one) (?:ever |has |had |even )*(?:came|come|showed|shown|show|turned up|arrived|called|been)\b",  # noqa: E501
        rf"\b(?:{_OURS}|{_STAFF})(?: \w+)? (?:has |have |did |had )?(?:not|never) (?:\w+ )?(?:come|came|show|showed|shown|arrive|arrived|turn up|turned up|call|called)\b(?!.*\b(?:if|unless)\b)",  # noqa: E501
        rf"\bwhere is (?:my|the|your|our|that|this) (?:\w+ )?{_STAFF}\b|\bwhere is (?:he|she|everybody|everyone)\b",  # noqa: E501
        rf"\b(?:{_STAFF}|he|she|they) (?:is|are) (?:\w+ )?(?:late|not here|running late|hour late)\b",  # noqa: E501
        r"\b(?:still|been) (?:sitting here )?waiting (?:for (?:him|her|them|you|someone|somebody|the|your|my)|all (?:day|morning|afternoon)|since|two|three|four|an hour|hours)\b",  # noqa: E501
        r"\b(?:was|were) supposed to (?:be here|come|show up|arrive|call|have (?:come|been))\b",
        rf"(?<!what day )(?<!what date )(?<!what time )(?<!when )(?<!which day )(?<!how soon )\b(?:is|are) (?:my|the|your) {_STAFF} (?:still )?(?:on (?:his|her|their|the) way|coming)\b",  # noqa: E501
        rf"\bwhen (?:is|will) (?:my|the|your) {_STAFF} (?:\w+ )?(?:get here|be here|come|coming|arrive|arriving|going to)\b",  # noqa: E501
    ),
    Matter.COMPLAINT: (
        r"\b(?:complain|complaint|complaints|complaining)\b(?! of| that it)",
        rf"\b{_OURS} (?:\w+ )?(?:left|made|scratched|damaged|broke|ruined|cracked|stole|dented|tracked|flooded|lied|ripped|overcharged)\b",  # noqa: E501
        r"\b(?:not|very|really|pretty|so|extremely) (?:happy|unhappy|satisfied|dissatisfied|disappointed|upset) (?:with|about|at) (?:you|your|the (?:work|service|job|technician|way|visit)|how)\b",  # noqa: E501
        r"\b(?:was|were|is|are) (?:\w+ )?(?:rude|unprofessional|disrespectful)\b",
        r"\bbad review\b|\bone star\b",
        rf"\b(?:your|that|the) (?:\w+ )?{_HELP} (?:\w+ ){{0,3}}?(?:did|done|made|left|was|were|has|have|had|got|put|tracked)\b(?: \w+){{0,5}}? {_BADLY}\b",  # noqa: E501
        r"\b(?:poor|bad|terrible|awful|lousy|shoddy|sloppy|horrible|pathetic|unprofessional|disappointing|unsatisfactory) (?:\w+ )?(?:service|job|work|workmanship|experience|attitude|behaviou?r|treatment)\b",  # noqa: E501
        r"\b(?:i|we) (?:am|are) (?:\w+ )?(?:disappointed|dissatisfied|unhappy|not (?:at all )?(?:happy|satisfied|pleased)|appalled|disgusted)\b",  # noqa: E501
        r"\b(?:you|you guys|you all|your \w+) (?:told|promised|assured) (?:me|us)\b.*\b(?:but|never|still|nobody|no one)\b",  # noqa: E501
        r"\b(?:lodge|file|register|raise|make) (?:a |an )?(?:formal |official )?(?:complaint|grievance)\b",  # noqa: E501
        r"\b(?:nobody|no one|none of you) (?:ever |has |had |even |bothered to )*(?:cleaned|clean|fixed|answered|answers|told|cared|helped|picked up|responded|bothered)\b(?! (?:me|us) (?:what|how|the))",  # noqa: E501
    ),
    Matter.INVOICE: (
        r"\b(?:my|an|a|the|this|your|that|our|another|last) (?:(?:last|latest|first|final|repair|recent|old|new|other|service|same|whole) )?(?:invoice|bill|receipt|statement)\b(?!.*\b(?:gas|electric|power|energy|heating|water) bill)",  # noqa: E501
        r"\binvoice\b|\b(?:got|get|was|been|being|were) (?:\w+ )?(?:billed|charged|overcharged|double charged)\b",  # noqa: E501
        r"\b(?:over ?charged|double charged|charged (?:me|us)|billed (?:me|us))\b",
        r"\b(?:charge|charges) on my (?:card|account|statement)\b",
        r"\b(?:where is|want|need|get|give me|waiting (?:for|on)|owe me) (?:my|a|our) (?:money back|refund)\b",  # noqa: E501
        rf"\b(?:copy of|send me|resend|email me) (?:\w+ ){{0,2}}{_PAPER}\b",
        r"\b(?:never|not|nor) (?:\w+ )?(?:got|get|gotten|received|receive|seen|see) (?:my|our|the|a|any) (?:refund|money back|credit|receipt|invoice)\b",  # noqa: E501
    ),
    Matter.PART: (
        r"\b(?:when|where|is|are|has|have|did|any (?:news|word|update)s?)\b.{0,25}\b(?:my|the|our|that) (?:\w+ )?parts?\b.{0,20}\b(?:in|here|come|coming|arrive|arrived|ready|ship|shipped|order|ordered|you)\b",  # noqa: E501
        r"\b(?:where|when) is (?:my|the|our|that) (?:\w+ )?parts?\b",
        r"\b(?:has|have|did|is|are) (?:my|the|our|that) (?!technician|tech\b|guy|man|crew|driver|plumber|repairman)(?:\w+ ){1,3}?(?:come in|came in|arrived? yet|in yet|shipped|been (?:shipped|ordered|delivered)|on order|back ordered)\b",  # noqa: E501
        r"\bparts? (?:that )?(?:you|you guys|they|he|she) (?:\w+ )?(?:ordered|are ordering|were getting|was getting)\b",  # noqa: E501
        r"\byou (?:guys )?ordered (?:\w+ ){0,3}(?:for me|last week|last month|for my)\b",
        r"\b(?:waiting|checking|calling|following up) (?:for|on|about) (?:a|my|the|our|that) (?:\w+ )?parts?\b",  # noqa: E501
    ),
    Matter.MESSAGE: (
        r"\b(?:leave|take|pass on|give|get|send|pass along|relay)(?: (?:him|her|them|mike|the \w+))? (?:a |my |this |the )*(?:quick )?message\b",  # noqa: E501
        r"\b(?:can|could|would|will) you (?:please )?(?:tell|let) (?!me\b|us\b)(?:\w+ ){1,4}?(?:know|that|i|to|the)\b",  # noqa: E501
        r"^(?:hi |hello |hey |yes |please |um |so )*(?:tell|let) (?!me\b|us\b|you\b)(?:\w+ ){1,3}?(?:know|that|i )\b",  # noqa: E501
    ),
    Matter.CALL_BACK: (
        r"\b(?:can|could|would|will|please|have|get|ask|want|need|like|waiting for|expecting)\b.{0,30}\b(?:call|phone|ring) (?:me|us) back\b",  # noqa: E501
        r"\b(?:returning|missed) (?:a|your|his|her|the|my) (?:phone )?call\b|\bgot a (?:missed )?call from (?:you|this)\b",  # noqa: E501
        r"\b(?:a )?call ?back\b.{0,20}\b(?:please|from|request)\b|\b(?:want|need|get|request|like|have) (?:a )?call ?back\b",  # noqa: E501
        r"\b(?:have|get|ask) (?:someone|somebody|him|her|them|mike|a person|the \w+|your \w+) (?:to )?(?:call|phone|ring) (?:me|us)\b",  # noqa: E501
    ),
    Matter.LOST_ITEM: (
        r"\b(?:left|forgot|lost|leaving) (?:my|our|his|her|a|some) (?:\w+ ){0,3}(?:in|at|on|under|behind|there|inside|with you)\b(?!.*\b(?:gate|code|note)\b)",  # noqa: E501
        r"\blost and found\b|\b(?:found|find|turned in) (?:my|our|a) (?:\w+ ){1,3}(?:in|at) (?:the|my|our|your) (?:room|lobby|van|truck|house)\b",  # noqa: E501
    ),
    Matter.WORK: (
        r"\b(?:are|is) (?:you|you guys|you all|your company|they) (?:still |currently |now )?(?:hiring|taking on (?:people|\w+s)|looking for (?:people|help|\w+s))\b",  # noqa: E501
        r"\b(?:my|a|the) (?:resume|cv|application|job application)\b",
        r"\b(?:work|working|job|position|opening|openings|apprenticeship|employment) (?:for|with|at|as|in) (?:you\b(?! tomorrow| on)|your \w+|an? (?:\w+ )?(?:technician|tech|apprentice|installer|helper|dispatcher|cook|maid|housekeeper|driver|receptionist|trainee)\b)",  # noqa: E501
        r"\b(?:apply|applying|applied|interview|interviewing) (?:for|to|with) (?:a|an|the|your|you|some)\b",  # noqa: E501
        r"\b(?:any|have|got|a|looking for) (?:jobs? (?:open|openings?|available|going)|openings? for an? \w+|positions? (?:open|available)|apprenticeships?|employment)\b",  # noqa: E501
        r"\blooking for (?:a job|work|employment)\b(?! (?:on|to be|done))",
    ),
    Matter.TRADE: (
        r"\bwho (?:handles|does|is in charge of|takes care of|deals with|makes|buys|orders|runs) (?:your|the) (?:purchasing|ordering|buying|accounts?|books|payroll|billing|marketing|advertising|insurance|supplies|parts ordering|hiring|website|fleet)\b",  # noqa: E501
        r"\byour (?:account|order|past due|purchase order|delivery|shipment|credit application) (?:with|at|from) (?:us|our)\b|\baccounts (?:payable|receivable)\b",  # noqa: E501
        r"\b(?:i am|we are|this is \w+|i am calling) (?:\w+ )?(?:with|from|at) (?:\w+ ){0,3}?(?:supply|supplies|wholesale|distribut\w+|vendor|supplier)\b",  # noqa: E501
        r"\b(?:i am|we are) (?:a|your|the|one of your) (?:vendor|supplier|distributor|wholesaler)s?\b",  # noqa: E501
    ),
    Matter.RUNNING_LATE: (
        r"\b(?:i|we) (?:am|are) (?:running|going to be|gonna be|a little|a bit|stuck) (?:\w+ ){0,3}?(?:late|behind|traffic)\b",  # noqa: E501
        r"\b(?:i|we) will (?:\w+ )?be (?:\w+ ){0,2}late\b",
    ),
}  # fmt: skip
_FOUND: Final = {
    matter: tuple(re.compile(pattern) for pattern in patterns)
    for matter, patterns in _PATTERNS.items()
}
_SUPPOSED: Final = re.compile(
    r"\brather \w+ (?:did|had|would|do) not \w+"
    r"|\b(?:if|unless|in case|suppose|whether|what happens when)\b(?:(?! i want| i need| can you).)*?"  # noqa: E501
    r"(?=\b(?:then|i am|i will|can|could|do i|do you|will you|is it|what|how)\b|$)"
)


_TEXT: Final = r"(?:link|text|texts|text message|message|confirmation)"
_AGAIN: Final = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\b(?:send|text|shoot|forward|get)(?:ing)? (?:me |us |over )?(?:the|that|my|your|another|a new|one more) (?:\w+ ){{0,2}}?{_TEXT}\b",  # noqa: E501
        rf"\b(?:re ?send|re ?text|send again|text again)(?:ing)? (?:\w+ ){{0,5}}?{_TEXT}\b",
        rf"\b(?:lost|deleted|erased|can not find) (?:the |that |my |your )?(?:\w+ ){{0,4}}?{_TEXT}\b",  # noqa: E501
        rf"\b(?:did not|not|never) (?:\w+ ){{0,2}}?(?:get|got|gotten|receive|received|see) (?:\w+ ){{0,4}}?{_TEXT}\b",  # noqa: E501
    )
)
_NO_TEXTS: Final = re.compile(
    r"\b(?:land ?line|email|code|cell|cellphone|mobile|smart ?phone|flip phone)\b"
)


def asks_for_text_again(text: str) -> bool:
    """Whether the text of a booking, or its link, is wanted once more; who has no phone for it, no.

    Args:
        text: one caller turn that is of `Matter.NO_LINK`.
    """
    said = " ".join(words(text))
    return _NO_TEXTS.search(said) is None and any(one.search(said) for one in _AGAIN)


def hear_matter(text: str) -> Matter | None:
    """The matter that needs a person, or ``None``; never raises.

    Args:
        text: one caller turn.
    """
    said = " ".join(words(text))
    told = _SUPPOSED.sub(" ", said)
    for matter, patterns in _FOUND.items():
        if any(pattern.search(told) for pattern in patterns):
            return matter
    return None
