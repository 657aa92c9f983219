"""The reply to a turn whose facts are taken in: what an answer means, side questions, misses."""

from __future__ import annotations

from dataclasses import replace

from voiceagent.dialogue.house import wording
from voiceagent.dialogue.house.absorb import reopen
from voiceagent.dialogue.house.agenda import Goal
from voiceagent.dialogue.house.asks import Ask
from voiceagent.dialogue.house.doubts import (
    MOST_CHECKS,
    asked_for,
    checked,
    in_pieces,
    taken_back,
)
from voiceagent.dialogue.house.facts import preferred
from voiceagent.dialogue.house.hearing.codes import lacks_code, wants_code
from voiceagent.dialogue.house.hearing.people import PHONE_ASKS
from voiceagent.dialogue.house.hearing.services import asks_of_unknown_things
from voiceagent.dialogue.house.intents import Intent, asks_knowledge
from voiceagent.dialogue.house.judged import Judged, JudgedTurn
from voiceagent.dialogue.house.origins import read_back, told
from voiceagent.dialogue.house.reading import is_half_a_yes, is_leaving, is_understood
from voiceagent.dialogue.house.speaking import (
    advance,
    all_was_read,
    drop,
    escalate,
    finish,
    look_up,
    offer_a_person,
    pose,
    repeat,
    send_code,
)
from voiceagent.dialogue.house.state import Reply, joined
from voiceagent.dialogue.house.steering import Steer
from voiceagent.dialogue.house.verdicts import Verdict, settle
from voiceagent.language.en_us.matching import words
from voiceagent.language.en_us.refusals import awaits_a_call
from voiceagent.language.en_us.several_questions import questions_in
from voiceagent.language.en_us.yes_no import YesNo, is_mild

_OFFER_HUMAN_AFTER = 3
_MILD_YES = frozenset({Verdict.ACCEPT, Verdict.START_BOOKING, Verdict.TAKE_TIME, Verdict.HUMAN})
_CODE_ASKS = frozenset({Ask.CODE, Ask.PHONE_AND_CODE, Ask.SEND_CODE})
_NOT_A_BYE = frozenset({Ask.NOTES, Ask.READ_BACK, Ask.GO_AHEAD, Ask.SAFETY, Ask.AFTER_DANGER})
"""To these "have them call me" is a wish for the visit."""

_LEAVING = frozenset({None, Verdict.DECLINE, Verdict.KEEP, Verdict.NO_HUMAN, Verdict.FINISH})
"""Verdicts after which a goodbye ends the call; after the others there is something left to do."""


def asks_whether_we_do_it(said: JudgedTurn) -> Judged:
    """Whether a service is offered ("do you do maintenance"): yes, and would they like a visit."""
    if said.course.steer is not Steer.TELL or said.turn.service is None:
        return said
    if asks_of_unknown_things(said.turn.text, said.scene.business):
        return look_up(said.state, said.turn.text, said.lead)
    return pose(said.state, said.scene, Ask.WANT_BOOKING, said.led(wording.WE_DO))


def asks_about_the_business(said: JudgedTurn) -> Judged:
    """A question that the knowledge answers; the open question returns after it."""
    turn = said.turn
    if said.verdict is Verdict.CONFIRM and said.ask is Ask.CONFIRM_CANCEL:
        return said  # it is done first, and the question answered then
    if Intent.KNOWLEDGE in turn.intents and (said.verdict is None or turn.asks):
        business = said.scene.business
        parts = (part for part in questions_in(turn.text) if asks_knowledge(words(part), business))
        first, *others = tuple(parts) or (turn.text,)
        state = replace(said.state, unanswered=(*others, *said.state.unanswered))
        if said.verdict is Verdict.NO_NOTES:  # answered as well as asked
            settled = settle(state.facts, said.verdict)
            facts = told(state.facts, settled, said.ask, corrects=False, at=said.scene.now)
            state = replace(state, facts=facts)
        return look_up(state, first, said.lead)
    return said


def leaves(said: JudgedTurn) -> Judged:
    """A goodbye ends the call, unless the same turn leaves something to do."""
    awaits = said.ask not in _NOT_A_BYE and awaits_a_call(said.turn.text)
    content = awaits and said.facts == said.before and not said.turn.asks
    leaving = said.stays and (content or is_leaving(said.turn, said.ask, said.state.goal))
    # "Okay, thanks, bye": that okay takes nothing on; at a read-back it is no clear yes either.
    mild = said.verdict in _MILD_YES and is_mild(said.turn.text)
    okay_bye = Intent.GOODBYE in said.turn.intents and (mild or said.verdict is Verdict.MORE)
    goodbye = wording.goodbye(said.scene.business)
    if is_half_a_yes(said.turn, said.ask, said.before) and said.verdict is None:
        return said  # "ok, bye": whether that was a yes is asked
    if leaving and said.verdict is Verdict.KEEP:
        return finish(said.state, joined(wording.KEPT, goodbye), "done")
    if leaving and (said.verdict in _LEAVING or okay_bye):
        return finish(said.state, goodbye, "done")
    if leaving and said.verdict is Verdict.CHANGE and said.ask is Ask.READ_BACK:
        return finish(said.state, joined(wording.DROPPED, goodbye), "done")
    return said


def answers_the_question(said: JudgedTurn) -> Judged:  # noqa: C901, PLR0911, PLR0912 - one return per case
    """Do what an answer means."""
    verdict, scene, lead = said.verdict, said.scene, said.lead
    if not said.stays or verdict is None:
        return said
    state = said.state
    unread = said.ask is Ask.READ_BACK and not all_was_read(state, scene)
    if verdict is Verdict.CONFIRM and unread:
        return advance(replace(state, misses=0), scene, lead, said.echo)
    if verdict is not Verdict.TAKE_TIME:
        state = replace(state, misses=0)
    if verdict is Verdict.CONFIRM and said.turn.asks:
        state = replace(state, unanswered=questions_in(said.turn.text) or (said.turn.text,))
    settled = settle(state.facts, verdict)
    facts = told(state.facts, settled, said.ask, corrects=False, at=scene.now)
    if verdict is Verdict.CONFIRM and said.ask is Ask.READ_BACK:
        facts = read_back(facts, at=scene.now)
    state = replace(state, facts=facts)
    said = replace(said, state=state)
    match verdict:
        case Verdict.TAKE_TIME if facts.window is None:
            return missed(said)
        case Verdict.SAFE:
            return advance(state, scene, joined(wording.GOOD_TO_HEAR, lead), said.echo)
        case Verdict.START_BOOKING | Verdict.ARRANGE_VISIT:
            return advance(replace(state, goal=Goal.BOOK), scene, lead, said.echo)
        case Verdict.DECLINE:
            return drop(state, scene, wording.NO_PROBLEM)
        case Verdict.KEEP:
            return drop(state, scene, wording.KEPT)
        case Verdict.CHANGE if _says_again(said):
            return repeat(state, scene)
        case Verdict.CHANGE:
            return _reopened(said) or pose(state, scene, Ask.CHANGE, lead)
        case Verdict.RIGHT:
            facts = checked(state.facts, at=scene.now)
            return advance(replace(state, facts=facts, misheard=0), scene, lead)
        case Verdict.WRONG:
            return _heard_wrong(said)
        case Verdict.AS_IT_IS if facts == said.before:
            return _reopened(said) or advance(state, scene, lead)
        case Verdict.SEND_CODE:
            return send_code(state, lead)
        case Verdict.NO_CODE:
            state = replace(state, wrong_codes=state.wrong_codes + 1)
            return pose(state, scene, Ask.HUMAN_OFFER, lead)
        case Verdict.HUMAN:
            return escalate(state, scene, "stuck")
        case Verdict.NO_HUMAN:
            return _without_human(said)
        case Verdict.STAY_SAFE:
            return finish(state, wording.STAY_SAFE, "done")
        case Verdict.MORE:
            return pose(state, scene, Ask.HELP, said.led(wording.OF_COURSE))
        case Verdict.FINISH:
            return finish(state, wording.goodbye(scene.business), "done")
        case _:
            return advance(state, scene, lead, said.echo)


def changes_what_is_booked(said: JudgedTurn) -> Judged:
    """A finished booking's details are being changed, which no tool does: a person can."""
    turn = said.turn
    heard = turn.name or turn.phone or turn.address or turn.note
    if not (said.stays and said.state.goal is None and said.before.booking is not None):
        return said
    if not heard or said.facts == said.before:
        return said
    return pose(said.state, said.scene, Ask.HUMAN_OFFER, wording.PERSON_CAN_CHANGE)


def has_no_code(said: JudgedTurn) -> Judged:
    """Without the code nothing of a booking is told: one can be texted, or a person can help."""
    wants = wants_code(said.turn.text)
    lacks = wants or Intent.DO_NOT_KNOW in said.turn.intents or lacks_code(said.turn.text)
    asked = lacks and said.ask in _CODE_ASKS
    if not asked or said.turn.code:
        return said
    phone = said.facts.phone or said.scene.caller_number
    again = said.ask is Ask.SEND_CODE and not wants
    if (
        not again
        and phone is not None
        and said.scene.business.flags.sms
        and not said.facts.texted_code
    ):
        state = replace(said.state, facts=replace(said.facts, phone=phone), misses=0)
        if wants:
            return send_code(state, said.lead)
        return pose(state, said.scene, Ask.SEND_CODE, said.led(wording.CAN_TEXT_CODE))
    state = replace(said.state, wrong_codes=said.state.wrong_codes + 1)
    return pose(state, said.scene, Ask.HUMAN_OFFER, wording.NEED_CODE)


def number_stays_in_pieces(said: JudgedTurn) -> Judged:
    """A number that does not become whole, whatever is told of it, is not asked for on end."""
    before, now = said.before.phone_part, said.facts.phone_part
    if said.facts.phone is not None:
        return replace(said, state=replace(said.state, pieces=0))
    if said.ask not in PHONE_ASKS or not said.stays or before == now:
        return said
    grown = len(now) > len(before) and now.startswith(before)
    pieces = said.state.pieces + (1 if grown else _NO_FURTHER)
    if pieces < _MOST_PIECES:
        return replace(said, state=replace(said.state, pieces=pieces))
    return offer_a_person(replace(said.state, pieces=0, misses=0), said.scene, said.lead)


_NO_FURTHER = 2
_MOST_PIECES = 6
"""Three answers that lead no further, or six that do: then a person is offered."""


def is_not_understood(said: JudgedTurn) -> Judged:
    """Nothing was made of the turn; "that's all" still lets the errand go."""
    if not said.stays or is_understood(said.turn, said.before, said.facts):
        return said
    if said.ask is Ask.CHANGE and _says_again(said):
        return advance(replace(said.state, misses=0), said.scene, said.lead)
    if Intent.THAT_IS_ALL in said.turn.intents and said.turn.answer is not YesNo.YES:
        return drop(said.state, said.scene, wording.NO_PROBLEM)
    return _reopened(said) or missed(said)


def _says_again(said: JudgedTurn) -> bool:
    """Whether a detail is said as it stands already: it was right, and is read back once more."""
    turn, facts = said.turn, said.facts
    heard, known = turn.address, facts.address
    if heard is not None and known is not None:
        return (heard.number, heard.street) == (known.number, known.street)
    if facts.name is not None and set(words(facts.name)) <= set(words(turn.text)):
        return True
    told = ((turn.name, facts.name), (turn.phone, facts.phone))
    return any(one is not None and one == other for one, other in told)


def goes_on(said: JudgedTurn) -> Reply:
    """The turn was taken in: on to the next thing the errand needs."""
    state, echo = replace(said.state, misses=0), said.echo
    if Intent.GREETING in said.turn.intents and state.ask is Ask.HELP and state.goal is None:
        echo = echo or wording.HELLO
    return advance(state, said.scene, said.lead, echo)


def missed(said: JudgedTurn) -> Reply:
    """Nothing was understood: other words, then options, then a person; never a loop."""
    state = replace(said.state, misses=said.state.misses + 1)
    misses = state.misses
    arranging = state.ask in {Ask.TIME, Ask.DAY}
    if said.turn.asks and not arranging:  # however often: nobody is fetched for it
        return look_up(state, said.turn.text, said.lead)
    if misses > _OFFER_HUMAN_AFTER or (misses == _OFFER_HUMAN_AFTER and state.rescues):
        return escalate(replace(state, misses=0), said.scene, "stuck")
    if misses == _OFFER_HUMAN_AFTER:
        return offer_a_person(state, said.scene, said.lead)
    searched = state.facts.search is not None and not preferred(state.facts)
    if arranging and said.turn.timed and searched:
        sorry = wording.NOTHING_THEN  # it was understood, and searched for already
    else:
        sorry = wording.NOT_CAUGHT if misses == 1 else wording.NOT_CAUGHT_AGAIN
    ask = Ask.SERVICE if state.ask is Ask.HELP else state.ask
    return pose(state, said.scene, ask, said.led(sorry))


def _reopened(said: JudgedTurn) -> Reply | None:
    """Ask anew for a detail the caller only names as wrong; ``None`` when none is named."""
    if said.ask not in {Ask.READ_BACK, Ask.CHANGE}:
        return None
    reopened = reopen(said.facts, said.turn.text)
    if reopened == said.facts:
        return None
    state = replace(said.state, facts=reopened, misses=0)
    return advance(state, said.scene, wording.ALL_RIGHT)


def _heard_wrong(said: JudgedTurn) -> Reply:
    """A check was answered with "no": the fact is asked for in smaller pieces, then a person is."""
    state = replace(said.state, misheard=said.state.misheard + 1)
    pieces, ask = in_pieces(state.facts), asked_for(state.facts)
    state = replace(state, facts=taken_back(state.facts))
    if state.misheard >= MOST_CHECKS:
        return offer_a_person(replace(state, misheard=0), said.scene, said.lead)
    return pose(state, said.scene, ask, said.led(pieces))


def _without_human(said: JudgedTurn) -> Reply:
    """Go on after an offered person was declined; after trouble, the errand is over."""
    state = said.state
    if state.errors or state.wrong_codes or state.goal is Goal.AMEND:
        state = replace(state, errors={}, wrong_codes=0)
        return drop(state, said.scene, said.led(wording.NO_PROBLEM))
    return advance(state, said.scene, said.led(wording.ALL_RIGHT))
