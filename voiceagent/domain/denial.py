"""A small grammar of denials: whether a whole turn says that there is no danger, and of what.

A turn is a clear denial when **all** of it can be read as a row of these, and nothing is left over:

* a blanket no ("no", "none of that", "nothing like that", "not that I know of");
* "no" or "there is no" with a list of dangers ("no gas, no smoke or anything");
* somebody who speaks for the house perceives nothing ("I don't smell or see anything"), or is told
  of by who asked them ("she says no, she doesn't smell a thing");
* an alarm at rest ("the little alarms are all quiet"), and air that smells as it should;
* what changes nothing: courtesy, laughter, "everything is fine", the complaint in the business's
  own words, what is wanted done about it, who and where they are, and when somebody can come.

"Nothing smells like gas" is not among them: spoken without a pause it is also "nothing; smells like
gas", as people report who leave out the subject. "Nothing smells", and no more, and "nothing is
burning" can only be one sentence.

So what breaks a denial needs no list: hedges ("maybe", "not really"), contrast ("but", "except"),
another person's nose ("my wife does"), a question back, and negations of something else ("don't
hang up", "I don't know", "can you not hear me?") are simply not in the grammar. A sentence that it
has never seen is no denial, which costs a question; the other mistake costs more.

What is denied must be all that was asked. A blanket no covers it, and so do two of the things
together ("no gas, no smoke": callers shorten lists), but "no gas" alone leaves the rest open.
Where nothing was asked, every thing of the business's list has to be named.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from voiceagent.domain.business import Business, Emergency, Service
from voiceagent.domain.safety_words import ALARMS, SENSES, TokenKind, phrase, phrasebook, plain

_LITTLE = r"(?:(?:little|other|old|new|two|three|four|both|upstairs|downstairs) )"
_ALARM = r"(?:alarms?|detectors?|monitors?|sensors?) "
_STILL = (
    r"(?:(?:all|both|still|just|perfectly|completely|totally|absolutely|very|pretty|nice and) )"
)
"""What makes a state more so, and never less."""

_SMELLS_RIGHT = rf"smells? {_STILL}*(?:fine|normal|okay|ok|good|clean|fresh) "
_VERB = r"(?:smell|smelled|smelt|smelling|see|seen|seeing|hear|heard|hearing|notice|noticed|noticing|detect|detected) "  # noqa: E501
_SMELL = r"(?:smells?|odors?|odour|fumes) "
_GOING = r"(?:(?:is |are )?(?:going off|beeping|sounding|ringing) )"
_ODD = (
    r"(?:(?:strange|weird|funny|bad|unusual) (?:(?:or|and) (?=strange|weird|funny|bad|unusual))?)"
)
_QUALIFIER = rf"(?:(?:any|a|an|the|sign of|signs of|hint of|trace of|(?:(?<=no )|(?<=any ))(?:kind|sort) of|visible|actual|whiff of|smell of|smells of|odor of) |{_ODD})"  # noqa: E501
_WHOLLY = r"(?:at all|whatsoever|of any (?:kind|sort|type)|in the (?:least|slightest)|in any way)"
"""What makes a denial one of the whole of the thing it names, and adds nothing to it."""

_PLACE = rf"(?:(?:here|anywhere|inside|in here|around here|in the house|{_WHOLLY}|coming from it|coming out of it|coming out|even|that i can (?:see|smell|tell)) )"  # noqa: E501
_OF_SOMETHING = r"of (?!any (?:kind|sort|type)\b)"
_OF_THAT = r"of (?:the|that|this) (?:sort|kind|type|nature)"
_THING = rf"(?:{_QUALIFIER}*(?:@[0-9x] (?:{_SMELL}|{_ALARM}|@[0-9x] |leaks? |leaking |or burning )*|{_ALARM}|{_SMELL})(?:{_GOING})?{_PLACE}*)"  # noqa: E501
_REST = rf"(?:(?:or|nor) (?:anything|any of (?:that|those|it)|whatever)(?: like that| {_OF_THAT}| {_WHOLLY})* )"  # noqa: E501
_AND = r"(?:(?:, )?(?:(?:or|nor|and|no|not|any|either|also) )*)"
_LIST = rf"(?:{_THING}(?:{_AND}{_THING})*{_REST}?)"
_ADJECTIVE = rf"(?:(?:weird|strange|funny|unusual|odd|bad|wrong|dangerous|suspicious|like that|along those lines|out of the ordinary|{_OF_THAT}|{_WHOLLY}|either) )"  # noqa: E501
_ANYTHING = rf"(?:(?:anything|(?:a|one)(?: single)? thing|any of (?:that|those|them|these|it|the above)|either(?: of (?:those|them))?) {_ADJECTIVE}*{_PLACE}*)"  # noqa: E501
_THOSE = r"(?:(?:those|these) things|that|those|them|these|it|the above)"
_NOTHING = rf"(?:(?:nothing|not (?:a|one)(?: single)? (?:thing|one)|not one|none|neither|no such things?) {_ADJECTIVE}*(?:of {_THOSE} )?{_PLACE}*)"  # noqa: E501
_SIGN = r"(?:signs?|hints?|traces?|whiffs?|evidence|indications?|smells?|odors?)"
_NOT_A_SIGN = rf"not (?:a (?=sign|trace)|(?:a single|one(?: single)?|the(?: least| slightest| faintest)) (?=bit |{_SIGN}))(?:{_SIGN}|bit) "  # noqa: E501
"""Not "not a bit" or "not a whiff": without a pause they are also "not; a bit", a report."""

_OBJECT = rf"(?:{_ANYTHING}|{_LIST})"
_I_NOT = r"(?:(?:i|we) (?:do|did|have|can|could|am|are) not |(?:i|we) never |not |have not |do not |can not )"  # noqa: E501
_PERCEIVE = rf"{_VERB}(?:(?:or|nor|and) {_VERB})*{_OBJECT}"
_TOLD_BY = (
    r"(?:she|he|they|(?:my|the|our) (?:tenants?|wife|husband|son|daughter|mother|mom|father|dad|"
    r"neighbor|brother|sister|roommate|partner|kids|renters?|lady|guy|people))"
)
_SAYS = rf"{_TOLD_BY} (?:(?:has|have) )?(?:says?|said|tells? (?:me|us)|told (?:me|us)|is saying|are saying) (?:that )?"  # noqa: E501
"""Who was asked, and is told of: the denial is theirs, not about them."""

_NAMED = (
    rf"(?:no |not any |not |without any |without |zero ){_LIST}",
    rf"(?:(?:there|that) (?:is|are) )?no {_SIGN} of {_OBJECT}",
    rf"{_NOT_A_SIGN}of {_OBJECT}",
    rf"not a {_SIGN} of {_ANYTHING}",
    rf"(?:there|that) (?:is|are) (?:no |not any |not ){_LIST}",
    rf"(?:there|that) (?:is|are) (?:not {_ANYTHING}|{_NOTHING})",
    rf"there has not been {_OBJECT}",
    rf"{_I_NOT}{_PERCEIVE}(?:(?:, )?(?:(?:or|nor|and) )?(?:(?:i|we) (?:do|can) not )?{_PERCEIVE})*",
    rf"(?:i|we) {_VERB}(?:{_NOTHING}|no {_LIST})",
    rf"(?:nobody|no one|none of us|neither of us) (?:here )?(?:{_VERB}|smells |sees |hears |is ){_OBJECT}",  # noqa: E501
    rf"(?:i|we) (?:do|have) not (?:have|got) {_LIST}",
    rf"it (?:is not|does not) (?:(?:smell|smelling|look) (?:(?:like|of) )?)?{_OBJECT}",
    r"it does not smell(?: (?:funny|weird|bad|strange|like anything))? ",
    rf"nothing is (?:@[0-9x] |leaking |{_GOING})(?:or (?:@[0-9x] |anything ))*{_PLACE}*",
    r"nothing smells (?=,|$)",
    rf"(?:(?:it|everything|all|the (?:air|house|place|room)) )?(?:all |still |just )?{_SMELLS_RIGHT}{_PLACE}*",  # noqa: E501
    rf"{_SAYS}(?:he|she|they) (?:does|do|did|can|could) not {_PERCEIVE}",
    rf"(?:all |all of |both |both of |none of )?(?:the |my |our |no )?{_LITTLE}*(?:@[0-9x] )*{_ALARM}(?:(?:is|are) (?:not {_GOING}|not on |{_STILL}*(?:quiet |silent |fine |okay |ok |normal |good ))|(?:has|have|did) not (?:gone|go) off |(?:has|have|did) not (?:made|make) (?:a |any )(?:peep|sound|noise|beep) |(?:reads?|says?|shows?) (?:zero|0) )",  # noqa: E501
    rf"(?:there is )?(?:no|not a|not one|not a single) (?:peep|sound|beep|chirp) (?:from|out of) (?:(?:any|all|either|both|of|the|my|our) )*{_LITTLE}*(?:@[0-9x] )*{_ALARM}",  # noqa: E501
    rf"(?:the |my )?{_LIST}(?:is |are )?(?:quiet |silent |not {_GOING})",
)
_BLANKET = (
    r"(?:no|nope|nah|negative|nay|uh uh|nuh uh|no way|not at all|absolutely not|definitely not|certainly not|of course not) ",  # noqa: E501
    _NOTHING,
    rf"no {_NOTHING}",
    rf"{_NOT_A_SIGN}(?!{_OF_SOMETHING}){_PLACE}*",
    r"nothing smells (?=, )",
    rf"(?:no|nope|nah) to (?:all|any|each|every one|both)(?: (?:of {_THOSE}|three))? ",
    rf"no to {_THOSE} ",
    r"not (?:in the (?:least|slightest)|by any means) ",
    rf"(?:there is |it is |we are in |i am in )?(?:no|not any|not in any) (?:danger|emergency) {_PLACE}*",  # noqa: E501
    r"(?:i|we) (?:do|did|have) not ",
    r"(?:there|it) (?:is|are) not ",
    r"(?:i|we) do not (?:think|believe) so ",
    r"not that (?:i|we) (?:know of|am aware of|are aware of|can (?:tell|see|smell)|(?:have )?noticed|(?:have )?(?:seen|smelled)) ",  # noqa: E501
)
_LOOKED = r"(?:walked|looked|checked|went|gone|sniffed|been|(?:had|took|taken) a (?:good |quick |close )?(?:look|sniff))"  # noqa: E501
_WENT_AND_LOOKED = rf"{_LOOKED}(?: (?:around|everywhere|all|over|through|the|house|whole|place|basement|downstairs|upstairs|every|room|rooms|it|twice|again|outside|to|and|out|in|there|for|myself|just now|{_LOOKED}))*"  # noqa: E501
"""What somebody did before they say what they found."""

_FRONT = r"(?:there|here|(?:on|in|with) (?:(?:all|any|of|each) )*(?:that|those|these|it|them|the)?(?: ?(?:front|fronts|counts?|scores?|respects?|regard|end|side|department|things))?)"  # noqa: E501
_TO_WHOM = r"(?:(?:my )?(?:sir|ma'am|madam|miss|mister|dear|honey|hon|hun|sweetie|sweetheart|darling|love|man|dude|bro|buddy|pal|boss|mate|girl|guys|folks|friend|senor|senora|senorita))"  # noqa: E501
_SOUND = r"(?:um+|uh+|er+|well|oh+|hm+|a*h+|a+w+|ugh|phew|lo+l+|lmao+|rofl|(?:ha)+h?|he(?:he)+h?|heh|hah|omg|gee|jee+z|geez|wow)"  # noqa: E501
"""What is said before anything is said, and laughter as it is written."""

_HARMLESS = (
    rf"(?:{_TO_WHOM}|{_SOUND}) ",
    _SAYS,
    r"(?:i|we) (?:(?:have|just|already|even) )*asked(?: (?:her|him|them|my [a-z]+|the [a-z]+|everybody|everyone|twice|again))* ",  # noqa: E501
    r"(?:you are|ur|u|u r) (?:all )?(?:good|fine) ",
    r"(?:,|and|also|okay|ok|so|hello|hi|hey|please|thanks|thank you|thank (?:god|goodness)|thankfully|fortunately|luckily|let me (?:see|check)|i see|(?:like |as )?i said|i(?: already)? told you|absolutely|definitely|just|at all|whatsoever|whatever|yeah(?= (?:, )?(?:no|nope|nah|negative))|good) ",  # noqa: E501
    rf"(?:everything|everyone|everybody|it|we|i|all|things|that) (?:(?:is|am|are) )?(?:all )?(?:fine|good|okay|ok|clear|normal|safe|quiet|all right|alright)(?: {_FRONT})? ",  # noqa: E501
    r"i hear you (?:fine|okay|well) ",
    r"(?:i|we) (?:have )?(?:been|already|just) (?:on hold|waiting|up|waited|told|called)(?: (?:for|since|you|all|this|that|somebody|someone|about|the|other|last|over|almost|twenty|thirty|ten|five|two|three|four|six|an|a|hours?|minutes?|days?|morning|night|guy|girl|lady|person))* ",  # noqa: E501
    r"(?:this|you) (?:is|are) the (?:first|second|third|fourth|fifth|last|only) (?:company|place|one|time|call|person|people|number)(?: (?:i|we) (?:have )?(?:called|tried|spoken|talked)(?: to| with)?)? ",  # noqa: E501
    r"(?:i|we) have (?:a|an|two|three|four|five|six|\d+|little|small) (?:kids?|children|dogs?|cats?|baby|babies)(?: (?:at home|here|in the house|sleeping))* ",  # noqa: E501
    r"(?:oh )?(?:gosh|goodness|heavens|lord|my god|bless you|come on|look|listen|you people|you know|good grief|for crying out loud|seriously|honestly) ",  # noqa: E501
    r"(?:i am|we are) (?:sure|certain|positive)(?: now| of it| about that)? ",
    r"(?:no )?you (?:misunderstood|misheard)(?: me)? ",
    r"it is all electric(?: here| in here)? ",
    r"(?:it|that|she|he)(?: just| simply)? (?:(?:does|did|will|would|is|has|do) not (?:work|working|worked|start|starting|run|running|come on|turn on|kick on|cool|cooling|heat|heating|do anything|respond)|quit|died|stopped(?: working)?)(?: (?:at all|anymore|any more|any longer|on me|on us))? ",  # noqa: E501
    r"(?:i am|we are) (?:(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?: (?:one|two|three|four|five|six|seven|eight|nine))?|\d\d)(?: years old)? ",  # noqa: E501
    r"(?:so )?(?:i|we) (?:can|do) not (?:stand|take|bear|like|want) (?:the|this) (?:heat|cold) ",
    r"(?:i am|we are) (?:just )?(?:a (?:bit|little) )?(?:scattered|busy|in a hurry|at work|retired)(?: (?:today|right now|now))? ",  # noqa: E501
    r"(?:the|my|our) (?:baby|kids?|dogs?|phone|tv) (?:is|are) (?:crying|barking|yelling|ringing|loud) ",  # noqa: E501
    r"sorry ",
    r"(?:i|we) (?:have )?(?:already |just )?asked (?:her|him|them|everybody|everyone)(?: already| about it)? ",  # noqa: E501
    r"(?:i|we) (?:just |only )+(?:want|need|called for|called to get) (?:the |my |our |a |it )?(?:@s |[a-z]+ )?(?:to be )?(?:seen to|fixed|looked at|repaired|serviced|checked) ",  # noqa: E501
    r"(?:just |please |come |and )*(?:fix|send) (?:it|somebody|someone|him)(?: out| over| here| please| now| already)* ",  # noqa: E501
    r"(?:it|this) (?:is|has been|is been|was) (?:just )?(?:one of those|a (?:long|busy|crazy|rough)) (?:days?|weeks?|mornings?|nights?|months?) ",  # noqa: E501
    r"(?:my|our) (?:[a-z']+ (?:in law )?|[a-z'-]+ )(?:is|are) (?:coming|visiting|staying)(?: (?:over|by|in|with us|today|tonight|tomorrow|soon))*(?: so you can imagine)? ",  # noqa: E501
    r"i work (?:nights|days|late|from home)(?: you know)? ",
    r"(?:we|i|it|everything|everybody|everyone) (?:is|are|am) (?:fine|good|okay|ok|safe)(?: (?:that way|here|there|in that respect|on that score))? ",  # noqa: E501
    r"(?:my|a) (?:neighbor|friend|brother|sister|mother|mom|father|dad|boss|coworker) (?:recommended|referred|sent|told) (?:you|me|us)(?: to you)? ",  # noqa: E501
    r"(?:when|how soon|what time|how fast) can (?:you|someone|somebody|they) (?:come|get|be|send)(?: (?:here|out|over|by|someone|somebody|today|tonight|tomorrow))* (?:\? )?",  # noqa: E501
    r"(?:can|could) you (?:please )?(?:come|send)(?: (?:here|out|over|by|someone|somebody|today|tonight|tomorrow|a technician))* (?:please )?(?:\? )?",  # noqa: E501
    r"(?:my |the )?(?:(?:phone )?number|address) is ",
    rf"(?:i|we) (?:have )?(?:just |already )?{_WENT_AND_LOOKED} ",
    r"(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|ten|\d+)(?: (?:zero|oh|one|two|three|four|five|six|seven|eight|nine|\d+)){2,} ",  # noqa: E501
)
_WISH = (
    r"(?:(?:i|we) (?:(?:only|just|really|simply|still) )*(?:want|need|would like) "
    r"|(?:(?:just|please|now|simply|only) )*(?:fix|repair|send|get|come|have|look at|see to|"
    r"service|check|book|schedule) )"
)
_WISHED = (
    r"it|this|that|thing|one|the|my|our|a|an|to|have|get|somebody|someone|you|technician|tech|guy|"
    r"man|person|repairman|out|over|here|fixed|fix|repaired|repair|looked at|look at|seen to|"
    r"see to|serviced|service|checked|check|booked|book|scheduled|schedule|visit|"
    r"appointment|price|quote|come|send|working|running|going|again|today|tomorrow|soon|asap|now|please|already|damn|darn"
)
"""What a caller wants done, in words none of which can tell of a danger."""

_NOT_A_NAME = r"(?!(?:i|we|it|he|she|they|my|our|the|there|this|that|something|some|someone|but|and|not|no|feel|feels|feeling|is|are|was|has|does|smells?|maybe|can|do|yes|yeah|yep|yup|yah|sure|right|correct|mostly|mainly|partly|largely|nearly|almost|barely|hardly|scarcely|rarely|seldom|usually|normally|generally|typically|sometimes|hopefully|probably|possibly|presumably|supposedly|apparently|perhaps|really|exactly|only|though|although|except|unless|guess|think|suppose|sort|kind|for|now|or|as|at|why|what|don't|can't)\b)"  # noqa: E501
"""Nobody is called by what a statement can be weakened with, or goes on with."""
_IDENTITY = rf"(?:my name is|the name is|name is)(?: {_NOT_A_NAME}[a-z']+){{1,3}} "
_NO_ALARM = re.compile(
    rf"\b(?:have|has|got|own|there is|there are) (?:not )?(?:no |any |a |an |got )*(?:@[0-9x] )*{_ALARM}"  # noqa: E501
    rf"(?!{_GOING})"
)
"""Having no alarm is another thing than an alarm that is silent."""

_ALL = re.compile(
    r"\bnothing (?!is @|is leaking|is going|is beeping|smells|burning)|\b(?:anything|none|neither|either|nope|nah|negative|nay|uh uh|not at all|(?:a|one)(?: single)? thing|no such|no to)\b"  # noqa: E501
    rf"|\b{_LOOKED} .*\b(?:all|everything)(?: (?:is|was))? (?:fine|good|clear|normal|okay|ok|safe) "
    r"|\b(?:no|any) (?:danger|emergency) "
    r"|\bany of\b|\bor whatever\b|\bnot that (?:i|we)\b|\bnot (?:think|believe) so\b"
    r"|\bnot (?:one (?!(?:\w+ )+of @)|in the (?:least|slightest) |by any means )"
    rf"|\b{_NOT_A_SIGN}(?!{_OF_SOMETHING})|\bnot (?:a|one) single (?:thing|one) (?!of @)"
    rf"|\b(?:no|any) {_ODD}*(?:smells?|odors?) (?!@|{_OF_SOMETHING})"
    r"|\bno (?=$|,|no\b|i\b|we\b|there\b|it\b|everything\b|not\b|the\b|my\b|thank|that\b|all\b|nobody\b|please\b|when\b|how\b|can\b|just\b|@s)"  # noqa: E501
    rf"|\bno (?={_TO_WHOM} |{_SOUND} )"
    r"|\bnothing smells (?=,|$)"
    r"|\b(?:absolutely|definitely|certainly|course) not\b"
    r"|\b(?:i|we) (?:do|did|have) not (?=$|,)|\b(?:there|it) (?:is|are) not (?=$|,)"
)
_SAID_NO = re.compile(rf"{_SAYS}(?:no|nope|nah) (?=,|$)")
"""Another's bare no, of which it is not said that they were asked: it leaves the caller's open."""

_ALL_QUIET = re.compile(r"\b(?:everything|all)(?: is)? (?:all )?quiet ")
_CORRECTS = re.compile(
    r"@[0-9x] (?:[a-z]+ )?, (?:(?:a|an|the|some|just) )?@[0-9x] "
    r"(?!(?:[a-z]+ )?(?:, )?(?:or|nor|and|@))"
)
"""A list whose last thing has neither "no" nor "or" before it: "not gas, smoke" names smoke."""

_ONLY_SEEN_OR_HEARD = re.compile(
    r"^(?:, |and )?(?:i|we) (?:do|did|have|can|could) not (?:see|seen|hear|heard) (?:or (?:see|hear) )?anything "  # noqa: E501
)
_SUSPICIOUS = frozenset(
    {
        "but",
        "except",
        "though",
        "although",
        "however",
        "maybe",
        "unless",
        "until",
        "wife",
        "husband",
    }
)
_GLUE = frozenset(
    {
        *("it", "the", "my", "our", "that", "this", "is", "just", "only", "and", "still", "really"),
        *("very", "pretty", "making", "makes", "a", "an", "noise", "noises", "loud", "noisy"),
        *("cold", "warm", "in", "here", "inside", "house", "out", "working", "old", "dead"),
        *("running", "broken", "will", "turn", "on", "start", "won't"),
    }
)
_NEVER_GLUE = SENSES | ALARMS | _SUSPICIOUS | {"not", "no", "i", "you", "can", "bad", "look", "at"}


def denies_all(text: str, business: Business, *, asked: bool) -> bool:
    """Whether a turn is a clear denial of every danger.

    Args:
        text: one caller turn.
        business: its `emergency` section names the dangers.
        asked: the turn answers the safety question, so that "no" alone says it all, and nothing
            but a denial may stand beside it. Otherwise ordinary clauses may stand beside it, and
            each thing of `emergency.asked` has to be named.
    """
    grammar = _grammar(business)
    if asked:
        marked = grammar.marked(plain(text))
        if _CORRECTS.search(marked) or not grammar.reads(marked):
            return False
        return grammar.covers(marked)
    named: set[str] = set()
    for clause in re.split(r"[.;!?\n]+", plain(text)):
        marked = grammar.marked(clause)
        if any(word in _SUSPICIOUS for word in marked.split()):
            return False
        for part in _parts(marked):
            if grammar.reads_denial(part) and not _NO_ALARM.search(part):
                named |= _topics(part)
            elif "@x" in part or _topics(part) or set(part.split()) & SENSES:
                return False
    return bool(business.emergency.asked) and len(named) == len(business.emergency.asked)


def denies_a_part(text: str, business: Business) -> bool:
    """Whether a turn denies some of what was asked, and leaves the rest open: "no gas".

    Whoever has only begun to go through the list sounds so.
    """
    grammar = _grammar(business)
    marked = grammar.marked(plain(text))
    return bool(_topics(marked)) and grammar.reads(marked) and not grammar.covers(marked)


def takes_back(text: str, business: Business, word: str) -> bool:
    """Whether a turn takes back an alarm that `word` gave: a denial that names it, or all."""
    said = plain(text)
    grammar = _grammar(business)
    marked = grammar.marked(said)
    if "false alarm" in said and not any(word in _SUSPICIOUS for word in said.split()):
        return True
    if not grammar.reads(marked) or _NO_ALARM.search(marked):
        return False
    return grammar.marked(plain(word)).strip() in marked or bool(
        re.search(r"\b(?:nothing|none|anything|everything is|all) \b", marked)
    )


class _Grammar:
    """The grammar of one business: with its dangers, and words in which its callers complain.

    Args:
        emergency: what is dangerous, and what was asked.
        services: what the business does, with what callers say of it.
    """

    def __init__(self, emergency: Emergency, services: Sequence[Service]) -> None:
        self._phrasebook = phrasebook(emergency)
        said = {phrase(one) for one in _phrases(services)}
        self._symptoms = sorted((one for one in said if " " in one), key=len, reverse=True)
        self._marks = {hazard: _mark(hazard, emergency.asked) for hazard in _hazards(emergency)}
        self._short = _short_names(emergency.asked)
        self._enough = min(2, len(emergency.asked)) or 1
        names = {phrase(name) for names in emergency.asked for name in names}
        self._asks_for_alarms = any(set(name.split()) & ALARMS for name in names)
        words = "|".join(sorted(_complaint_words(said, emergency)))
        complaint = (
            rf"(?:(?:it|the|my|our|that|just|only|@s|@h) (?:(?:not (?=@s)|@s|@h|{words}) )*+)"
        )
        self._named = tuple(re.compile(pattern) for pattern in _NAMED)
        wish = rf"{_WISH}(?:(?:{_WISHED}|@s|@h|{words}) )+"
        others = (*_BLANKET, *_HARMLESS, _IDENTITY, complaint, wish)
        self._others = tuple(re.compile(pattern) for pattern in others)

    def marked(self, text: str) -> str:
        """The text as one row of words, each followed by a space, with phrases as marks.

        `@0`, `@1`, … are the things of `emergency.asked`, `@x` other hazards, `@h` harmless
        phrases but for `@d`, those who come when there is one, `@s` phrases for symptoms and
        services; sentence ends are commas, and a question
        mark stays.
        """
        text = re.sub(r"[.;!\n]+", " , ", text).replace("?", " , questionmark ")
        pieces: list[str] = []
        for token in self._phrasebook.tokens(text):
            match token.kind:
                case TokenKind.HAZARD:
                    pieces.append(self._marks.get(token.text, "@x"))
                case TokenKind.HARMLESS:
                    pieces.append("@d" if token.text.endswith("department") else "@h")
                case _:
                    pieces.append(self._short.get(token.text, token.text))
        row = " ".join(pieces) + " "
        for symptom in self._symptoms:
            row = row.replace(f" {symptom} ", " @s ")
        row = re.sub(r"(?:, )*questionmark ", "? ", row)
        row = re.sub(r"(?:, )+", ", ", row)
        return re.sub(r"^, |(?<=, ), ", "", row)

    def covers(self, marked: str) -> bool:
        """Whether everything that was asked is denied in a row that is all denials."""
        if _NO_ALARM.search(marked):
            return False
        if " asked " not in marked:
            marked = _SAID_NO.sub("", marked)
        if _ALL.search(marked):
            alone = _ONLY_SEEN_OR_HEARD.sub("", marked)
            return alone == marked or bool(_ALL.search(alone))
        rings = self._asks_for_alarms and bool(re.search(rf"(?<!@\d ){_ALARM}", marked))
        smells_right = re.search(_SMELLS_RIGHT, marked) is not None
        rings = rings or (smells_right and _ALL_QUIET.search(marked) is not None)
        return len(_topics(marked)) + rings + smells_right >= self._enough

    def reads(self, row: str) -> bool:
        """Whether all of a marked row is a row of the grammar's pieces."""
        return len(row) in self._ends(row, (*self._named, *self._others))

    def reads_denial(self, row: str) -> bool:
        """Whether a marked clause is one that denies a named thing."""
        return self.reads(row) and any(
            pattern.match(row, start) for start in _starts(row) for pattern in self._named
        )

    @staticmethod
    def _ends(row: str, pieces: Sequence[re.Pattern[str]]) -> set[int]:
        """Where rows of pieces from the start can end.

        Places, not paths, are followed, so that the time is bounded by the length of the row,
        whatever a caller says; one regular expression for the row would try every split of it.
        """
        ends: set[int] = set()
        open_ends = {0}
        while open_ends:
            at = open_ends.pop()
            found = {match.end() for piece in pieces if (match := piece.match(row, at))}
            open_ends |= found - ends
            ends |= found
        return ends


def _starts(row: str) -> list[int]:
    return [0, *(match.end() for match in re.finditer(" ", row))]


_compiled = lru_cache(maxsize=16)(_Grammar)


def _grammar(business: Business) -> _Grammar:
    return _compiled(business.emergency, business.services)


def _phrases(services: Sequence[Service]) -> Iterator[str]:
    for service in services:
        yield from service.heard
        for symptom in service.symptoms:
            yield from (symptom.say, *symptom.heard)


def _hazards(emergency: Emergency) -> Iterator[str]:
    """The hazards and signs in people as `Token` has them."""
    for one in (*emergency.words, *emergency.people):
        yield from (token.text for token in phrasebook(emergency).tokens(phrase(one)))


def _complaint_words(said: Iterable[str], emergency: Emergency) -> frozenset[str]:
    """Single words in which this business's callers complain, none that tells of danger."""
    words = {word for one in said for word in one.split()}
    dangers = (*emergency.words, *emergency.people)
    hazards = {word for one in dangers for word in phrase(one).split()}
    usual = {word for word in words if word.isalpha() and len(word) > 1}
    return frozenset((usual | _GLUE) - _NEVER_GLUE - hazards)


def _short_names(asked: Sequence[Sequence[str]]) -> dict[str, str]:
    """What is asked about, in short: "carbon" for carbon monoxide, as the mark of the whole."""
    return {
        phrase(name).split()[0]: f"@{index}"
        for index, names in enumerate(asked)
        for name in names
        if " " in name
    }


def _mark(hazard: str, asked: Sequence[Sequence[str]]) -> str:
    words = hazard.split()
    topic = next(
        (
            f"@{index}"
            for index, names in enumerate(asked)
            if any(phrase(name) in hazard for name in names)
        ),
        "@x",
    )
    return f"{topic} {words[-1]}" if words[-1] in ALARMS else topic


def _topics(marked: str) -> set[str]:
    return set(re.findall(r"@\d", marked))


def _parts(marked: str) -> list[str]:
    """The clauses of a row."""
    parts = re.split(r", |(?<= )and (?=no |the |my |our |there |i |we )", marked)
    return [part for part in parts if part.strip()]
