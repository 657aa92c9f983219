"""What a turn does when words alone do not say it: the model's proposal beside the rules' reading.

The rules read exact words; the model (`language.en_us.caller_acts`) proposes an act by likeness. What
becomes of the two is decided here, by the first of `RESOLUTIONS` that fits, and each has a name:

* a proposal never makes a yes, never rules danger out and never changes a fact;
* what was said in exact words stands;
* where the rules made nothing of a turn, a sure proposal is gone by, and one that is only likely is
  asked about (`Understanding.wondered`);
* where they made a loose reading of it (a thing of ours was named, something was asked), a surer
  proposal of something else is gone by instead;
* a yes, a no or a choice that the model reads otherwise is no answer: the question is put again.

How sure is sure was chosen on authors that were left out (docs/decisions).
"""  # noqa: E501

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from voiceagent.dialogue.house.asks import Ask
from voiceagent.dialogue.house.hearing.matters import MatterHeard
from voiceagent.dialogue.house.hearing.services import guess_service
from voiceagent.dialogue.house.intents import Intent
from voiceagent.dialogue.house.understand import TurnContext, Understanding, understand
from voiceagent.language.en_us.caller_acts import (
    MATTERS,
    ActModel,
    CallerAct,
    Proposal,
)
from voiceagent.language.en_us.matching import words
from voiceagent.language.en_us.matters import Matter
from voiceagent.language.en_us.times import ChoiceKind
from voiceagent.language.en_us.yes_no import YesNo

SURE: Final = 0.6
"""From here on a proposal is gone by where the rules made nothing of a turn."""

LIKELY: Final = 0.35
"""From here on it is asked about."""

SURER: Final = 0.6
"""From here on it outweighs a loose reading."""

DOUBTED: Final = 0.8
"""From here on it takes a yes back."""

SUPPOSED: Final = 0.4
"""From here on a loose reading is asked about, when it may be of a visit they have."""

SURE_TO_FETCH: Final = 0.8
"""From here on a person is fetched for it, or it is of a visit that they have."""

SURE_TO_END: Final = 0.85
"""From here on it ends a call."""

OPEN: Final = frozenset(
    {Ask.HELP, Ask.SERVICE, Ask.PROBLEM, Ask.ANYTHING_ELSE, Ask.WANT_BOOKING, Ask.HUMAN_OFFER}
)
"""Questions at which a caller says what the call is about."""

_NOTHING_PUT: Final = frozenset({Ask.HELP, Ask.SERVICE, Ask.PROBLEM})
"""Questions that no yes or no answers."""

_PROPOSING = frozenset(
    {Ask.GO_AHEAD, Ask.READ_BACK, Ask.CONFIRM_MOVE, Ask.CONFIRM_CANCEL, Ask.WANT_BOOKING}
    | {Ask.HUMAN_OFFER}
)
"""Questions whose yes leads to an act."""

QUESTIONS: Final[Mapping[Ask, str]] = MappingProxyType(
    {
        **{ask: ask.value for ask in Ask},
        Ask.SERVICE: Ask.HELP.value,
        Ask.PROBLEM: Ask.HELP.value,
        Ask.DAY: Ask.TIME.value,
        Ask.CHANGE: Ask.READ_BACK.value,
        Ask.PHONE_AND_CODE: Ask.CODE.value,
    }
)
"""By which name the model knows a question."""

_UNHEARD: Final = frozenset(
    {Ask.SAFETY, Ask.AFTER_DANGER, Ask.CHECK, Ask.SEND_CODE, Ask.CHANGE, Ask.DAY}
)
"""Questions at which nothing is proposed: danger has its grammar, of the others too little is known."""  # noqa: E501

_A = CallerAct

_WISHES: Final[Mapping[CallerAct, Intent]] = {
    _A.PERSON: Intent.HUMAN,
    _A.RESCHEDULE: Intent.RESCHEDULE,
    _A.CANCEL: Intent.CANCEL,
    _A.MY_BOOKING: Intent.MY_BOOKING,
    _A.AMEND: Intent.AMEND,
    _A.PRICE: Intent.PRICE,
    _A.HAGGLE: Intent.HAGGLE,
    _A.ASK: Intent.KNOWLEDGE,
    _A.REPEAT: Intent.REPEAT,
    _A.WAIT: Intent.WAIT,
    _A.WHO: Intent.WHO_ARE_YOU,
    _A.DO_NOT_KNOW: Intent.DO_NOT_KNOW,
    _A.ON_FILE: Intent.ON_FILE,
    _A.THIS_NUMBER: Intent.THIS_NUMBER,
    _A.DONE: Intent.THAT_IS_ALL,
    _A.GOODBYE: Intent.GOODBYE,
    _A.WRONG_NUMBER: Intent.WRONG_NUMBER,
    _A.SALES: Intent.SALES,
    _A.BOOK: Intent.BOOK,
    _A.TELL: Intent.BOOK,
}
"""What an act is to the rules that judge a turn."""

_READ: Final[tuple[tuple[Intent, CallerAct], ...]] = (
    (Intent.LEGAL, _A.LEGAL),
    (Intent.ANGER, _A.PERSON),
    (Intent.HUMAN, _A.PERSON),
    (Intent.REPEAT, _A.REPEAT),
    (Intent.WHO_ARE_YOU, _A.WHO),
    (Intent.WRONG_NUMBER, _A.WRONG_NUMBER),
    (Intent.SALES, _A.SALES),
    (Intent.CANCEL, _A.CANCEL),
    (Intent.RESCHEDULE, _A.RESCHEDULE),
    (Intent.AMEND, _A.AMEND),
    (Intent.CALL_BACK, _A.CALL_BACK),
    (Intent.WAITING_LIST, _A.AMEND),
    (Intent.MY_BOOKING, _A.MY_BOOKING),
    (Intent.HAGGLE, _A.HAGGLE),
    (Intent.ON_FILE, _A.ON_FILE),
    (Intent.PRICE, _A.PRICE),
    (Intent.KNOWLEDGE, _A.ASK),
    (Intent.GOODBYE, _A.GOODBYE),
    (Intent.THAT_IS_ALL, _A.DONE),
    (Intent.THIS_NUMBER, _A.THIS_NUMBER),
    (Intent.DO_NOT_KNOW, _A.DO_NOT_KNOW),
    (Intent.WAIT, _A.WAIT),
    (Intent.BOOK, _A.BOOK),
)
"""What the rules go by, in the order in which they judge."""

_LOOSE = frozenset({_A.TELL, _A.BOOK, _A.ASK, _A.PRICE, _A.WAIT, _A.THIS_NUMBER, _A.DO_NOT_KNOW})
"""Readings that a word or two suffice for."""

_OUTWEIGHS: Final = frozenset(
    {_A.RESCHEDULE, _A.CANCEL, _A.MY_BOOKING, _A.AMEND, _A.PERSON, _A.PRICE, _A.HAGGLE, _A.ASK}
    | {_A.REPEAT, _A.BOOK, _A.TELL, _A.WRONG_NUMBER, _A.SALES, _A.WAIT}
    | MATTERS
)
_OF_A_VISIT: Final = frozenset({_A.RESCHEDULE, _A.CANCEL, _A.MY_BOOKING, _A.AMEND, *MATTERS})
"""What begins with a thing of ours, or a day, as a new visit does."""

_NEAR: Final[tuple[frozenset[CallerAct], ...]] = (
    frozenset({_A.TELL, _A.BOOK}),
    frozenset({_A.PRICE, _A.ASK, _A.HAGGLE}),
    frozenset({_A.PERSON, *MATTERS}),
    frozenset({_A.DONE, _A.GOODBYE, _A.NO}),
)
"""Acts that lead to much the same; between them the rules' reading stands."""

_ENDS: Final = frozenset({_A.GOODBYE, _A.WRONG_NUMBER, _A.SALES})
_NEVER: Final = frozenset({_A.YES, _A.MORE, _A.PICK, _A.LEGAL, _A.CORRECT})
"""What only the caller's own words can be: it is not even asked about."""

_OF_FACTS: Final = frozenset({_A.THIS_NUMBER})
"""What would change a fact: it is asked about, however sure."""

_DOUBTS_YES: Final = frozenset(
    {_A.NO, _A.CONDITION, _A.CORRECT, _A.OTHER_TIME, _A.CANCEL, _A.HAGGLE}
)
_DOUBTS_NO: Final = frozenset({_A.HAGGLE, _A.CONDITION, _A.PRICE})
_DOUBTS_CHOICE: Final = frozenset({_A.CONDITION, _A.REPEAT})
_ANYWHERE: Final = frozenset({_A.WAIT, _A.REPEAT, _A.PERSON, _A.WHO, _A.DO_NOT_KNOW, _A.ON_FILE})
"""What may be proposed whatever was asked."""


@dataclass(frozen=True, slots=True)
class Proposed:
    """A turn as the rules read it, and what the model makes of it."""

    turn: Understanding
    context: TurnContext
    read: CallerAct | None
    proposal: Proposal

    @property
    def act(self) -> CallerAct:
        """The proposed act."""
        return self.proposal.act

    @property
    def ask(self) -> Ask:
        """The question that was open."""
        return self.context.ask

    @property
    def differs(self) -> bool:
        """Whether it is something else than what was read."""
        same = self.read is self.act
        return not (same or any(self.read in near and self.act in near for near in _NEAR))


Resolution = Callable[[Proposed], Understanding | None]
"""What becomes of it, or ``None`` when the case is another's."""


def hear_turn(text: str, context: TurnContext, acts: ActModel | None) -> Understanding:
    """A turn understood: what the rules read, and what the model's proposal adds to it.

    Args:
        text: one turn of the caller.
        context: what it is understood against.
        acts: proposes; the rules alone are gone by without one.
    """
    turn = understand(text, context)
    if acts is None or context.ask in _UNHEARD or not turn.text:
        return turn
    proposal = acts.propose(turn.text, QUESTIONS[context.ask])
    return resolved(Proposed(turn, context, read_by_rules(turn, context.ask), proposal))


def resolved(case: Proposed) -> Understanding:
    """What the first of `RESOLUTIONS` that fits makes of it."""
    found = (resolution(case) for resolution in RESOLUTIONS)
    return next((turn for turn in found if turn is not None), case.turn)


_ACT_OF_MATTER: Final = {
    one.value: _A(one.name.lower())
    for one in Matter
    if one.name.lower() in {act.value for act in MATTERS}
}
"""Matters of which the model knows; the others, and a business file's, are like a complaint."""


def read_by_rules(turn: Understanding, ask: Ask) -> CallerAct | None:  # noqa: PLR0911 - one return per reading
    """What the rules would go by; ``None`` when they make nothing of the turn."""
    if turn.matter is not None:
        return _ACT_OF_MATTER.get(turn.matter.name, _A.COMPLAINT)
    read = next((act for intent, act in _READ if intent in turn.intents), None)
    if read in {None, _A.BOOK, _A.WAIT} and turn.service is not None:
        return _A.TELL
    if read is not None:
        return read
    if turn.choice is not None:
        return _A.PICK if turn.choice.kind is ChoiceKind.CHOSEN else _A.OTHER_TIME
    if turn.has_facts or turn.others or turn.no_such_day or turn.loose_time or turn.room:
        return _A.TELL
    if ask in _NOTHING_PUT:  # where nothing was put to them, a "no" is a word of something else
        return None
    return {YesNo.YES: _A.YES, YesNo.NO: _A.NO, YesNo.UNCLEAR: None}[turn.answer]


def exact_words_stand(case: Proposed) -> Understanding | None:
    """Danger, a card, what is never to be mistaken, and wishes in their own words."""
    turn = case.turn
    never = turn.danger.is_danger or turn.card or turn.opts_out or turn.wants_privacy
    told = turn.code or turn.phone or turn.address or turn.name or turn.note or turn.email
    exact = case.read is not None and case.read not in _LOOSE | {_A.YES, _A.NO, _A.PICK}
    return turn if never or told or exact or turn.unrecorded else None


def nothing_is_proposed(case: Proposed) -> Understanding | None:
    """Too little is known of the turn, or it does what only the caller's own words can do."""
    fits = case.ask in OPEN | _PROPOSING | {Ask.TIME} or case.act in _ANYWHERE
    if case.proposal.sure < LIKELY or not case.differs or not fits:
        return case.turn
    return None


def a_yes_is_doubted(case: Proposed) -> Understanding | None:
    """What sounds like a yes and seems to be none leads to nothing: it is asked again."""
    if case.read is not _A.YES:
        return None
    doubted = case.act in _DOUBTS_YES and case.ask in _PROPOSING and case.proposal.sure >= DOUBTED
    held = case.act is _A.CONDITION
    return replace(case.turn, answer=YesNo.UNCLEAR, held=held) if doubted else case.turn


def a_no_is_doubted(case: Proposed) -> Understanding | None:
    """A no that seems to haggle, or to agree, drops nothing."""
    if case.read is not _A.NO:
        return None
    doubted = case.act in _DOUBTS_NO and case.ask in _PROPOSING and case.proposal.sure >= SURER
    if not doubted:
        return case.turn
    turn = replace(case.turn, answer=YesNo.UNCLEAR, held=case.act is _A.CONDITION)
    wish = _WISHES.get(case.act)
    return turn if wish is None else replace(turn, intents=turn.intents | {wish})


def a_choice_is_doubted(case: Proposed) -> Understanding | None:
    """A time that seems not to be taken is not."""
    if case.read is not _A.PICK:
        return None
    doubted = case.act in _DOUBTS_CHOICE and case.proposal.sure >= SURER
    return replace(case.turn, choice=None) if doubted else case.turn


def a_yes_is_never_made(case: Proposed) -> Understanding | None:
    """Nor a choice, a threat of the law, or a correction of nobody knows what."""
    if case.act not in _NEVER:
        return None
    if case.act is _A.CORRECT and case.read is None and case.ask is Ask.READ_BACK:
        sure = case.proposal.sure >= SURE
        return replace(case.turn, answer=YesNo.NO) if sure else case.turn
    return case.turn


def a_loose_reading_is_outweighed(case: Proposed) -> Understanding | None:
    """A thing of ours was named, or something asked, and the turn seems to do something else."""
    if case.read is None:
        return None
    if case.read is _A.PRICE and case.act in {_A.TELL, _A.BOOK}:
        return case.turn  # it is told what the price is wanted for
    of_a_service = case.act is _A.ASK and case.turn.asks and case.turn.service is not None
    of_a_service |= case.read is _A.ASK and case.act is _A.BOOK and _only_asks(case)
    if case.ask not in OPEN or case.act not in _OUTWEIGHS or of_a_service:
        return case.turn
    if case.read is _A.ASK and Intent.BOOK in case.turn.intents and case.act in _OF_A_VISIT:
        return case.turn  # who asks what can be booked has nothing booked
    booked_or_not = case.read is _A.BOOK and case.act in _OF_A_VISIT  # "another appointment"
    if case.proposal.sure >= _needed(case.act, SURER) and not booked_or_not:
        return done(case.turn, case.context, case.act)
    asked = case.act in _OF_A_VISIT and case.proposal.sure >= SUPPOSED
    return _wondering(case) if asked else case.turn


def _only_asks(case: Proposed) -> bool:
    """Whether a page answers a question in which neither a visit nor a thing of ours is named."""
    of_ours = guess_service(words(case.turn.text), case.context.business)
    return case.turn.asks and Intent.BOOK not in case.turn.intents and of_ours is None


def a_fact_is_asked_about(case: Proposed) -> Understanding | None:
    """What would change a fact is never gone by without a yes."""
    return _wondering(case) if case.act in _OF_FACTS else None


def an_answer_is_filled_in(case: Proposed) -> Understanding | None:
    """Where an act was proposed to the caller: that it is not wanted, or hangs on something."""
    if case.ask not in _PROPOSING | {Ask.TIME, Ask.ANYTHING_ELSE}:
        return None
    sure = case.proposal.sure >= SURE
    match case.act:
        case _A.NO if case.ask is not Ask.READ_BACK and sure:
            return replace(case.turn, answer=YesNo.NO)
        case _A.OTHER_TIME if case.ask is Ask.TIME and sure:
            return replace(case.turn, answer=YesNo.NO)
        case _A.CONDITION if case.ask in _PROPOSING and sure:
            return replace(case.turn, held=True)
        case _A.NO | _A.OTHER_TIME | _A.CONDITION:
            return case.turn
        case _:
            return None


def silence_is_filled(case: Proposed) -> Understanding | None:
    """The rules made nothing of it, and the model is sure."""
    of_ours = guess_service(words(case.turn.text), case.context.business)
    if case.act is _A.TELL and (case.turn.asks or of_ours is None):
        return case.turn  # a question is looked up; what names nothing of ours may be anything
    needed = _needed(case.act, SURE)
    if case.act is _A.BOOK and _only_asks(case):
        needed = SURE_TO_FETCH  # "can I pay by check" has the form of "can I come in Friday"
    sure = case.proposal.sure >= needed
    return done(case.turn, case.context, case.act) if sure and case.act in _DOABLE else None


def what_is_likely_is_asked(case: Proposed) -> Understanding | None:
    """The rules made nothing of it, and the model has an idea: that is asked."""
    return _wondering(case)


RESOLUTIONS: Final[tuple[Resolution, ...]] = (
    exact_words_stand,
    nothing_is_proposed,
    a_yes_is_doubted,
    a_no_is_doubted,
    a_choice_is_doubted,
    a_yes_is_never_made,
    a_loose_reading_is_outweighed,
    a_fact_is_asked_about,
    an_answer_is_filled_in,
    silence_is_filled,
    what_is_likely_is_asked,
)
"""From top to bottom."""

_DOABLE: Final = frozenset({*_WISHES, *MATTERS})


def _needed(act: CallerAct, otherwise: float) -> float:
    if act in _OF_A_VISIT | {_A.PERSON}:
        return max(SURE_TO_FETCH, otherwise)
    return SURE_TO_END if act in _ENDS else otherwise


def _wondering(case: Proposed) -> Understanding:
    if case.act not in WONDERS:
        return case.turn
    turn = replace(case.turn, wondered=case.act)
    return turn if case.read is None else replace(turn, intents=frozenset(), service=None)


WONDERS: Final[Mapping[CallerAct, str]] = {
    _A.RESCHEDULE: "Do you want to change the time of something you have booked?",
    _A.CANCEL: "Do you want to cancel something you have booked?",
    _A.MY_BOOKING: "Is this about something you have booked already?",
    _A.AMEND: "Do you want to change a detail of something you have booked?",
    _A.BOOK: "Would you like to make a booking?",
    _A.PRICE: "Would you like to know the price?",
    _A.HAGGLE: "Are you asking whether the price can be lower?",
    _A.PERSON: "Would you like to speak with a person?",
    _A.REPEAT: "Shall I say that again?",
    _A.WAIT: "Do you need a moment?",
    _A.DONE: "Is that all for today?",
    _A.GOODBYE: "Is that all for today?",
    _A.WRONG_NUMBER: "Were you trying to reach somebody else?",
    _A.THIS_NUMBER: "Shall I use the number you are calling from?",
    **dict.fromkeys(MATTERS, "Is that something our team should settle with you?"),
}
"""The question that a likely act is asked about with; an act without one is not wondered about."""


def done(turn: Understanding, context: TurnContext, act: CallerAct) -> Understanding:
    """The turn as one that does `act`: what else was read of wishes is let go, the values stay."""
    if act in MATTERS:
        kind = Matter[act.name]
        matter = MatterHeard(kind.value, offer=kind is Matter.NO_LINK)
        return replace(turn, intents=frozenset(), matter=matter, service=None, wondered=None)
    intents = frozenset({_WISHES[act], *(turn.intents & _KEPT)})
    service = turn.service if act in _SERVED else None
    if act in {_A.TELL, _A.BOOK} and service is None:
        service = guess_service(words(turn.text), context.business)
    if act is _A.TELL and service is not None:
        intents -= {Intent.BOOK}
    return replace(turn, intents=intents, service=service, matter=None, wondered=None)


_SERVED = frozenset({_A.TELL, _A.BOOK, _A.PRICE, _A.HAGGLE})
_KEPT = frozenset({Intent.RUSH, Intent.NO_RUSH, Intent.GREETING, Intent.PRICE_ONLY})
