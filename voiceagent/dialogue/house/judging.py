"""In which order a caller's turn is judged: `RULES`, from top to bottom.

Each rule is a function that answers the turn, or passes it on with what it found out. Whatever
happened, what comes next follows from the facts alone: the first unsettled stage of the errand
(`agenda`) is asked about or worked on. So facts may come in any order, several at once, and be put
right at any time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from voiceagent.core.escalation import EscalationAct
from voiceagent.dialogue.acts import Say
from voiceagent.dialogue.case_file import is_unsure
from voiceagent.dialogue.house import wording
from voiceagent.dialogue.house.absorb import absorb
from voiceagent.dialogue.house.agenda import Goal
from voiceagent.dialogue.house.answering import (
    answers_the_question,
    asks_about_the_business,
    asks_whether_we_do_it,
    changes_what_is_booked,
    goes_on,
    has_no_code,
    is_not_understood,
    leaves,
    number_stays_in_pieces,
)
from voiceagent.dialogue.house.asides import (
    answers_on_a_condition,
    asks_for_their_booking,
    asks_of_things_unknown,
    asks_where_we_go,
    called_the_wrong_place,
    gives_a_number_we_cannot_use,
    haggles,
    has_a_peoples_matter,
    names_no_one_day,
    refers_to_the_file,
    speaks_another_language,
    wants_longer_than_a_window,
    wants_the_text_again,
    wants_to_wait,
    wants_what_is_not_done,
)
from voiceagent.dialogue.house.asking_prices import (
    asks_another_price,
    asks_the_price,
    asks_the_price_elsewhere,
)
from voiceagent.dialogue.house.asks import Ask
from voiceagent.dialogue.house.danger import (
    danger_is_reported,
    notes_a_smell,
    rules_out,
    safety_is_unsettled,
    still_in_danger,
    the_alarm_was_none,
)
from voiceagent.dialogue.house.doubts import doubted, left_to_read_back, sure_enough
from voiceagent.dialogue.house.facts import Safety
from voiceagent.dialogue.house.favours import (
    asks_of_a_part,
    claims_an_offer,
    wants_a_technician,
    wants_it_remembered,
)
from voiceagent.dialogue.house.hearing.privacy import asks_of_recording
from voiceagent.dialogue.house.intents import Intent
from voiceagent.dialogue.house.judged import Judged, JudgedTurn
from voiceagent.dialogue.house.origins import told
from voiceagent.dialogue.house.reading import (
    CONFIRMS,
    HumanReason,
    is_idle,
    is_pause,
    moods_of,
    reason_for_human,
    verdict_of,
)
from voiceagent.dialogue.house.reports import Scene
from voiceagent.dialogue.house.several import one_by_one, wishes_for_a_second_visit
from voiceagent.dialogue.house.speaking import drop, escalate, pose, repeat
from voiceagent.dialogue.house.state import HouseState, Reply, joined
from voiceagent.dialogue.house.steering import Steer, facts_for, steer
from voiceagent.dialogue.house.whereabouts import lives_where_nobody_comes, without_far_place
from voiceagent.dialogue.house.wondering import may_mean_something, says_what_they_meant
from voiceagent.language.en_us.talk_moves import comes_back
from voiceagent.language.en_us.yes_no import YesNo

_OF_A_BOOKING = frozenset({Goal.AMEND, Goal.LOOK_UP})
_DONE_ALL_THE_SAME = frozenset(
    {Intent.GOODBYE, Intent.CANCEL, Intent.RESCHEDULE, Intent.PRICE, Intent.KNOWLEDGE}
)
"""What a scolding caller wants as well, and gets when no person is reached."""

_TELLING = 9
"""Words from which a wish for a person tells why; then they are told as well."""

Rule = Callable[[JudgedTurn], Judged]


def judge(state: HouseState, text: str, scene: Scene) -> Reply:
    """Judge the caller's words, or the digits that were typed."""
    return _by((*AT_ONCE, *RULES), JudgedTurn.of(state, scene, text))


def judge_later(state: HouseState, text: str, scene: Scene, lead: str) -> Reply:
    """Judge words said while a tool was running, now that it has answered.

    Args:
        state: with what the answer has changed.
        text: all that was said meanwhile.
        scene: the surroundings.
        lead: what the answer lets the agent tell.
    """
    return _by(RULES, JudgedTurn.of(state, scene, text, lead))


def _by(rules: Sequence[Rule], said: JudgedTurn) -> Reply:
    for rule in rules:
        judged = rule(said)
        if not isinstance(judged, JudgedTurn):
            return judged
        said = judged
    return goes_on(said)


def a_tool_is_running(said: JudgedTurn) -> Judged:
    """The turn waits for the tool's answer, but for a wish for a person, which cannot wait."""
    state = said.state
    if state.awaiting is None:
        return said
    said, reason = _to_a_person(said)
    state = said.state
    if reason is not None:
        return escalate(state, said.scene, reason)
    if not is_idle(said.turn) or said.turn.card or said.turn.opts_out or said.turn.wants_privacy:
        meanwhile = joined(state.interjection, said.spoken)
        return replace(state, interjection=meanwhile), ()
    return state, ()


def offers_a_card(said: JudgedTurn) -> Judged:
    """A card number, of which nothing was read: there is a secure link for that."""
    if not said.turn.card:
        return said
    return pose(said.state, said.scene, said.ask, said.led(wording.NO_CARDS))


def asks_for_no_calls(said: JudgedTurn) -> Judged:
    """No calls or texts from us any more: it is noted, and the call goes on where it was.

    What else is a person's matter in the same turn is passed on.
    """
    if not said.turn.opts_out:
        return said
    state = replace(said.state, opted_out=True)
    if said.turn.matter is not None and said.turn.matter.name not in state.handed:
        return replace(said, state=state, lead=said.led(wording.NO_MORE_CALLS))
    return pose(state, said.scene, said.ask, said.led(wording.NO_MORE_CALLS))


def is_to_be_kept(said: JudgedTurn) -> JudgedTurn:
    """The conversation is private, or unrecorded, from here on, whatever else the turn says."""
    if said.turn.unrecorded:
        said = replace(said, state=replace(said.state, unrecorded=True))
    if not said.turn.wants_privacy or not said.scene.business.privacy.on_request:
        return said
    return replace(said, state=replace(said.state, private=True))


def asks_for_privacy(said: JudgedTurn) -> Judged:
    """It is said that the conversation is kept; what else the turn says goes on."""
    kept = wording.kept(
        private=said.turn.wants_privacy and said.state.private, unrecorded=said.turn.unrecorded
    )
    if not kept:
        return said
    if said.turn.has_facts or said.turn.intents or said.turn.asks:
        return replace(said, lead=said.led(kept))
    return pose(said.state, said.scene, said.ask, said.led(kept))


def wants_a_person(said: JudgedTurn) -> Judged:
    """A person is asked for, or the caller is angry or speaks of the law."""
    said, reason = _to_a_person(said)
    if reason is None:
        return said
    about = said.spoken.strip() if len(said.spoken.split()) >= _TELLING else ""
    said = tells_facts(said)  # what was put right along with it is known, whoever goes on
    if reason == "anger" and said.turn.intents & _DONE_ALL_THE_SAME:
        said = replace(said, state=replace(said.state, interjection=said.spoken))
    state, far = without_far_place(said.state, said.scene)
    place = said.facts.address.text if far and said.facts.address is not None else ""
    state = replace(state, untold=joined(state.untold, wording.not_served(place) if place else ""))
    after, step = escalate(state, said.scene, reason, about=about)
    if said.ask in CONFIRMS and said.turn.answer is YesNo.NO:
        after = replace(after, goal=None)  # "then no, let me talk to a person"
    return after, step


def _to_a_person(said: JudgedTurn) -> tuple[JudgedTurn, HumanReason | None]:
    """Why the turn goes to a person, if it does; a mood has that effect once."""
    escalation, acts = said.state.escalation.hear(moods_of(said.turn))
    said = replace(said, state=replace(said.state, escalation=escalation))
    routed = EscalationAct.ROUTE in acts
    return said, reason_for_human(said.turn) if routed else None


def asks_several_things(said: JudgedTurn) -> Judged:
    """Several questions to the business in one turn: each is answered."""
    return one_by_one(said, lambda part: _by(RULES, part))


def asks_what(said: JudgedTurn) -> Judged:
    """The last question again ("what was that?")."""
    if Intent.REPEAT not in said.turn.intents or said.turn.has_facts:
        return said
    return repeat(said.state, said.scene)


def asks_for_a_moment(said: JudgedTurn) -> Judged:
    """The caller wants a moment ("one second"); the question stays open."""
    if not is_pause(said.turn):
        return said
    return said.state, (Say(said.led(wording.TAKE_YOUR_TIME)),)


def comes_back_from_a_moment(said: JudgedTurn) -> Judged:
    """Who is back from a moment they asked for has agreed to nothing: the question is put again."""
    waited = said.state.last_words.said.endswith(wording.TAKE_YOUR_TIME)
    if not waited or said.turn.has_facts or not comes_back(said.turn.text):
        return said
    return pose(said.state, said.scene, said.ask, said.lead)


def asks_who_we_are(said: JudgedTurn) -> Judged:
    """Who and what is speaking, and whether it is recorded; the question stays open."""
    if asks_of_recording(said.turn.text) and said.verdict is None:
        recorded = wording.recording(said.scene.business, unrecorded=said.state.unrecorded)
        return pose(said.state, said.scene, said.ask, said.led(recorded))
    if Intent.WHO_ARE_YOU not in said.turn.intents:
        return said
    who = wording.who_we_are(said.scene.business)
    return pose(said.state, said.scene, said.ask, said.led(who))


def changes_the_errand(said: JudgedTurn) -> Judged:
    """An errand that is dropped ends here; one that is begun has its facts."""
    state = said.state
    course = steer(said.turn, state.goal, state.facts)
    if course.steer is Steer.DROP:
        return drop(state, said.scene, said.led(wording.DROPPED))
    if course.goal is not None:
        facts = facts_for(course.goal, state.facts)
        if course.goal in {Goal.AMEND, Goal.CALL_BACK}:
            facts = replace(facts, amendment=said.spoken.strip())
        if course.goal is Goal.CALL_BACK and facts.phone is None:
            facts = replace(facts, phone=said.scene.caller_number)
        if course.goal in _OF_A_BOOKING and said.turn.code and not (facts.phone or said.turn.phone):
            facts = replace(facts, phone=said.scene.caller_number)  # the code has to fit it
        state = replace(state, goal=course.goal, facts=facts)
    return replace(said, state=state, course=course)


def tells_facts(said: JudgedTurn) -> JudgedTurn:
    """What was said is known from here on; what it answers is judged by that."""
    scene, turn, before = said.scene, said.turn, said.facts
    if said.ask is Ask.SAFETY:
        turns = said.state.safety_turns + 1
        said = replace(said, state=replace(said.state, safety_turns=turns))
    said = notes_a_smell(said).with_facts(absorb(before, turn, said.ask, scene))
    if rules_out(said) and not is_unsure(scene.sure):
        safe = replace(said.facts, safety=Safety.SAFE)
        said = said.with_facts(told(said.facts, safe, said.ask, corrects=False, at=scene.now))
    echo = wording.acknowledge(
        before, said.facts, scene.business, scene.now, ask=said.ask, corrects=turn.corrects
    )
    verdict = sure_enough(verdict_of(turn, said.ask, before, said.facts), scene.sure)
    return _passes_over(replace(said, before=before, verdict=verdict, echo=echo))


def _passes_over(said: JudgedTurn) -> JudgedTurn:
    """Whoever answers a check with the next fact is not asked it again and again.

    Only on the way to a booking, which is read back as a whole.
    """
    books = said.ask is Ask.CHECK and said.state.goal is Goal.BOOK
    tells = said.facts != said.before and said.turn.answer is YesNo.UNCLEAR
    if not (books and tells) or said.verdict is not None:
        return said
    if doubted(said.before) != doubted(said.facts):
        return said
    return said.with_facts(left_to_read_back(said.facts))


AT_ONCE: tuple[Rule, ...] = (
    is_to_be_kept,
    danger_is_reported,
    a_tool_is_running,
)
"""Judged the moment it is said, whatever is going on."""

RULES: tuple[Rule, ...] = (
    says_what_they_meant,
    offers_a_card,
    asks_for_no_calls,
    wants_a_technician,
    wants_a_person,
    asks_for_privacy,
    wants_the_text_again,
    has_a_peoples_matter,
    asks_several_things,
    asks_what,
    asks_for_a_moment,
    comes_back_from_a_moment,
    asks_who_we_are,
    called_the_wrong_place,
    speaks_another_language,
    asks_for_their_booking,
    asks_of_things_unknown,
    wants_what_is_not_done,
    asks_where_we_go,
    asks_of_a_part,
    changes_the_errand,
    the_alarm_was_none,
    tells_facts,
    wishes_for_a_second_visit,
    wants_to_wait,
    gives_a_number_we_cannot_use,
    lives_where_nobody_comes,
    wants_longer_than_a_window,
    claims_an_offer,
    haggles,
    wants_it_remembered,
    refers_to_the_file,
    asks_whether_we_do_it,
    asks_the_price_elsewhere,
    asks_another_price,
    asks_the_price,
    asks_about_the_business,
    leaves,
    safety_is_unsettled,
    still_in_danger,
    names_no_one_day,
    answers_on_a_condition,
    answers_the_question,
    changes_what_is_booked,
    has_no_code,
    number_stays_in_pieces,
    may_mean_something,
    is_not_understood,
)
"""Judged when no tool is running; a turn that none of them answers `goes_on`."""
