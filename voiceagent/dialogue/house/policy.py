"""The house policy: a deterministic conversation that needs no model (docs/contract.md).

Sans-I/O: words, keys, silence and tool results go in, acts come out. A turn is judged in a fixed
order: danger, cards, a wish for a person, "what?", then facts and the errand. Whatever happened,
the next act follows from the facts alone: the first unsettled stage of the errand (`agenda`) is
asked about or worked on. So facts may come in any order, several at once, and be put right at any
time.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Literal

from voiceagent.dialogue.acts import CallTool, HangUp, Say, Step
from voiceagent.dialogue.house import wording
from voiceagent.dialogue.house.absorb import absorb
from voiceagent.dialogue.house.asks import EXPECTS, Ask
from voiceagent.dialogue.house.facts import Facts, Haste, Safety
from voiceagent.dialogue.house.keypad import Keypad, Pressed
from voiceagent.dialogue.house.reading import (
    is_idle,
    reason_for_human,
)
from voiceagent.dialogue.house.reports import Next, remedied, report
from voiceagent.dialogue.house.results import (
    Json,
    ToolError,
    ToolErrorRemedy,
    error_of,
    remedy_for,
    text_of,
)
from voiceagent.dialogue.house.talk import Phase, joined
from voiceagent.dialogue.house.turns import Turns
from voiceagent.dialogue.house.understand import Understanding
from voiceagent.domain.business import Business
from voiceagent.domain.card_watch import MARK
from voiceagent.domain.expecting import Expecting
from voiceagent.language.en_us.yes_no import YesNo

_MAX_WRONG_CODES = 2
_MAX_ERRORS = 2


class Policy(Turns):
    """One conversation.

    Args:
        business: the business file.
        now: start of the conversation, aware, in the business's zone; "tonight" is meant from it.
        caller_number: E.164 number the caller has, for "this number"; ``None`` when withheld.
        channel: what carries it; on "text" a pressed key is a typed word.
    """

    def __init__(
        self,
        business: Business,
        *,
        now: datetime,
        caller_number: str | None,
        channel: Literal["voice", "text"],
    ) -> None:
        super().__init__(business, now, caller_number)
        self._channel = channel

    @property
    def expecting(self) -> Expecting:
        """What the next caller turn is likely to be."""
        return EXPECTS[self._ask] if self._awaiting is None else Expecting.ANYTHING

    @property
    def facts(self) -> Facts:
        """What is known so far, e.g. for a hand-over."""
        return self._facts

    @property
    def emergency_reported(self) -> bool:
        """Whether the caller reported danger and was told what to do."""
        return self._facts.safety is Safety.WARNED

    def greet(self) -> Step:
        """The first words: the greeting, and the disclosure as an utterance of its own."""
        return self._remember(self._first_words)

    @property
    def _first_words(self) -> tuple[Say, ...]:
        voice = self._business.voice
        return (Say(voice.greeting), Say(voice.disclosure))

    def resume(self) -> Step:
        """The line was cut and the call goes on: an apology, then what was going on.

        Wherever it was cut, the conversation is open again, a goodbye is taken back, and the caller
        is given as long to answer as after any question. A finished booking is confirmed again,
        since nobody knows what was heard of it, and so is the disclosure if nothing came after it.
        A tool that was asked and has not answered is asked again; tools do nothing twice.
        """
        self._phase, self._silences, self._keypad = Phase.OPEN, 0, Keypad()
        call, self._awaiting = self._awaiting, None
        if call is not None and call.name != "end_call":
            return (Say(wording.CUT_OFF), self._await(call))
        if self._last_said == self._first_words:
            return self._remember((Say(wording.CUT_OFF), Say(self._business.voice.disclosure)))
        if self._goal is None and self._facts.booking is not None:
            booked = wording.still_booked(self._facts.booking, self._now)
            return self._pose(Ask.ANYTHING_ELSE, joined(wording.CUT_OFF, booked))
        return self._pose(self._ask, wording.CUT_OFF)

    def hear(self, text: str) -> Step:
        """Take a committed turn of the caller: recognised words or typed text."""
        self._silences, self._keypad = 0, Keypad()
        if self._phase is Phase.CLOSING or not text.strip():
            return ()
        if self._channel == "text" and text.strip() == "0":
            return self._escalate("asked")
        return self._judge(text)

    def lost(self) -> Step:
        """The caller spoke and recognition lost the words: ask again, in the end get a person."""
        if self._phase is Phase.CLOSING or self._awaiting is not None:
            return ()
        self._silences = 0
        return self._missed(self._understand(""), "")

    def silence(self) -> Step:
        """The caller has said nothing for the prompt time-out; typed digits count as said."""
        if self._phase is Phase.CLOSING or self._awaiting is not None:
            return ()
        typed, self._keypad = self._keypad.digits, Keypad()
        if typed:
            return self._judge(typed)
        self._silences += 1
        match self._silences:
            case 1:
                return self._pose(self._ask, wording.CANT_HEAR_YOU)
            case 2 if self._ask is Ask.ANYTHING_ELSE:
                return self._finish(wording.goodbye(self._business), "done")
            case 2:
                return self._pose(self._ask, wording.STILL_HERE)
            case _:
                return self._finish(wording.NO_ONE_THERE, "caller_left")

    def key(self, digit: str) -> Step:
        """A key of the phone; 0 is a person, also while a tool runs (see `keypad`).

        `MARK` instead of a digit: the last keys were a card number.
        """
        self._silences = 0
        if self._phase is Phase.CLOSING:
            return ()
        if digit == MARK:
            self._keypad = Keypad()
            return self._judge(digit)
        self._keypad, meaning = self._keypad.press(digit, self._ask)
        match meaning:
            case Pressed.HUMAN:
                return self._escalate("asked")
            case Pressed.CLEARED:
                return self._pose(self._ask)
            case Pressed.ENTERED:
                typed, self._keypad = self._keypad.digits, Keypad()
                return self._judge(typed)
            case _:
                return ()

    def result(self, tool: str, result: Json) -> Step:  # noqa: PLR0911 - one return per case
        """Take a tool's answer. One that is no longer waited for adds to the facts, silently."""
        call = self._awaiting
        if call is None or call.name != tool:
            self._late_result(tool, result)
            return ()
        self._awaiting = None
        if tool == "end_call":
            return (HangUp(str(call.arguments["reason"])),)
        error = error_of(result)
        if error is not None:
            return self._trouble(call, error)
        self._errors = {name: n for name, n in self._errors.items() if name != tool}
        if tool == "escalate_to_human":
            return self._escalated(result)
        told = report(call, result, self._facts, self._scene)
        self._facts, self._served = told.facts, True
        if told.next is Next.ASK_CODE_AGAIN:
            return self._wrong_code(told.lead)
        if told.next is Next.ERRAND_DONE:
            self._goal = None
        meanwhile, self._interjection = self._interjection, ""
        if meanwhile:
            self._ask = Ask.ANYTHING_ELSE if self._goal is None else self._ask
            return self._turn(self._understand(meanwhile), told.lead)
        return self._advance(told.lead)

    def _late_result(self, tool: str, result: Json) -> None:
        call = next((one for one in self._abandoned if one.name == tool), None)
        if call is None or error_of(result) is not None:
            return
        self._abandoned = tuple(one for one in self._abandoned if one is not call)
        told = report(call, result, self._facts, self._scene)
        self._facts = told.facts
        if told.next is Next.ERRAND_DONE:
            self._goal, self._served, self._untold = None, True, told.lead

    def _judge(self, text: str) -> Step:
        """Danger first, then the turn, unless a tool is running: then it waits for the answer."""
        turn = self._understand(text)
        if turn.danger.is_danger and not self._warned_already(turn):
            return self._warn(turn)
        if self._awaiting is None:
            return self._turn(turn)
        reason = reason_for_human(turn)
        if reason is not None:
            return self._escalate(reason)
        if not is_idle(turn) or turn.card:
            self._interjection = joined(self._interjection, text)
        return ()

    def _warned_already(self, turn: Understanding) -> bool:
        """Whether a danger word now only belongs to arranging the visit after a warning."""
        if self._facts.safety is not Safety.WARNED:
            return False
        return self._ask is not Ask.AFTER_DANGER or turn.answer is YesNo.YES or turn.has_facts

    def _warn(self, turn: Understanding) -> Step:
        """Guidance at once; whatever else was going on waits."""
        if self._awaiting is not None:
            self._abandoned, self._awaiting = (*self._abandoned, self._awaiting), None
        facts = absorb(self._facts, turn, self._ask, self._caller_number)
        urgent = next((s.id for s in self._business.services if s.urgent), None)
        facts = replace(facts, safety=Safety.WARNED, haste=Haste.SOON)
        if facts.service is None and urgent is not None:
            facts = replace(facts, service=urgent)
        if not facts.symptoms and not facts.problem:
            facts = replace(facts, problem=wording.reported(turn.danger.word))
        self._alarm = turn.danger.word
        self._facts = facts
        return self._pose(Ask.AFTER_DANGER, self._business.emergency.guidance)

    def _escalated(self, result: Json) -> Step:
        """The person was reached, or the caller is told honestly that nobody was."""
        message = text_of(result, "message")
        if result.get("transferred") is True:
            self._served = True
            return self._remember((Say(message or wording.CONNECTED),))
        lead = message or self._business.escalation.unavailable
        if self._ask is Ask.HUMAN_OFFER:
            self._misses = 0
            return self._drop(lead)
        return self._advance(lead)

    def _wrong_code(self, lead: str) -> Step:
        self._wrong_codes += 1
        if self._wrong_codes >= _MAX_WRONG_CODES:
            return self._pose(Ask.HUMAN_OFFER, lead)
        return self._advance(lead)

    def _trouble(self, call: CallTool, error: ToolError) -> Step:  # noqa: PLR0911 - one return per case
        """A tool failed: mend what can be mended, else apologise and offer a person."""
        errors = self._errors.get(call.name, 0) + 1
        self._errors = {**self._errors, call.name: errors}
        remedy = remedy_for(error)
        if call.name == "escalate_to_human":
            return self._escalated({})
        if remedy is ToolErrorRemedy.WAIT and errors <= _MAX_ERRORS:
            return (Say(wording.TAKING_LONGER), self._await(call))
        if remedy in {ToolErrorRemedy.GIVE_UP, ToolErrorRemedy.WAIT} or errors > _MAX_ERRORS:
            return self._pose(Ask.HUMAN_OFFER, error.say or wording.CANT_DO)
        self._facts = remedied(self._facts, remedy)
        match remedy:
            case ToolErrorRemedy.SEARCH_AGAIN:
                return self._advance(wording.SLOT_TAKEN if error.code == "slot.taken" else "")
            case ToolErrorRemedy.QUOTE_AGAIN:
                return self._advance()
            case ToolErrorRemedy.ASK_DAY:
                return self._pose(Ask.DAY, error.say)
            case ToolErrorRemedy.ASK_CODE:
                return self._wrong_code(wording.WRONG_CODE)
            case _:
                return self._advance(error.say)
