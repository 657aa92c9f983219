"""Judging an understood turn: what a yes or no means, whether it wants a person, or to leave."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Literal

from voiceagent.core.escalation import MoodEvent, mood_of
from voiceagent.dialogue.house.agenda import Goal
from voiceagent.dialogue.house.asks import Ask
from voiceagent.dialogue.house.doubts import verdict_of_check
from voiceagent.dialogue.house.facts import Facts
from voiceagent.dialogue.house.intents import MOVERS, Intent
from voiceagent.dialogue.house.prices import names_another_price
from voiceagent.dialogue.house.understand import Understanding
from voiceagent.dialogue.house.verdicts import VERDICTS, Verdict
from voiceagent.domain.safety import Judgement
from voiceagent.language.en_us.agreement import ProposedAct, agrees
from voiceagent.language.en_us.dates import days_named
from voiceagent.language.en_us.hours import hear_hours
from voiceagent.language.en_us.matching import words
from voiceagent.language.en_us.phones import show_phone
from voiceagent.language.en_us.refusals import (
    leaves_it,
    lets_it_stand,
    postpones,
    refuses_it_all,
    will_attend,
)
from voiceagent.language.en_us.several_questions import adds_a_question, asks_beside_assent
from voiceagent.language.en_us.suppositions import asks_somebody_first, is_conditional
from voiceagent.language.en_us.times import ChoiceKind, show_window
from voiceagent.language.en_us.yes_no import YesNo, hear_yes_no, is_all_good

HumanReason = Literal["asked", "anger", "legal", "emergency", "stuck"]

_REASONS: tuple[tuple[Intent, HumanReason], ...] = (
    (Intent.LEGAL, "legal"),
    (Intent.ANGER, "anger"),
    (Intent.HUMAN, "asked"),
)
_WISHES: dict[HumanReason, MoodEvent] = {"legal": MoodEvent.LEGAL, "asked": MoodEvent.ASKED}
_PHATIC = re.compile(
    r"\b(?:how are you|how's it going|are you (?:still )?there|can you hear|you there|is (?:anybody|anyone) there)\b",  # noqa: E501
    re.IGNORECASE,
)
"""Asked for no answer but a sign of life."""

_SAYS_YES = frozenset(
    {
        *("yes", "yeah", "yep", "yup", "sure", "correct", "right", "absolutely", "definitely"),
        *("book", "ahead", "do", "perfect"),
    }
)
"""Words of which a wish for a moment holds one only where something is agreed to beside it."""

_IDLE = frozenset({Intent.THANKS, Intent.GREETING, Intent.WAIT})
_YES_TO_A_VISIT = frozenset(
    {
        *("yes", "yeah", "yep", "yup", "sure", "please", "absolutely", "definitely", "arrange"),
        *("would", "ahead", "works", "set", "book", "schedule"),
    }
)
_SAFE_AND_YES = _YES_TO_A_VISIT | frozenset((
    "okay", "ok", "do", "that", "be", "great", "good", "thank", "you", "thanks", "of", "course",
    "we", "i", "am", "are", "is", "everyone", "everybody", "all", "safe", "outside", "out", "now",
    "alright", "right", "guess", "so", "fine", "sounds", "up", "for", "me", "us", "perfect", "what",
    "a", "the", "visit", "it", "go", "ahead", "ma'am", "sir", "uh", "um", "well", "and", "one",
    "house", "quite",
))  # fmt: skip
_ONLY_NO = frozenset((
    "no", "nope", "nah", "not", "now", "thanks", "thank", "you", "that", "is", "okay", "ok", "all",
    "right", "fine", "later", "we", "i", "will", "call", "back", "bye", "goodbye", "do", "need",
    "it", "a", "visit", "one", "sir", "ma'am", "good", "skip", "forget", "never", "mind", "are",
    "already", "outside", "out", "of", "the", "house", "safe", "everyone", "everybody", "here",
))  # fmt: skip
_OUT_OF_IT = frozenset({"safe", "outside", "out"})
_PRICE_ASKS = frozenset({Ask.GO_AHEAD, Ask.WANT_BOOKING})
_UNDONE_BY_CHANGE = frozenset({Verdict.CONFIRM, Verdict.CHANGE})
_UNDONE_BY_TIME = frozenset({Verdict.OTHER_TIME, Verdict.TAKE_TIME})
_UNDONE_BY_FACTS = frozenset({Verdict.FINISH, Verdict.MORE})
_ACTS = frozenset(
    {Verdict.ACCEPT, Verdict.START_BOOKING, Verdict.CONFIRM, Verdict.TAKE_TIME, Verdict.HUMAN}
)
"""What a yes leads to; a yes on a condition leads to none of it."""

PRICED = frozenset({Ask.GO_AHEAD, Ask.READ_BACK, Ask.CONFIRM_MOVE, Ask.CONFIRM_CANCEL})
"""Questions whose yes takes on what was said of a price, if only that there is none."""

CONFIRMS = PRICED | {Ask.WANT_BOOKING}
"""Questions whose yes leads to an act."""

PROPOSED: Mapping[Ask, ProposedAct] = MappingProxyType(
    {
        Ask.READ_BACK: ProposedAct.BOOK,
        Ask.CONFIRM_MOVE: ProposedAct.MOVE,
        Ask.CONFIRM_CANCEL: ProposedAct.CANCEL,
    }
)
"""Questions whose yes is acted on at once, and the act; it cannot be taken back."""

_OF_WHAT_IS_BOOKED = frozenset({Ask.CONFIRM_MOVE, Ask.CONFIRM_CANCEL})

_REFUSABLE = frozenset(
    {
        *(Ask.GO_AHEAD, Ask.READ_BACK, Ask.WANT_BOOKING, Ask.CONFIRM_MOVE, Ask.CONFIRM_CANCEL),
        *(Ask.NOTES, Ask.TIME, Ask.DAY, Ask.NAME, Ask.NAME_AND_PHONE, Ask.PHONE, Ask.ADDRESS),
        Ask.CHANGE,
    }
)
_PROPOSES = frozenset({Ask.READ_BACK, Ask.CHANGE, Ask.GO_AHEAD, Ask.WANT_BOOKING, Ask.CONFIRM_MOVE})
"""Questions that propose an act, which can be refused as such."""

_POLITE_NOS = frozenset(
    {Ask.HUMAN_OFFER, Ask.ANYTHING_ELSE, Ask.NOTES, Ask.WANT_BOOKING, Ask.GO_AHEAD}
)
_THAT_IS_OKAY = re.compile(
    r"^\W*(?:no|nope|nah)\b[, ]+(?:no[, ]+)?(?:that's|that is|it's|i'm|we're) "
    r"(?:ok|okay|fine|alright|all right|good)\b(?!.*\b(?:book|go ahead|yes)\b)"
)
"""To an offer "no, that's okay" declines; to a read-back it may confirm."""

_THAT_IS_IT = re.compile(
    r"^\W*(?:yes|yeah|yep|yup|uh huh|right|correct|ok|okay)[, ]+(?:that's|that is|it's) (?:it|all|everything|the one|all of it)\W*$",  # noqa: E501
    re.IGNORECASE,
)
"""To a read-back it agrees; to "anything else?" it ends the talk."""

_WILL_DO = re.compile(
    r"^\W*(?:ok |okay |yeah |yes )?(?:that|it)(?:'ll| will) do\b\W*$", re.IGNORECASE
)
"""Takes an offer; to "anything else?" it ends the talk."""

_MOVING = MOVERS | {"make", "instead", "rather"}
"""What puts a visit at a time, rather than naming the one that has it."""

_END_ASKS = frozenset({Ask.ANYTHING_ELSE, Ask.HELP})


def reason_for_human(turn: Understanding) -> HumanReason | None:
    """Why the turn must go to a person, if it must."""
    sells = Intent.SALES in turn.intents  # "can I speak to the owner about your listing"
    intents = turn.intents - {Intent.HUMAN} if sells else turn.intents
    return next((reason for intent, reason in _REASONS if intent in intents), None)


def moods_of(turn: Understanding) -> tuple[MoodEvent, ...]:
    """What in a turn gives cause to escalate (`core.escalation`)."""
    reason = reason_for_human(turn)
    mood = mood_of(angry=turn.temper.angry, sentiment=turn.temper.sentiment)
    if mood is None and Intent.ANGER in turn.intents:
        mood = MoodEvent.LOW  # words of anger that are milder: nobody is paged for them
    wish = _WISHES.get(reason) if reason is not None else None
    return tuple(event for event in (mood, wish) if event is not None)


def is_idle(turn: Understanding) -> bool:
    """Whether a turn said while a tool runs can be let go ("okay", "thanks", "yes yes")."""
    return not turn.has_facts and not turn.intents - _IDLE and not turn.asks


def is_pause(turn: Understanding) -> bool:
    """Whether the caller only asks for a moment."""
    if postpones(turn.text) or lets_it_stand(turn.text):
        return False  # "hold on, no, leave it as it is" has answered
    only = not turn.has_facts and not turn.asks and not turn.intents - _IDLE
    polite = turn.answer is YesNo.YES and _SAYS_YES.isdisjoint(words(turn.text))  # "please" is none
    return only and Intent.WAIT in turn.intents and (polite or turn.answer is YesNo.UNCLEAR)


def verdict_of(turn: Understanding, ask: Ask, before: Facts, after: Facts) -> Verdict | None:
    """What the turn answers to the open question, or ``None`` when it answers nothing."""
    if ask is Ask.CHECK:
        return verdict_of_check(turn, before, after)
    return _verdict_of(turn, ask, before, after)


def _verdict_of(turn: Understanding, ask: Ask, before: Facts, after: Facts) -> Verdict | None:  # noqa: C901, PLR0911, PLR0912
    """See `verdict_of`.

    Facts given along with a yes or no outweigh it: "yes, but it's Oak Lane" confirms nothing, and
    "no, tomorrow" is a choice rather than a refusal.
    """
    answer = _answer(turn, ask)
    agreed = agrees_with_the_act(turn, ask, before)
    if answer is YesNo.YES and not agreed:
        answer = YesNo.UNCLEAR
    if _is_refused(turn, ask, answer):
        return Verdict.KEEP if after.found is not None else Verdict.DECLINE
    if ask is Ask.GO_AHEAD and answer is not YesNo.YES and _moves_on(turn):
        return Verdict.ACCEPT
    if ask is Ask.NOTES and answer is not YesNo.YES and not turn.note and _nothing_to_add(turn):
        return Verdict.NO_NOTES
    if ask is Ask.CONFIRM_CANCEL and Intent.CANCEL in turn.intents:
        plain = agreed and not hangs(turn) and not names_another_time(turn, ask)
        return Verdict.CONFIRM if plain else None
    if ask is Ask.TIME and turn.choice and turn.choice.kind is ChoiceKind.NONE_OF_THEM:
        return None if turn.timed or turn.choice.candidates else Verdict.OTHER_TIME
    if ask is Ask.HUMAN_OFFER and answer is YesNo.NO and _needs_a_person(turn):
        return Verdict.HUMAN
    verdict = VERDICTS.get((ask, answer))
    changed = replace(after, haste=before.haste) != before
    timed = after.window is not None or turn.timed
    if verdict in _ACTS and is_yes_to_something_else(turn, ask, before):
        return None
    if verdict is Verdict.DECLINE and turn.corrects and _puts_right(before, after):
        return None
    if verdict is Verdict.NO_NOTES and turn.note:
        return None
    if verdict in _UNDONE_BY_FACTS and turn.has_facts:
        return None
    if verdict in _UNDONE_BY_CHANGE and changed:
        return None
    if verdict in _UNDONE_BY_TIME and timed:
        return None
    return verdict


def agrees_with_the_act(turn: Understanding, ask: Ask, before: Facts) -> bool:
    """Whether the turn, in which a yes stands, may be acted on: no word of it is something else.

    A question that proposes nothing final takes any yes; a turn whose words are not kept was judged
    where it was read (`Understanding.held`).
    """
    act = PROPOSED.get(ask)
    if act is None or not turn.text:
        return True
    own = _WILL_DO.match(turn.text) is not None
    if ask is Ask.READ_BACK:
        own |= _THAT_IS_IT.search(turn.text) is not None
    if ask is Ask.CONFIRM_CANCEL and not lets_it_stand(turn.text):
        own |= adds_a_question(turn.text) and asks_beside_assent(turn.text)
    return own or agrees(turn.text, act, values_read(before))


def values_read(facts: Facts) -> Iterator[str]:
    """The values that were read out with a question whether to do something."""
    yield facts.name or ""
    yield show_phone(facts.phone or "")
    if facts.address is not None:
        yield facts.address.text
    if facts.window is not None:
        yield show_window(facts.window, facts.window.start)
        yield f"{facts.window.start:%A %B %d}"
    if facts.found is not None:
        yield facts.found.display
    if facts.quote is not None:
        yield str(facts.quote.total_estimate)


def is_half_a_yes(turn: Understanding, ask: Ask, before: Facts) -> bool:
    """Whether a turn begins or ends like a yes to an act, and says something else."""
    wishes = ask is Ask.CONFIRM_CANCEL and Intent.CANCEL in turn.intents
    yes = _answer(turn, ask) is YesNo.YES or wishes
    return ask in PROPOSED and yes and not agrees_with_the_act(turn, ask, before)


def is_yes_to_something_else(turn: Understanding, ask: Ask, before: Facts) -> bool:
    """Whether a yes hangs on a condition, puts the act off, asks, or names another time or price."""  # noqa: E501
    priced = ask in PRICED and names_another_price(turn, before)
    asks = ask in CONFIRMS and asks_beside_assent(turn.text)
    if ask is Ask.CONFIRM_CANCEL and adds_a_question(turn.text):
        asks = False  # it is called off, then what is asked on top of that is answered
    return hangs(turn) or priced or asks or names_another_time(turn, ask)


def hangs(turn: Understanding) -> bool:
    """Whether what is agreed to hangs on something, or is put off."""
    return turn.held or is_conditional(turn.text) or postpones(turn.text)


def names_another_time(turn: Understanding, ask: Ask) -> bool:
    """Whether a time is named where a booking was to be cancelled ("yes, only make it tomorrow").

    Cancelling needs no time, so with one they may mean to move it, whether or not that time was
    heard before.
    """
    if ask is not Ask.CONFIRM_CANCEL or not turn.timed:
        return False
    if Intent.CANCEL in turn.intents:
        return not _MOVING.isdisjoint(words(turn.text))
    return turn.answer is not YesNo.NO


def _needs_a_person(turn: Understanding) -> bool:
    """Whether a "no" only begins to tell again what a person is needed for."""
    return turn.matter is not None or Intent.AMEND in turn.intents


def _is_refused(turn: Understanding, ask: Ask, answer: YesNo) -> bool:
    """Whether the act itself is not wanted; with something put right, only the detail is not."""
    if ask in _REFUSABLE and _lets_it_go(turn, answer):
        return True
    if ask in _OF_WHAT_IS_BOOKED and answer is not YesNo.YES and _lets_it_stand(turn, ask):
        return True
    if turn.has_facts:
        return False
    if ask in _REFUSABLE and postpones(turn.text):
        return True
    if ask not in _PROPOSES or answer is YesNo.YES:
        return False
    first = answer is YesNo.NO and asks_somebody_first(turn.text)
    return first or refuses_it_all(turn.text)


def _lets_it_stand(turn: Understanding, ask: Ask) -> bool:
    """Whether what is booked is to stay; who comes to a visit that may be moved comes to either."""
    if (turn.timed and ask is Ask.CONFIRM_MOVE) or asks_beside_assent(turn.text):
        return False
    return lets_it_stand(turn.text) or (ask is Ask.CONFIRM_CANCEL and will_attend(turn.text))


def _lets_it_go(turn: Understanding, answer: YesNo) -> bool:
    """Whether all is let go, whatever hour the turn names as the reason, and none after it.

    A yes in front of it ("ok, leave it") is none; one behind it takes it back.
    """
    rest = leaves_it(turn.text)
    if rest is None or (answer is YesNo.YES and hear_yes_no(rest) is YesNo.YES):
        return False
    if turn.name or turn.phone or turn.address or turn.note or turn.service:
        return False
    return hear_hours(rest) is None and not days_named(rest, _ANY_DAY)


_ANY_DAY = datetime(2025, 1, 1, 12, tzinfo=UTC)


def _answer(turn: Understanding, ask: Ask) -> YesNo:
    """Yes or no, where the question makes plainer what was meant."""
    if ask is Ask.SAFETY:  # judged by its own grammar: a "no" in it is not yet a denial
        denies = turn.danger.judgement is Judgement.CLEAR_DENIAL
        return YesNo.NO if denies else YesNo.UNCLEAR
    if ask is Ask.AFTER_DANGER:
        return _about_a_visit(turn)
    if ask is not Ask.ANYTHING_ELSE and _WILL_DO.match(turn.text):
        return YesNo.YES
    polite = _THAT_IS_OKAY.search(turn.text.lower()) or is_all_good(turn.text)
    if ask in _POLITE_NOS and polite:
        return YesNo.NO
    if ask is Ask.READ_BACK and _THAT_IS_IT.search(turn.text):
        return YesNo.YES
    thinks = turn.answer is YesNo.UNCLEAR and Intent.THAT_IS_ALL in turn.intents
    return YesNo.NO if thinks and ask in _PRICE_ASKS else turn.answer


def _about_a_visit(turn: Understanding) -> YesNo:
    """Whether somebody who was just warned wants a visit, says no to it, or is busy getting out.

    "Okay, we are leaving now" agrees to leave, not to a visit; so a yes has to be one, or a wish
    for somebody to come, and a no that ends the call may say nothing else.
    """
    if Intent.BOOK in turn.intents:
        return YesNo.YES
    said = set(words(turn.text))
    if turn.answer is YesNo.YES and said & _YES_TO_A_VISIT and said <= _SAFE_AND_YES:
        return YesNo.YES
    still_in = "not" in said and not _OUT_OF_IT.isdisjoint(said)
    declines = turn.answer is YesNo.NO and said <= _ONLY_NO and not still_in
    return YesNo.NO if declines else YesNo.UNCLEAR


def is_understood(turn: Understanding, before: Facts, after: Facts) -> bool:
    """Whether anything at all was made of the turn."""
    ambiguous = turn.choice is not None and turn.choice.kind is ChoiceKind.AMBIGUOUS
    idle = bool(turn.intents & _IDLE) and (not turn.asks or _PHATIC.search(turn.text) is not None)
    return after != before or ambiguous or idle


def is_leaving(turn: Understanding, ask: Ask, goal: Goal | None) -> bool:
    """Whether the caller says goodbye, or wants nothing more."""
    if Intent.GOODBYE in turn.intents:
        return True
    if goal is not None or ask not in _END_ASKS:
        return False
    done = Intent.THAT_IS_ALL in turn.intents
    return done or (ask is Ask.ANYTHING_ELSE and Intent.THANKS in turn.intents)


def _moves_on(turn: Understanding) -> bool:
    """Whether the caller goes on to arranging a time, which accepts the price.

    Who asks what another time costs has accepted nothing.
    """
    if Intent.PRICE in turn.intents and turn.asks:
        return False
    return turn.day is not None or turn.daypart is not None or Intent.BOOK in turn.intents


def _puts_right(before: Facts, after: Facts) -> bool:
    """Whether a "no" put something right, and so refused nothing ("no, it is Oak Lane")."""
    told = ("name", "phone", "address", "service")
    return any(getattr(before, one) != getattr(after, one) for one in told)


def _nothing_to_add(turn: Understanding) -> bool:
    return bool(turn.intents & {Intent.THAT_IS_ALL, Intent.DO_NOT_KNOW})
