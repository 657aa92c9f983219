"""An act that is put off or called off: "don't book it yet", "hold off", "I don't want it after all".

A bare "no" may be to a detail; what is refused here is the act itself. Whether an act was proposed,
and which one, is for whoever asked to know.
"""  # noqa: E501

from __future__ import annotations

import re

from voiceagent.language.en_us.lexicon import words

_NOT = r"(?:do not|don't|not|never|rather not|won't|wouldn't)"
_DO = r"(?:book|schedule|reserve|order|proceed|go ahead|go through)"
_IT = r"(?:it|that|this|anything|one|me|the \w+)"
_POSTPONES = re.compile(
    rf"\b{_NOT}(?: (?:want|need|like|going|ready|prepared))?(?: you)?(?: to)?(?: \w+)? {_DO}(?: {_IT})?\b"  # noqa: E501
    r"|\b(?:book|schedule|do) (?:it|this|that) (?:later|another time|some other time)\b"
    r"|\btoo (?:expensive|pricey|rich|steep|much money)\b|\bmore than (?:i|we) (?:want|wanted|can|could|planned|expected)\b|\b(?:can't|cannot|can not) afford\b"  # noqa: E501
    r"|\bhold off\b|\b(?:leave|keep) (?:it|things|everything) (?:like|as|the way|how) (?:it|they)\b"
    r"|\b(?:i|we)(?:'ll| will| can| would| am going to| have to| need to)? (?:just )?(?:call|ring|phone|get|come) (?:you )?(?:guys )?back (?:to|and|about|when|once|after|later|tomorrow|tonight)\b"  # noqa: E501
    r"|\bpencil (?:me|us|it) in\b|\b(?:i|we)(?:'ll| will) (?:let you know|confirm|decide)\b"
    r"|\bchanged my mind\b|(?<!don't )(?<!not )\bforget (?:it|about it|the whole thing)\b"
)
_GOES_ON = r"(?= ?$| (?:after all|any ?more|now|yet|then|thanks|thank|really|at all|either|i|we|my|because|so)\b)"  # noqa: E501
_REFUSES = re.compile(
    r"\b(?:that's|that is|it's) (?:\w+ )?too (?:much|high)\b|"
    rf"\b(?:do not|don't|no longer) (?:even |really |actually )?(?:want|need) (?:{_IT}|a visit|an appointment|anyone|anybody|somebody){_GOES_ON}"  # noqa: E501
    rf"|\b(?:just |let's |better )leave it{_GOES_ON}|^leave it$"
    r"|\bnever ?mind\b|\bnot (?:yet|now|right now|this time|today)$"
    r"|\b(?:i'll|i will|we'll|we will|let me|i'd rather|have to|need to|want to) (?:\w+ ){0,6}?call (?:you )?(?:guys )?back\b"  # noqa: E501
    r"|\b(?:think|sleep) (?:about |on )?(?:it|that)\b(?: over| first| some more)?"
    r"|\b(?:i'd|we'd|i|we|i had|i would) (?:better|rather) not\b"
    r"|\b(?:i'll|we'll|i will|we will|i'm|i am|we're|going to|gonna|have to|got to) (?:\w+ )?(?:to )?(?:pass|decline)\b(?! out| by| along)"  # noqa: E501
    r"|\b(?:fix|do|handle|try|repair) it (?:myself|ourselves|on my own|by myself)\b"
    r"|\b(?:get|getting|shop|look|call|check|compare|collect)(?: around)?(?: for| at| with)? (?:some |a few |a couple (?:of )?|my )?(?:other|another|more|second|different) (?:quotes?|estimates?|bids?|prices?|opinions?|compan\w+|places?|options?)\b"  # noqa: E501
    r"|\b(?:way |much |far |a bit |a little )?too (?:much|high|steep|rich|dear|costly)\b|\b(?:out of|over|above|beyond) (?:my|our) (?:budget|price range|means|head)\b"  # noqa: E501
    r"|\b(?:not|never) (?:at|for) (?:that|this) (?:price|money|rate|much|kind of money|amount)\b|\bno deal\b|\bout of the question\b"  # noqa: E501
    r"|\b(?:highway |daylight )?robbery\b|\bon the (?:higher|high|expensive) side\b|\b(?:can't|cannot|can not) (?:manage|swing) (?:that|it)\b"  # noqa: E501
    r"|\bthink (?:it|this|that) over\b|\bthink on (?:it|that)\b|\b(?:i'll|we'll|i will|we will) (?:just )?leave it\b"  # noqa: E501
    r"|\b(?:no can do|not (?:a chance|for me|going to happen|worth it|paying that)|you're kidding|you are kidding|are you kidding|you must be joking)\b"  # noqa: E501
    r"|\b(?:got|find|call|try|get|use) (?:somebody|someone|somewhere|another \w+) (?:else|closer|nearer|local)\b"  # noqa: E501
)


_CLAUSE = re.compile(r"[.!?;,]+\s*")
_LEAVES = re.compile(
    r"^(?:(?:so|well|then|ok|okay|and|oh|all right|alright|in that case) )*"
    r"(?:then no(?: (?:thanks|thank you))?|never ?mind(?: (?:it|that|then))?"
    r"|(?:just )?(?:forget|leave|skip) (?:it|that|about it)(?: then)?"
    r"|(?:i'll|i will|we'll|we will) (?:pass|leave it))(?: then)?$"
)


def leaves_it(text: str) -> str | None:
    """What is said behind a clause that lets the whole matter go ("never mind, I'll take a taxi").

    ``None`` where no clause does; what is said before it only tells why.
    """
    ends = [match.end() for match in _CLAUSE.finditer(text)]
    starts = [0, *ends]
    for start, end in zip(starts, [*ends, len(text)], strict=True):
        if _LEAVES.search(" ".join(words(text[start:end]))):
            return text[end:]
    return None


_AWAITS = re.compile(
    r"\bwait for (?:the|your|their|his|her|a|that|somebody|someone) (?:\w+ )?(?:call|callback)?\b"
    r"|\bhave (?:them|him|her|somebody|someone|the office) call (?:me|us)\b"
    r"|\b(?:they|somebody|someone|you) can call (?:me|us)(?: back)?\b"
)


def awaits_a_call(text: str) -> bool:
    """Whether a caller is content to be called: "I'll wait for the call, thanks"."""
    return _AWAITS.search(" ".join(words(text))) is not None


def postpones(text: str) -> bool:
    """Whether an act is put off or called off in so many words ("let me not book it yet")."""
    return _POSTPONES.search(" ".join(words(text))) is not None


def refuses_it_all(text: str) -> bool:
    """Whether what was proposed is not wanted at all, or not now ("I don't want it after all").

    More than `postpones` says: only where an act was just proposed does it mean that.
    """
    said = " ".join(words(text))
    return _POSTPONES.search(said) is not None or _REFUSES.search(said) is not None


_STANDS = re.compile(
    r"\b(?:keep|leave|keeping|leaving) (?:it|that|this|them|things|everything|that one|what (?:i|we) have"  # noqa: E501
    r"|(?:my|our|the|this|that)(?: \w+)? (?:appointment|booking|visit|reservation|slot|time|spot|day|one))\b"  # noqa: E501
    r"(?! (?:up )?(?:to|with) (?:you|them|him|her)\b)"
    r"|\b(?:keep|leave)$"
    r"|\blet (?:it|that|this|things) (?:be|stand|stay|ride|run)\b"
    r"|\b(?:it|that|this|the (?:appointment|booking|visit|reservation)) (?:(?:can|should|may|must|just|still) )*(?:stay|stand|remain)s?\b"  # noqa: E501
    r"|\b(?:stay|staying|stick|sticking|stand|hold|go|going)(?: on)? (?:with|to|by) (?:it|that|this|what|(?:my|our|the) (?:\w+ )?(?:appointment|booking|visit|reservation|time|one))\b"  # noqa: E501
    r"|^(?:\w+ )?(?:stay|stand|remain)\b"
)
_KEEPS_NO_VISIT = re.compile(r"\b(?:keep|leave) (?:the |my )?(?:deposit|money|change|key|keys)\b")
_ATTENDS = re.compile(
    r"\b(?:i|we|he|she|they|somebody|someone|my \w+)(?:'ll|'m|'re| will| am| are| can| is)?(?: (?:still|just|then|also|gonna|going to|definitely))* "  # noqa: E501
    r"(?:come|coming|be there|be here|be home|be around|make it|make that|show up|attend|turn up)\b"
    r"|\bsee (?:you|him|her|them|y'all)\b"
)
_DENIES = re.compile(r"\b(?:not|never|cannot|no longer|nobody|\w+n't|instead of|rather than)\b")


def lets_it_stand(text: str) -> bool:
    """Whether what is booked is to stay what it is: "ok, keep it", "let it stand", never raises."""
    said = " ".join(words(text))
    return _KEEPS_NO_VISIT.search(said) is None and _undenied(_STANDS, said)


def will_attend(text: str) -> bool:
    """Whether somebody says that they come to what is booked: "ok, I'll be there", never raises."""
    return _undenied(_ATTENDS, " ".join(words(text)))


def _undenied(pattern: re.Pattern[str], said: str) -> bool:
    found = pattern.search(said)
    return found is not None and _DENIES.search(said[: found.start()]) is None
