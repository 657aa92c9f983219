"""Whether an answer means yes or no.

Words are first turned into marks, longest phrase first, so that "no problem" is a yes before "no"
is looked at. The marks then decide. Traps, and how they are settled:

* "no, that's right", "no, go ahead": a "no" that a plain yes follows is a mere particle: YES.
* "yeah, no": NO, but "yeah no, that's fine": YES; the last word counts. Its "yeah" only opens
  what is said: "yeah, no, we'll be here" is a no.
* "yes, but ...", "yes, except", "yes, wait": agreement with a string attached: UNCLEAR, ask again.
* "no, that's all", "that's it", "I'm good": answers to "anything else?": NO.
* "not bad", "no rush", "don't worry": no refusals.
* "not sure", "I don't know", "how much?": UNCLEAR.
* "I do", "it is", "right" are answers only where the sentence ends (or "right, ..." begins it).
* "please": a yes when it stands for one ("please", "please, thanks"); "slow down please" is none.
* "yes, no gas": the "no" denies the thing it precedes, not the question: YES.
"""

from __future__ import annotations

import re
from enum import StrEnum

from voiceagent.language.en_us.lexicon import words


class YesNo(StrEnum):
    """An answer to a yes/no question."""

    YES = "yes"
    NO = "no"
    UNCLEAR = "unclear"


_YES, _SOFT_YES, _NO, _WEAK_NO, _NOTHING = "Y", "y", "N", "n", ""
_STRING, _TURN, _DOUBT, _LAST_YES, _COURTEOUS = "S", "T", "D", "L", "p"

_PHRASES: tuple[tuple[str, str], ...] = tuple(
    (mark, phrase.strip())
    for mark, phrases in (
        (_YES, """
            yes | si | sí | yeah | yep | yup | yea | ya | yah | aye | uh huh | mm hmm | mhm | mm-hm | mhmm
            | you bet | absolutely | definitely | certainly | of course | affirmative | indeed |
            totally | for sure | sure thing | by all means | why not | please do | go ahead | go
            for it | book it | do it | do that | let's do it | let's do that | let's go | y |
            let's book it | sign me up | correct | that's correct | exactly | that is correct |
            that's right | that is right | that's all right | that is all right |
            that's alright | it's all right | it's alright | that's all correct | you got it | that's me | i agree | agreed | i accept
            | confirm | confirmed | i confirm | i think so | i believe so | i suppose so | i
            guess so | sounds good | sounds great | sounds fine | sounds perfect | sounds right
            | sounds like a plan | that works | works for me | that'll work | that will work |
            that would work | it works | that's fine | that is fine | that's okay | that's ok |
            that's good | that's great | that's perfect | it's fine | fine by me | fine with me
            | good with me | okay with me | ok with me | i'm okay with that | i'm fine with that
            | that would be great | that would be good | that'd be great | that would be fine |
            that would be perfect | i'd like that | i would like that | i'd love to | no problem
            | no worries | no problem at all | not a problem | no objection | no objections |
            nothing wrong | can't complain | looks good | looks right | all good | proceed |
            schedule it | make it so | okie dokie | roger | couldn't be better | please book |
            not bad | i don't mind | don't mind if i do | wouldn't mind | don't see why not |
            can't see why not | doesn't bother me | i'll take it | i will take it | we'll take
            it | we can do that | i can do that | that's true | true | that's the one | please
            go ahead | let's schedule it"""),  # noqa: E501
        (_LAST_YES, """
            it is | it does | i do | i would | we do | i am | there is | there are | i have | we
            are | you can | you may | right"""),
        (_COURTEOUS, """please"""),
        (_SOFT_YES, """
            sure | okay | ok | k | alright | all right | fine | good | great | perfect | lovely
            | wonderful | awesome | excellent | cool | super | i guess | i suppose"""),
        (_NO, """
            no | nope | nah | nay | negative | no way | no thanks | no thank you | not really |
            not at all | absolutely not | definitely not | of course not | certainly not | i
            don't think so | don't think so | i do not think so | i'd rather not | rather not |
            i don't | i do not | we don't | i didn't | it isn't | it's not | it is not | that's
            not | that is not | isn't right | not right | not correct | incorrect | wrong |
            that's wrong | it doesn't | doesn't work | does not work | won't work | will not
            work | there isn't | there aren't | there is not | i haven't | we haven't | i'm not
            | i am not | i can't | i cannot | can't do | not now | not yet | not today | not
            this time | not interested | don't | do not | please don't | don't do that | don't
            book | never mind | nevermind | forget it | cancel | stop | no more | never | uh uh
            | uh-uh | nuh uh | mm mm | n | too expensive | too much | too high | hard pass |
            i'll pass | that's all | that is all | that'll be all | that will be all | that's
            everything | that's about it | that'll do it | that should do it | that's it |
            nothing | nothing else | nothing more | none | neither | not any | no one | nobody |
            i'm good | i'm fine | we're good | i'm all set | all set | we're all set | i'm done
            | that's not right | that's not correct | that is not right | it's not right |
            that's not it | that isn't right | that isn't correct | by no means | under no
            circumstances | i disagree | i refuse | not even close | not quite | not exactly"""),
        (_STRING, """
            but | except | except for | however | only if | as long as | one thing | although |
            instead | unless | provided | assuming | depending"""),
        (_TURN, """
            wait | hold on | hang on | actually | on second thought | hold up | just a second |
            one moment | just a minute | let me think | i mean | scratch that"""),
        (_DOUBT, """
            not sure | i'm not sure | i am not sure | i don't know | don't know | i dunno |
            dunno | maybe | perhaps | possibly | it depends | depends | not certain | i'm not
            certain | how much | how long | how come | how | what | what's | which | who | whose
            | why | why do you | when | where | could you repeat | say again | pardon | excuse
            me | can you repeat | i have a question | i have no idea | no idea | not clear |
            hard to say | might | is it | is that | are you | do you | does it | can you | could
            you | huh"""),
        (_NOTHING, """
            no rush | no hurry | don't worry | don't worry about it | don't forget | right now |
            right away | you know | whatever works | no matter what | thank you | thanks | good
            morning | good evening | good night | good afternoon | what's more | please hurry |
            right there | all right now | and what not | kind of | no later than | no earlier
            than | no more than | you're right | how nice | what the heck | what a relief | as
            soon as possible | next to nothing | if not | whether or not | not only | i have a |
            i am at | there is a | there are two | i do have | okay so"""),
    )
    for phrase in phrases.split("|")
)  # fmt: skip
_MARKS = {tuple(words(phrase)): mark for mark, phrase in _PHRASES}
_LONGEST = max(len(phrase) for phrase in _MARKS)
YES_PHRASES = frozenset(
    phrase for phrase, mark in _MARKS.items() if mark in {_YES, _SOFT_YES, _LAST_YES, _COURTEOUS}
)
"""Phrases that agree, as words."""

_HESITATIONS = frozenset({"um", "er", "erm", "uhm", "hmm"})
_DENIES = frozenset({"not", "never", "cannot"})
_EMOJI = (("\N{THUMBS UP SIGN}", " yes "), ("\N{THUMBS DOWN SIGN}", " no "),
          ("\N{OK HAND SIGN}", " okay "), ("\N{WHITE HEAVY CHECK MARK}", " yes "))  # fmt: skip


def _is_denial(word: str) -> bool:
    """Whether what follows the word is denied."""
    return word in _DENIES or word.endswith("n't")


def _marks(tokens: tuple[str, ...]) -> str:
    """The marks of the phrases in order."""
    marks, at, said = "", 0, False
    while at < len(tokens):
        for size in range(min(_LONGEST, len(tokens) - at), 0, -1):
            mark = _MARKS.get(tokens[at : at + size])
            if mark is None:
                continue
            following = tokens[at + size] if at + size < len(tokens) else ""
            if mark == _LAST_YES:  # "i have" ends an answer, but "i have two dogs" is none
                mark = _YES if not following or at == 0 == size - 1 else _NOTHING
            denies_thing = tokens[at] in ("no", "not", "don't") and following and marks
            if mark == _YES and at and _is_denial(tokens[at - 1]):
                mark = _NO  # "let me not book it", "I can't do that"
            if mark == _NO and size == 1 and denies_thing and (following,) not in _MARKS:
                mark = _WEAK_NO
            marks += mark
            at += size
            break
        else:
            at, said = at + 1, True
    return marks.replace(_COURTEOUS, "" if said else _SOFT_YES)


_FIT = (
    r"(?:fine|good|great|ok|okay|right|correct|perfect|fair|reasonable|acceptable|agreeable|doable|accurate"
    r"|lovely|alright|all right|manageable|workable|brilliant|ideal|grand)"
)
_VERY = r"(?:all |perfectly |just |quite |about |pretty |totally |absolutely |very |exactly |completely |really )*"  # noqa: E501
_ASSENTS = re.compile(
    rf"\b(?:that|it|this|everything|all of (?:it|that)|the price|which)(?:'s| is| sounds| looks| seems|'ll be| will be"  # noqa: E501
    rf"|'d be| would be) {_VERY}{_FIT}(?: (?:with|by|for|to) (?:me|us))?(?= ?$|[ ,.!]+(?!if\b|to\b|for\b|at\b))"  # noqa: E501
    r"|\b(?:that|it|this) (?:suits|works for|will suit|will do for) (?:me|us)\b"
    r"|\b(?:i|we)(?: can| could)? (?:live with|accept|agree (?:to|with)|manage) (?:that|it|this)\b"
    r"|\b(?:i'm|i am|we're|we are) (?:okay|ok|fine|good|happy|agreeable|cool|alright) (?:with|to) (?:that|it|this)\b"  # noqa: E501
    r"|\b(?:let's |please |kindly |just )?(?:get|set) (?:it|me|us|this|that) (?:done|scheduled|set up|booked|up)\b"  # noqa: E501
    r"|\b(?:kindly|please) (?:proceed|continue|do so|carry on|go on)\b|\bcarry on\b|\bfair enough\b|\bvery well\b"  # noqa: E501
    r"|\byou (?:have|got|have got|'ve got) (?:it|that|everything|all of it) (?:all )?(?:right|down|correct)\b"  # noqa: E501
    r"|\b(?:no|not an) (?:issues?|objections?)\b(?: (?:with that|at all|there))?",
    re.IGNORECASE,
)
"""What is judged fit, or taken on, in whatever words."""


_TAG = re.compile(
    r"^\W*(?P<said>(?P<first>\w+)\b.*?)[, ]+(?P<tag>right|correct|okay|ok|yeah|huh)\s*(?P<asked>\?*)\s*$",  # noqa: E501
    re.IGNORECASE | re.DOTALL,
)
_NO_TAG_AFTER = frozenset(
    (
        "that's",
        "is",
        "it's",
        "sounds",
        "looks",
        "all",
        "just",
        "about",
        "exactly",
        "everything's",
        "was",
    )
)
_SUMS_UP = frozenset(
    ("so", "and", "but", "then", "that", "it", "he", "you", "i", "we", "the", "wait")
)
_FEWEST_BEFORE = 3


def _asks_back(text: str) -> bool:
    """Whether a statement is put as a question: "so five fifty is the most I pay, right"."""
    found = _TAG.search(text)
    if found is None:
        return False
    said = words(found["said"])
    if len(said) < _FEWEST_BEFORE or said[-1] in _NO_TAG_AFTER or "Y" in _marks(said):
        return False
    return bool(found["asked"]) or (found["tag"].lower() == "right" and said[0] in _SUMS_UP)


_BARE_YES = frozenset({
    "bet", "deal", "ye", "yess", "works", "go", "roger", "roger that", "copy", "copy that", "ten four",  # noqa: E501
    "10 4", "dale", "perfecto", "claro", "adelante", "correcto", "vale", "está bien", "esta bien",
    "ok está bien", "spot on", "right on", "acceptable", "that's acceptable", "you're on",
    "count me in", "i'm in", "i'm down", "let's roll", "green light", "that is acceptable",
    "right right", "sí adelante", "sí correcto", "si correcto", "si adelante", "yessir", "amen",
})  # fmt: skip
"""Assent that is one only when nothing else is said."""


_YEAH_NO = re.compile(
    r"^\W*(?:yeah|yes|yep|yup|yea|ya)[, ]+(?=(?:no|nope|nah)"
    r"(?:[,.;!]+\s|\s+(?:i|i'm|i'll|i've|we|we're|we'll|we've|it|it's|my|our|they|he|she|there's)\b))",
    re.IGNORECASE,
)
"""The "yeah" before a "no" that answers: set off by a comma, or followed by a clause of its own."""


_SPELLED = re.compile(r"(?<![\w'])(?:[^\W\d_][\s,.-]+){2,}[^\W\d_](?![\w'])")
"""Letters said one after another, of which a "y" is no yes and a "k" no okay."""


def with_plain_assents(text: str) -> str:
    """The text with whatever judges something fit in one wording, and signs as words."""
    for sign, word in _EMOJI:
        text = text.replace(sign, word)
    return _ASSENTS.sub(" that's fine ", text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'"))


def hear_yes_no(text: str) -> YesNo:
    """Whether `text` says yes or no; UNCLEAR for anything else; never raises.

    Args:
        text: the answer to a yes/no question, recogniser words or typed text.
    """
    text = with_plain_assents(text)
    text = _SPELLED.sub(" ", _YEAH_NO.sub("", text))
    if _asks_back(text):
        return YesNo.UNCLEAR
    if _gives_a_reason(text) or " ".join(words(text)) in _BARE_YES:
        return YesNo.YES
    return _verdict(_marks(tuple(word for word in words(text) if word not in _HESITATIONS)))


def _verdict(marks: str) -> YesNo:
    """Settle a row of marks."""
    before, turn, after = marks.rpartition(_TURN)
    if turn:
        settled = _verdict(after)
        return settled if settled is not YesNo.UNCLEAR else _tied(before)
    before, string, after = marks.partition(_STRING)
    if string:
        return YesNo.YES if _verdict(after) is YesNo.YES else _tied(before)
    kinds = "".join(mark for mark in "YNyn" if mark in marks)
    doubtful = _DOUBT in marks
    if "Y" in kinds and "N" in kinds:
        return _mixed(marks)
    if "N" in kinds:
        return YesNo.UNCLEAR if doubtful and not marks.startswith(_NO) else YesNo.NO
    if "Y" in kinds or ("y" in kinds and not doubtful):
        return YesNo.YES
    return YesNo.NO if kinds == _WEAK_NO and not doubtful else YesNo.UNCLEAR


def _mixed(marks: str) -> YesNo:
    """Both said: after a leading "no" the last word counts; "yeah, no" is a no."""
    if marks.startswith(_NO):
        return YesNo.NO if marks.rindex(_NO) > marks.rindex(_YES) else YesNo.YES
    return YesNo.NO if set(marks.lstrip(_YES)) <= {_NO, _WEAK_NO} else YesNo.UNCLEAR


def _tied(before: str) -> YesNo:
    """As in "no, but ..." stays a no; "yes, but ..." and "yes, wait ..." are not yet a yes."""
    return YesNo.NO if _verdict(before) is YesNo.NO else YesNo.UNCLEAR


_ALL_GOOD = re.compile(
    r"^\W*(?:no|nope|nah|none|nothing)\b[, ]+(?:no[, ]+)?(?:it's |that's |we're |i'm |everything's |everything is |it is |that is )?"  # noqa: E501
    r"(?:all |just )?(?:good|fine|ok|okay|set|clear|alright|all right)\b[ ,.!]*(?:here|thanks|thank you|on that|for now|then|dear|man)*[ .!]*$",  # noqa: E501
    re.IGNORECASE,
)


def is_all_good(text: str) -> bool:
    """Whether a "no" is softened and nothing else is said: "nope, all good"."""
    return _ALL_GOOD.search(text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")) is not None


_MILD = frozenset((
    "ok", "okay", "k", "alright", "all", "right", "great", "good", "fine", "thanks", "thank", "you",
    "bye", "goodbye", "cool", "well", "so", "much", "very", "then", "perfect", "day", "night", "have",  # noqa: E501
    "a", "one", "nice", "take", "care", "later", "see", "ya", "for", "the", "info", "information",
    "your", "help", "appreciate", "it", "evening",
))  # fmt: skip


def is_mild(text: str) -> bool:
    """Whether an agreement is made of mere politeness ("okay, thanks, bye")."""
    return _MILD.issuperset(words(text))


_REASONED = re.compile(
    r"^\W*(?:yes|yep|yeah|yup|sure|correct|right|absolutely|definitely|please do|perfect)\b[, .]+(?:please[, ]+)?"  # noqa: E501
    r"(?P<reason>(?:i'm|i am|i've|we're|we are|my|he|she|it's|it is|the|i can't|i cannot|we can't|because|"  # noqa: E501
    r"so|since)\b.*)$",
    re.IGNORECASE | re.DOTALL,
)
_TAKEN_BACK = re.compile(
    r"\b(?:but|except|wait|hold|actually|if|unless|no|don't|do not|want|need|think|not sure|maybe|instead|"  # noqa: E501
    r"book|later|afford|pay|wrong|should|should've|different|change|not (?:right|correct|that|now|yet|today))\b",  # noqa: E501
    re.IGNORECASE,
)


def _gives_a_reason(text: str) -> bool:
    """A clear yes and why: "yes, I'm eighty four so I can't stand the heat"."""
    found = _REASONED.match(text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'"))
    return found is not None and _TAKEN_BACK.search(found["reason"]) is None
