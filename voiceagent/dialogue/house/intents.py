"""What a caller wants, told from everyday phrases that hold for any business.

The phrases are English and general; everything about a trade comes from the business file. A
phrase counts when its content words appear in order (see `matching`) and are not negated.
"""

from __future__ import annotations

import re
from enum import StrEnum

from voiceagent.domain.business import Business
from voiceagent.domain.staff import staff_names
from voiceagent.language.en_us.favours import asks_call_back
from voiceagent.language.en_us.matching import NEGATIONS, find, find_worded, negated, said, words
from voiceagent.language.en_us.talk_moves import TalkMove, hear_moves
from voiceagent.language.en_us.wanting_people import wants_person


class Intent(StrEnum):
    """A wish, or a move in the conversation."""

    BOOK = "book"
    PRICE = "price"
    RESCHEDULE = "reschedule"
    CANCEL = "cancel"
    HUMAN = "human"
    ANGER = "anger"
    LEGAL = "legal"
    KNOWLEDGE = "knowledge"
    REPEAT = "repeat"
    WAIT = "wait"
    THANKS = "thanks"
    GOODBYE = "goodbye"
    THAT_IS_ALL = "that_is_all"
    THIS_NUMBER = "this_number"
    DO_NOT_KNOW = "do_not_know"
    RUSH = "rush"
    NO_RUSH = "no_rush"
    GREETING = "greeting"
    WHO_ARE_YOU = "who_are_you"
    PRICE_ONLY = "price_only"
    MY_BOOKING = "my_booking"
    AMEND = "amend"
    WRONG_NUMBER = "wrong_number"
    SALES = "sales"
    HAGGLE = "haggle"
    ON_FILE = "on_file"
    CALL_BACK = "call_back"
    WAITING_LIST = "waiting_list"


PHRASES: dict[Intent, tuple[str, ...]] = {
    Intent.BOOK: (
        "book", "make appointment", "make reservation", "set up appointment", "need appointment",
        "want appointment", "like appointment", "get appointment", "schedule", "set up visit",
        "send someone", "send somebody", "someone come", "somebody come", "come out", "come over",
        "somebody out", "someone out", "come take look", "come by", "reserve", "technician out",
        "need reservation", "like reservation", "someone can come", "sign me up", "fit me in",
        "taking appointments", "have any openings", "any appointments", "any openings",
    ),
    Intent.PRICE: (
        "how much", "price", "prices", "pricing", "cost", "costs", "quote", "estimate", "fee",
        "fees", "you charge", "expensive", "charge for", "what will that run", "rates",
        "what is the deposit", "what would it run", "ballpark",
    ),
    Intent.RESCHEDULE: (
        "reschedule", "move my", "move the appointment", "move our appointment",
        "change my appointment", "change appointment", "change my booking",
        "change my reservation", "change the time of", "push my appointment", "push back my",
        "different time for my", "another time for my", "postpone", "move appointment",
        "switch my appointment", "move booking", "change booking", "change the date of",
        "different day for my",
    ),
    Intent.CANCEL: (
        "cancel", "call off", "cancellation", "drop my appointment", "not need my appointment",
        "not need appointment", "call it off",
    ),
    Intent.ANGER: (
        "ridiculous", "unacceptable", "furious", "outrageous", "fed up", "sick of this",
        "sick and tired", "really angry", "so angry", "very angry", "i am angry", "pissed off",
        "terrible service", "worst service", "worst company", "bullshit",
        "what a joke", "rip off", "disgusting", "fucking", "goddamn",
    ),
    Intent.LEGAL: (
        "my lawyer", "a lawyer", "our lawyer", "the lawyer", "lawyers", "an attorney", "my attorney",  # noqa: E501
        "our attorney", "attorneys", "lawsuit", "sue you", "going to sue", "will sue", "suing",
        "legal action", "small claims", "you to court", "see you in court",
        "better business bureau",
    ),
    Intent.REPEAT: (
        "repeat", "say again", "say that again", "come again", "pardon", "what did you say",
        "did not catch", "did not hear", "could not hear", "can not hear you", "did not get that",
        "one more time", "sorry what", "read that back", "read it back", "say it again",
        "that back again", "your question", "the question again", "what was that", "missed that",
        "what were the times",
    ),
    Intent.WAIT: (
        "hold on", "hang on", "one moment", "just a moment", "just a second", "one second",
        "give me second", "give me minute", "just a minute", "wait", "let me check", "let me look",
        "let me think", "need to think", "let me see",
    ),
    Intent.WAITING_LIST: (
        "waiting list", "wait list", "waitlist", "cancellation list", "something opens up",
        "anything opens up", "something opens", "spot opens", "slot opens", "time opens up",
        "if you get cancellation", "if you have cancellation", "if there is cancellation",
        "if somebody cancels", "if someone cancels", "if anybody cancels", "if anyone cancels",
    ),
    Intent.THANKS: ("thank you", "thanks", "appreciate it"),
    Intent.GOODBYE: (
        "goodbye", "good bye", "bye", "see you", "talk to you later", "have a good day",
        "have a good night", "have a nice day", "have a good one", "take care", "have a great day",
    ),
    Intent.THAT_IS_ALL: (
        "that is all", "that is it", "that will be all", "nothing else", "nothing more",
        "that would be all", "all set", "all good", "i am good", "we are good", "i am done",
        "never mind", "nevermind", "that was all", "that is everything", "not right now",
        "not today", "let me think about it", "i will think about it", "call you back",
        "call back later", "all i needed", "all i need", "have to pass", "i will pass",
        "that does it",
    ),
    Intent.THIS_NUMBER: (
        "this number", "number i am calling from", "one i am calling from", "number i called from",
        "same number", "caller id", "this phone", "number on your screen", "number you have",
        "this same number", "number i am calling on", "number i am on",
    ),
    Intent.DO_NOT_KNOW: (
        "do not know", "not sure", "no idea", "do not have it", "do not have one", "lost it",
        "do not remember", "can not find it", "forgot", "do not have that", "do not have code",
        "do not have my code", "lost my code", "lost the code", "can not find my code",
    ),
    Intent.RUSH: (
        "right away", "as soon as", "asap", "urgent", "immediately", "right now", "emergency",
        "soonest", "earliest", "first available", "next available", "quickly", "as early as",
        "today", "tonight",
    ),
    Intent.NO_RUSH: ("no rush", "no hurry", "not urgent", "not emergency", "whenever"),
    Intent.WHO_ARE_YOU: (
        "are you robot", "are you human", "are you real", "are you machine", "is this robot",
        "is this real person", "are you computer", "are you bot", "is this recording",
        "are you ai", "is this ai", "are you person", "is this machine", "am i talking to robot",
        "am i talking to machine", "am i talking to human", "am i talking to person",
        "am i talking to real person", "am i speaking to real person", "am i speaking to person",
    ),
    Intent.WRONG_NUMBER: (
        "wrong number", "misdialed", "dialed wrong", "wrong place", "called the wrong",
    ),
    Intent.SALES: (
        "google listing", "google business profile", "business loan", "merchant services",
        "business owner", "who handles your", "lower your rates", "extended warranty on your vehicle",  # noqa: E501
        "search engine", "marketing services", "save you money on your", "person in charge of",
        "reaching out to businesses", "limited time promotion",
    ),
    Intent.HAGGLE: (
        "discount", "discounts", "knock off", "match that", "match their price", "price match",
        "beat that", "best price", "better price", "lower price", "come down", "cheaper", "for less",  # noqa: E501
        "work with me", "waive", "deal on", "throw in", "take off some", "senior", "military",
        "veteran", "coupon", "coupons", "promo", "promotion", "negotiate", "do any better",
    ),
    Intent.ON_FILE: (
        "same as last time", "same address as last time", "same address as before", "same as before",  # noqa: E501
        "have it on file", "on file", "have my address", "have my information", "have my info",
        "already have it", "already have my", "already gave you", "in your system", "same place as",
        "you should have it", "you have it", "same house as",
    ),
    Intent.GREETING: ("hello", "hi", "hey", "good morning", "good evening", "good afternoon"),
}  # fmt: skip

_OF_THE_TALK = {
    TalkMove.WAIT: Intent.WAIT,
    TalkMove.GOODBYE: Intent.GOODBYE,
    TalkMove.WHO: Intent.WHO_ARE_YOU,
    TalkMove.THIS_NUMBER: Intent.THIS_NUMBER,
    TalkMove.HAGGLE: Intent.HAGGLE,
    TalkMove.DO_NOT_KNOW: Intent.DO_NOT_KNOW,
    TalkMove.REPEAT: Intent.REPEAT,
    TalkMove.DONE: Intent.THAT_IS_ALL,
    TalkMove.WRONG_NUMBER: Intent.WRONG_NUMBER,
}
_WORD_FOR_WORD = frozenset({Intent.ANGER, Intent.LEGAL, Intent.SALES, Intent.HAGGLE})
_BARE_REPEATS = frozenset(
    ("what", "huh", "sorry", "excuse me", "pardon", "what what", "sorry what", "again", "say what")
)
_BARE_HUMANS = frozenset(("someone", "zero", "someone please"))
_VISITS = frozenset({"appointment", "booking", "reservation"})
MOVERS = frozenset(("move", "change", "switch", "push", "shift", "reschedule"))
"""What is done to a visit to have it at another time."""

_MOVES = frozenset({"move", "change", "switch", "different"})
_WISHES = frozenset({"want", "need", "get", "connect", "transfer", "let", "rather", "prefer"})
_HOURS = (
    "opening hours", "business hours", "your hours", "what hours", "office hours", "the hours",
    "store hours", "hours today", "hours tomorrow", "weekend hours", "holiday hours", "when do you open",  # noqa: E501
    "when do you close", "what time do you open", "what time do you close", "are you open",
    "when are you open", "how late are you", "how late do you",
    "do you work on", "do you work weekends",
    "open on saturday", "open on sunday", "open on weekends", "hours of operation", "still open",
)  # fmt: skip
_SERVICES = (
    "what services", "what do you do", "what can you do", "what do you offer", "what do you fix",
    "which services", "what kind of services", "list your services", "what can you help with",
    "services do you offer", "what can i book",
)  # fmt: skip
_ASKING = (
    "do you", "what is", "what are", "how do", "how does", "how long", "who", "why", "where",
    "are there", "is there", "can i", "is it", "does", "are you", "will you", "which", "when",
    "when do", "what", "how",
)  # fmt: skip


_OWN_VISIT = (
    r"(?:(?:my|our|the) (?:\w+ )?(?:appointment|booking|reservation|visit)"
    r"|(?:appointment|booking|reservation|visit) (?:already )?(?:booked|scheduled|set up))"
)
_OTHER_VISIT = re.compile(
    rf"\b(?:move|change|switch|push|shift|reschedule)\b.{{0,30}}\b{_OWN_VISIT}\b"
    rf"|\b{_OWN_VISIT}\b.*\b(?:another|different|other|better|new) (?:day|time|date|slot)\b"
    rf"|\bnot (?:be able to )?make {_OWN_VISIT}\b"
)
"""A visit they have, and another time for it."""

_THEIR_SCHEDULE = re.compile(r"\b(?:my|our|his|her|their|the|your)(?: \w+)? schedule\b")
_ASKED = re.compile(
    r"(?:(?:so|and|but|ok|okay|well|um|uh|hi|hello|hey|wait|also|oh|yes|yeah|yep|no|sure|there|good|"
    r"morning|afternoon|evening|please|actually) )*"
    r"(?:is|are|was|do|does|did|can|could|will|would|should|am|has|have) "
    r"(?:i|you|we|he|she|it|they|the|my|your|our|there|this|that|an?|somebody|someone|anyone) "
)


def hear_intents(tokens: tuple[str, ...], business: Business) -> frozenset[Intent]:
    """All intents of a turn; `tokens` are `matching.words` of it."""
    line = " ".join(tokens)
    found = {
        intent
        for intent, phrases in PHRASES.items()
        if any(_hears(intent, phrase, tokens) for phrase in phrases)
    }
    found |= {_OF_THE_TALK[move] for move in hear_moves(line)}
    found = _with_people(line, _of_money(line, found), business)
    if line in _BARE_REPEATS:
        found.add(Intent.REPEAT)
    if line in _BARE_HUMANS:
        found.add(Intent.HUMAN)
    if asks_knowledge(tokens, business):
        found.add(Intent.KNOWLEDGE)
    if _moves_a_visit(tokens) and Intent.CANCEL not in found:
        found.add(Intent.RESCHEDULE)
    if said("all correct", tokens) or said("all right", tokens):
        found.discard(Intent.THAT_IS_ALL)  # "that's all correct" is no wish to stop
    if line.count("will wait") or (_WAITED.search(line) and "wait" not in tokens):
        found.discard(Intent.WAIT)
    if Intent.BOOK in found and not _wishes_for_a_visit(tokens):
        found.discard(Intent.BOOK)
    if Intent.WHO_ARE_YOU in found and not _WISHES & set(tokens):
        found.discard(Intent.HUMAN)
    if Intent.RESCHEDULE in found and _negated_cancel(tokens):
        found.discard(Intent.CANCEL)
    return frozenset(found - _MEANT_OTHERWISE if Intent.WAITING_LIST in found else found)


_WAITED = re.compile(r"\b(?:waited|waiting|waits)\b")
"""Of the past and the present: no wish for a moment."""

_HOW_MUCH_ELSE = re.compile(
    r"\bhow much (?:more |of an? |of a )?(?:notice|warning|time|longer|room|space|experience|training|power|water"  # noqa: E501
    r"|electricity|energy|work|dust|mess|noise|difference|advance|help|attention)\b"
)
_PRICED = re.compile(r"\b(?:price|prices|cost|costs|fee|fees|quote|estimate|charge|pay|rates)\b")
"""How much of something that is no money is asked of the business, not of the price list."""

_SELLS = re.compile(
    r"\b(?:we|our \w+|my company|i)(?: can| could| would like to| want to| help| are able to)* "
    r"(?:get|bring|send|find|offer|grow|boost|save|lower|improve|increase|fill)(?: (?:you|your|more|the|up|for))+ "  # noqa: E501
    r"(?:\w+ ){0,3}?(?:leads?|customers?|clients?|rankings?|reviews?|website|listing|processing"
    r"|card fees|rates|traffic|calendar|presence|marketing|funding|profits?|sales)\b"
    r"|\bwith (?:\w+ ){1,3}?(?:media|marketing|merchant services|solutions|seo)\b"
)
"""Who offers the business something: what they do for it, or what their firm is called by."""

_MEANT_OTHERWISE = frozenset({Intent.CANCEL, Intent.WAIT})
"""With a wish for the waiting list: others cancel, and nobody asks for a moment."""


def _of_money(line: str, found: set[Intent]) -> set[Intent]:
    """The intents without a price, where it is asked how much of something else there is."""
    other = _HOW_MUCH_ELSE.search(line) is not None and _PRICED.search(line) is None
    return (found - {Intent.PRICE}) | {Intent.KNOWLEDGE} if other else found


def asks_again(tokens: tuple[str, ...]) -> bool:
    """Whether a turn is nothing but a wish to hear the last words again ("huh", "pardon me")."""
    line = " ".join(tokens).removesuffix(" me").removesuffix(" please")
    return line in _BARE_REPEATS


def _with_people(said_words: str, found: set[Intent], business: Business) -> set[Intent]:
    """The intents with a wish to speak with somebody, to be called back, or to sell something."""
    if _SELLS.search(said_words):
        found = found | {Intent.SALES}
    if asks_call_back(said_words):
        return (found - {Intent.HUMAN, Intent.BOOK}) | {Intent.CALL_BACK}
    wanted = wants_person(said_words, staff_names(business))
    return found | {Intent.HUMAN} if wanted else found


def _wishes_for_a_visit(tokens: tuple[str, ...]) -> bool:
    """Whether what sounds like booking is a wish, and neither a habit asked for nor a noun."""
    if _HABIT.search(" ".join(tokens)):
        return False
    return "schedule" not in tokens or _books_otherwise(tokens)


def _books_otherwise(tokens: tuple[str, ...]) -> bool:
    """Whether "schedule" is what is done, or something else is that books ("my schedule" is not)."""  # noqa: E501
    line = _THEIR_SCHEDULE.sub(" ", " ".join(tokens))
    rest = tuple(line.split())
    return any(_hears(Intent.BOOK, phrase, rest) for phrase in PHRASES[Intent.BOOK])


def _moves_a_visit(tokens: tuple[str, ...]) -> bool:
    """Whether a visit is named, and that it moves."""
    named = not _VISITS.isdisjoint(tokens) and not _MOVES.isdisjoint(tokens)
    return named or _OTHER_VISIT.search(" ".join(tokens)) is not None


_NO_QUOTES = frozenset({"quiet", "quieter", "quietly", "quite"})
"""Everyday words with the sound of a quote: "the alarms are quiet", "I'm quite sure"."""


def _hears(intent: Intent, phrase: str, tokens: tuple[str, ...]) -> bool:
    """Whether a phrase is said; what is dear to mistake has to be said word for word."""
    if intent is Intent.PRICE:
        tokens = tuple(token for token in tokens if token not in _NO_QUOTES)
    if intent not in _WORD_FOR_WORD:
        return said(phrase, tokens)
    wanted = words(phrase)
    starts = range(len(tokens) - len(wanted) + 1)
    at = next((at for at in starts if tokens[at : at + len(wanted)] == wanted), None)
    return at is not None and NEGATIONS.isdisjoint(tokens[max(0, at - 4) : at])


def _negated_cancel(tokens: tuple[str, ...]) -> bool:
    span = find("cancel", tokens)
    return span is None or negated(span, tokens)


_OPEN = re.compile(
    r"\b(?:you|you guys|you all|they|yall|your office|the office) (?:guys |are |be |all |ever |also |still |even )*(?:open|closed|working|work)\b"  # noqa: E501
    r"(?= ?$| (?:on |the |this |over |late |till |until |past |at )*(?:\w+days?|weekends?|holidays?|nights?|evenings?|late|today|tomorrow|tonight|now|right now|christmas|thanksgiving|easter|labor|memorial|new|fourth|july|\d+|mornings?|after|before|past)\b)"  # noqa: E501
)
"""As people ask for hours without the form of a question: "you guys open Sunday"."""


_HABIT = re.compile(
    r"\bdo (?:you|you guys|you all|they|your \w+)(?: guys| all| folks| people| ever| also| usually| still| even)* "  # noqa: E501
    r"(?:come|go|work|do|make|offer|take|book|schedule|send|see)\b.*\b(?:(?:sun|mon|tues|wednes|thurs|fri|satur)days|weekends|nights"
    r"|evenings|holidays|mornings|same day|emergencies|after hours|house calls|free estimates|walk ins)\b"  # noqa: E501
)
"""A question for what is done as a rule, which wishes for no visit."""


_KINDS_OF_WORK = re.compile(
    r"\b(?:what|which)(?: all| else| exactly)?(?: (?:kinds?|sorts?|types?) of)? "
    r"(?:(?:work|services?|jobs?|things?|stuff|repairs?|appointments?|visits?) )?"
    r"(?:do|does|can|could|would) (?:you|y all|your \w+|the company)(?: guys| all| folks| people)* "
    r"(?:do|offer|provide|handle|fix|repair|take care of|work on|help with)(?= ?$| (?:there|here|for people|exactly)\b)"  # noqa: E501
)
"""What the business does at all: "what kind of work do you do"."""


_SUPPOSES = frozenset({"if", "whether", "unless", "provided"})
_BARE_PHRASE = 2
"""Words of a phrase that only a question holds with another one between them."""


def asks_knowledge(tokens: tuple[str, ...], business: Business) -> bool:
    """Whether the turn asks for hours, services, or something a knowledge page answers."""
    pages = [question for page in business.knowledge for question in page.questions]
    line = " ".join(tokens)
    if any(find_worded(phrase, tokens) for phrase in _HOURS):
        return True
    if _OPEN.search(line) or _HABIT.search(line):
        return True
    if _KINDS_OF_WORK.search(line):
        return True
    # "I only get home at five" asks of no "only homes"
    asked = is_question(tokens) or not _SUPPOSES.isdisjoint(tokens)
    loosely = (
        phrase for phrase in (*_SERVICES, *pages) if asked or len(phrase.split()) > _BARE_PHRASE
    )
    if any(find(phrase, tokens, gap=1) for phrase in loosely):
        return True
    return any(find(phrase, tokens, gap=0) for phrase in pages)


_STATED = re.compile(
    r"\b(?:it|he|she|this|that|there|here|one|unit|system|thing|\w+) (?:just |still |really |simply |even )*"  # noqa: E501
    r"(?:does|is|are) not\b|\b(?:it|he|she|that|this) (?:just |still |really |only )*does\b"
)
"""A verb behind its subject asks nothing: "it just does not work"."""


def is_question(tokens: tuple[str, ...]) -> bool:
    """Whether the turn has the form of a question."""
    head = _STATED.sub(" ", " ".join(tokens[:6]))
    asked = _ASKED.match(" ".join(tokens)) is not None
    return asked or any(f" {opening} " in f" {head} " for opening in _ASKING)
