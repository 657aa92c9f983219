"""Judging one turn of the caller: what it answers, starts, corrects or asks, and the reply."""

from __future__ import annotations

from dataclasses import replace

from voiceagent.dialogue.acts import Say, Step
from voiceagent.dialogue.house import wording
from voiceagent.dialogue.house.absorb import absorb, reopen
from voiceagent.dialogue.house.agenda import SETTLED, AgendaStage, Goal
from voiceagent.dialogue.house.asks import Ask
from voiceagent.dialogue.house.facts import Facts, Haste, Safety
from voiceagent.dialogue.house.intents import Intent
from voiceagent.dialogue.house.moves import ToolUse, request
from voiceagent.dialogue.house.reading import (
    is_leaving,
    is_pause,
    is_understood,
    reason_for_human,
    verdict_of,
)
from voiceagent.dialogue.house.steering import Course, Steer, facts_for, steer
from voiceagent.dialogue.house.talk import Talk, joined
from voiceagent.dialogue.house.understand import TurnContext, Understanding, understand
from voiceagent.dialogue.house.verdicts import Verdict, settle
from voiceagent.domain.denial import takes_back
from voiceagent.domain.safety import Judgement, hear_danger
from voiceagent.language.en_us.yes_no import YesNo

_OFFER_HUMAN_AFTER = 3
_UNCLEAR_ANSWERS = 2
"""Unclear answers to the safety question after which the caller is warned and the call goes on."""
_CODE_ASKS = frozenset({Ask.CODE, Ask.PHONE_AND_CODE})
_LEAVING = frozenset({None, Verdict.DECLINE, Verdict.KEEP, Verdict.NO_HUMAN, Verdict.FINISH})
"""Verdicts after which a goodbye ends the call; after the others there is something left to do."""


class Turns(Talk):
    """The judgement of caller turns, in a fixed order."""

    def _understand(self, text: str) -> Understanding:
        return understand(text, TurnContext(self._business, self._now, self._ask, self._facts))

    def _turn(self, turn: Understanding, lead: str = "") -> Step:  # noqa: PLR0911 - one per case
        """One turn of the caller; `lead` is what the agent has to tell first."""
        if turn.card:
            return self._pose(self._ask, joined(lead, wording.NO_CARDS))
        reason = reason_for_human(turn)
        if reason is not None:
            return self._escalate(reason)
        if Intent.REPEAT in turn.intents and not turn.has_facts:
            return self._repeat()
        if is_pause(turn):
            return (Say(joined(lead, wording.TAKE_YOUR_TIME)),)
        if Intent.WHO_ARE_YOU in turn.intents:
            return self._pose(self._ask, joined(lead, wording.who_we_are(self._business)))
        course = steer(turn, self._goal, self._facts)
        if course.steer is Steer.DROP:
            return self._drop(joined(lead, wording.DROPPED))
        if course.goal is not None:
            self._goal, self._facts = course.goal, facts_for(course.goal, self._facts)
        if self._ask is Ask.AFTER_DANGER and self._takes_back(turn):
            return self._false_alarm(turn, lead)
        before = self._facts
        self._facts = absorb(before, turn, self._ask, self._caller_number)
        if self._rules_out(turn):
            self._facts = replace(self._facts, safety=Safety.SAFE)
        verdict = verdict_of(turn, self._ask, before, self._facts)
        return self._respond(turn, course, verdict, before, lead)

    def _respond(  # noqa: C901, PLR0911 - one per case
        self,
        turn: Understanding,
        course: Course,
        verdict: Verdict | None,
        before: Facts,
        lead: str,
    ) -> Step:
        """The reply to a turn whose facts are taken in."""
        if course.steer is Steer.TELL and turn.service is not None:
            return self._pose(Ask.WANT_BOOKING, joined(lead, wording.WE_DO))
        asked = self._side_question(turn, verdict, lead)
        if asked is not None:
            return asked
        echo = wording.acknowledge(
            before,
            self._facts,
            self._business,
            self._now,
            ask=self._ask,
            corrects=turn.corrects,
        )
        leaves = course.steer is Steer.STAY and is_leaving(turn, self._ask, self._goal)
        if leaves and verdict in _LEAVING:
            return self._finish(wording.goodbye(self._business), "done")
        if self._ask is Ask.SAFETY and verdict is not Verdict.SAFE:
            return self._unsettled_safety(turn, before, lead, echo)
        if self._ask is Ask.AFTER_DANGER and verdict is None:
            return self._still_in_danger(lead)
        if course.steer is Steer.STAY and verdict is not None:
            self._misses = 0 if verdict is not Verdict.TAKE_TIME else self._misses
            return self._carry_out(turn, verdict, lead, echo)
        if course.steer is Steer.STAY and self._changes_booking(turn, before):
            return self._pose(Ask.HUMAN_OFFER, wording.PERSON_CAN_CHANGE)
        if Intent.DO_NOT_KNOW in turn.intents and self._ask in _CODE_ASKS and not turn.code:
            self._wrong_codes += 1
            return self._pose(Ask.HUMAN_OFFER, wording.NEED_CODE)
        if course.steer is Steer.STAY and not is_understood(turn, before, self._facts):
            if Intent.THAT_IS_ALL in turn.intents and turn.answer is not YesNo.YES:
                return self._drop(wording.NO_PROBLEM)
            return self._reopen(turn) or self._missed(turn, lead)
        self._misses = 0
        if Intent.GREETING in turn.intents and self._ask is Ask.HELP and self._goal is None:
            echo = echo or wording.HELLO
        return self._advance(lead, echo)

    def _carry_out(self, turn: Understanding, verdict: Verdict, lead: str, echo: str) -> Step:  # noqa: C901, PLR0911 - one return per case
        """Do what an answer means."""
        self._facts = settle(self._facts, verdict)
        match verdict:
            case Verdict.TAKE_TIME if self._facts.window is None:
                return self._missed(turn, lead)
            case Verdict.SAFE:
                return self._advance(joined(wording.GOOD_TO_HEAR, lead), echo)
            case Verdict.START_BOOKING | Verdict.ARRANGE_VISIT:
                self._goal = Goal.BOOK
            case Verdict.DECLINE:
                return self._drop(wording.NO_PROBLEM)
            case Verdict.KEEP:
                return self._drop(wording.KEPT)
            case Verdict.CHANGE:
                return self._reopen(turn) or self._pose(Ask.CHANGE, lead)
            case Verdict.HUMAN:
                return self._escalate("stuck")
            case Verdict.NO_HUMAN:
                return self._without_human(lead)
            case Verdict.STAY_SAFE:
                return self._finish(wording.STAY_SAFE, "done")
            case Verdict.MORE:
                return self._pose(Ask.HELP, joined(lead, wording.OF_COURSE))
            case Verdict.FINISH:
                return self._finish(wording.goodbye(self._business), "done")
            case _:
                pass
        return self._advance(lead, echo)

    def _rules_out(self, turn: Understanding) -> bool:
        """Whether danger is denied unasked: "furnace is out, no gas, no smoke, alarm is quiet"."""
        volunteered = self._facts.safety is Safety.OPEN and self._ask is not Ask.SAFETY
        return volunteered and turn.danger.judgement is Judgement.CLEAR_DENIAL

    def _unsettled_safety(self, turn: Understanding, before: Facts, lead: str, echo: str) -> Step:
        """No clear answer to the safety question: ask once more, naming each danger; then care.

        After a second unclear answer the caller gets an honest warning and the call goes on. Not a
        person: at night that is one technician's phone, and a caller who mumbles twice is seldom
        in danger; not a third time the same question: nobody answers it better. What we do not
        know is not forgotten, `Safety.CAUTIONED` goes with the job (`description`).
        """
        if self._facts != before:  # facts instead of an answer: nothing was unclear in them
            return self._advance(lead, echo)
        self._unclear_safety += 1
        if self._unclear_safety < _UNCLEAR_ANSWERS:
            if "hear me" in turn.text.lower():
                lead = joined(lead, wording.CAN_HEAR)
            elif turn.asks:
                return self._look_up(turn.text, lead)
            emergency = self._business.emergency
            again = emergency.question_again or emergency.question
            return self._pose(Ask.SAFETY, joined(lead, echo, again))
        self._facts = replace(self._facts, safety=Safety.CAUTIONED)
        self._misses = 0
        return self._advance(joined(lead, wording.CAUTION), echo)

    def _takes_back(self, turn: Understanding) -> bool:
        return takes_back(turn.text, self._business, self._alarm)

    def _false_alarm(self, turn: Understanding, lead: str) -> Step:
        """The alarm was none: what it put down goes, and the call goes on where it was.

        Danger is ruled out by that only if the denial is of everything; else it is asked about.
        """
        denied = hear_danger(turn.text, self._business, asked=True).judgement
        alarm, self._alarm = wording.reported(self._alarm), ""
        self._facts = replace(
            self._facts,
            safety=Safety.SAFE if denied is Judgement.CLEAR_DENIAL else Safety.OPEN,
            haste=Haste.UNSAID,
            problem="" if self._facts.problem == alarm else self._facts.problem,
        )
        if self._goal is None and self._facts.service is not None and self._facts.symptoms:
            self._goal = Goal.BOOK
        return self._advance(joined(lead, wording.FALSE_ALARM))

    def _still_in_danger(self, lead: str) -> Step:
        """Neither yes nor no to a visit ("we are leaving now", "what do I do"): safety first."""
        return self._pose(Ask.AFTER_DANGER, joined(lead, wording.IN_DANGER))

    def _reopen(self, turn: Understanding) -> Step:
        """Ask anew for a detail the caller only names as wrong; empty when none is named."""
        if self._ask not in {Ask.READ_BACK, Ask.CHANGE}:
            return ()
        reopened = reopen(self._facts, turn.text)
        if reopened == self._facts:
            return ()
        self._facts, self._misses = reopened, 0
        return self._advance(wording.ALL_RIGHT)

    def _without_human(self, lead: str) -> Step:
        """Go on after an offered person was declined; after trouble, the errand is over."""
        if self._errors or self._wrong_codes:
            self._errors = {}
            self._wrong_codes = 0
            return self._drop(joined(lead, wording.NO_PROBLEM))
        return self._advance(joined(lead, wording.ALL_RIGHT))

    def _side_question(
        self, turn: Understanding, verdict: Verdict | None, lead: str
    ) -> Step | None:
        """Answer a question about prices or the business; the open question returns after it."""
        if Intent.PRICE in turn.intents and verdict is None and Intent.BOOK not in turn.intents:
            quote = self._facts.quote
            if quote is not None and SETTLED[AgendaStage.PRICE](self._facts, self._situation):
                return self._advance(joined(lead, quote.message))
            if self._facts.service is not None:
                return self._use(AgendaStage.PRICE, lead)
        if Intent.KNOWLEDGE in turn.intents and (verdict is None or turn.asks):
            return self._look_up(turn.text, lead)
        return None

    def _look_up(self, question: str, lead: str) -> Step:
        call = self._await(request(ToolUse.LOOK_UP, question=question))
        return (Say(lead), call) if lead else (call,)

    def _changes_booking(self, turn: Understanding, before: Facts) -> bool:
        """Whether a finished booking's details are being changed, which no tool does."""
        if self._goal is not None or before.booking is None:
            return False
        heard = turn.name or turn.phone or turn.address or turn.note
        return bool(heard) and self._facts != before

    def _missed(self, turn: Understanding, lead: str) -> Step:
        """Nothing was understood: other words, then options, then a person; never a loop."""
        self._misses += 1
        arranging = self._ask in {Ask.TIME, Ask.DAY}
        if turn.asks and not arranging and self._misses < _OFFER_HUMAN_AFTER:
            return self._look_up(turn.text, lead)
        if self._misses > _OFFER_HUMAN_AFTER or (
            self._misses == _OFFER_HUMAN_AFTER and self._rescues
        ):
            self._misses = 0
            return self._escalate("stuck")
        if self._misses == _OFFER_HUMAN_AFTER:
            self._rescues += 1
            return self._pose(Ask.HUMAN_OFFER, joined(lead, wording.HAVING_TROUBLE))
        sorry = wording.NOT_CAUGHT if self._misses == 1 else wording.NOT_CAUGHT_AGAIN
        ask = Ask.SERVICE if self._ask is Ask.HELP else self._ask
        return self._pose(ask, joined(lead, sorry))
