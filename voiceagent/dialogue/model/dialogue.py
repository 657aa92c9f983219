"""A language model behind the dialogue port, with the house policy as its shadow and its safety.

The house hears every input first, keeps the facts, and has its answer ready (`shadow`). Where it is
not the house's to answer, the model is asked; each sentence is guarded and said as soon as it is
whole, each request is judged (`permits`). Whatever the model fails at, the house's answer is given.

What a model replied is told to the journal (`acts.ModelReplied`) and recalled from it, so the same
inputs and replies give the same acts.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import aclosing
from copy import copy
from dataclasses import replace
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from pydantic import JsonValue

from voiceagent.dialogue.acts import Act, CallTool, DialogueAct, Expect, Say
from voiceagent.dialogue.case_file import CaseFile
from voiceagent.dialogue.house.case import case_of, state_of
from voiceagent.dialogue.house.reports import Scene
from voiceagent.dialogue.house.respond import respond
from voiceagent.dialogue.house.state import HouseState
from voiceagent.dialogue.model.answering import ModelAnswer
from voiceagent.dialogue.model.guard import check
from voiceagent.dialogue.model.head_start import HeadStart
from voiceagent.dialogue.model.open_digits import OpenDigits
from voiceagent.dialogue.model.permits import Scope
from voiceagent.dialogue.model.replies import ReplyTaken, sentences_of
from voiceagent.dialogue.model.routing import Leader, leader_of
from voiceagent.dialogue.model.shadow import house_answers
from voiceagent.dialogue.model.sources import Sources
from voiceagent.dialogue.model.state import (
    MODEL,
    MOST_OVERREACHES,
    STATE,
    ModelLimits,
    ModelState,
)
from voiceagent.dialogue.model.trial import ArmTrial
from voiceagent.dialogue.model.turns import (
    AgentTurn,
    CallerWords,
    ModelTurn,
    ToolTurn,
    kept,
    unanswered,
    with_heard,
)
from voiceagent.dialogue.port import (
    Channel,
    Heard,
    Hurry,
    ReplyHeard,
    ToolAnswered,
    WordsHeard,
    with_typed_key,
)
from voiceagent.domain.business import Business
from voiceagent.domain.locales import ENGLISH_ONLY, Locale
from voiceagent.domain.outcomes import Evidence
from voiceagent.domain.records import Outcome
from voiceagent.language.en_us.caller_acts import ActModel
from voiceagent.ports.language_model import LanguageModel, TokenUsage, ToolRequest, plus
from voiceagent.ports.meter import ModelCounts
from voiceagent.toolkit.answers import ToolFailure, on_the_wire
from voiceagent.toolkit.running import follows
from voiceagent.toolkit.spec import ToolSpec


class ModelDialogue:
    """One conversation; see `port.Dialogue`.

    Args:
        models: who is asked, by who leads (`routing`); deadlines are their own
            (`dialogue.fallback`). The house policy leads where there is none.
        tools: what it may ask for.
        limits: what it may spend.
        business: the business file.
        caller_number: E.164 number the caller has; ``None`` when withheld.
        channel: what carries it; on "text" a typed "0" is the key.
        started_at: when the conversation began, aware.
        acts: proposes what turns do to the house; see `house.reports.Scene`.
        counts: of the worker.
        trial: that this conversation is part of.
        private: nothing of it may reach a host of others.
    """

    def __init__(
        self,
        models: Mapping[Leader, LanguageModel],
        tools: Iterable[ToolSpec],
        limits: ModelLimits,
        business: Business,
        caller_number: str | None,
        channel: Channel,
        started_at: datetime,
        acts: ActModel | None,
        counts: ModelCounts | None = None,
        trial: ArmTrial | None = None,
        *,
        private: bool = False,
        hears: frozenset[Locale] = ENGLISH_ONLY,
    ) -> None:
        self._trial = trial
        self._models = models
        self._counts = counts or ModelCounts()
        self._tools: Final = {spec.name: spec for spec in tools}
        self._limits = limits
        self._business = business
        self._zone = ZoneInfo(business.timezone)
        self._caller_number = caller_number
        self._channel = channel
        self._started_at = started_at
        self._acts = acts
        self._hears = hears
        self._house = HouseState(private=private)
        self._state = ModelState()
        self._sources = self._fresh_sources()
        self._open_digits = OpenDigits()
        self._recalled: deque[ReplyTaken] | None = None
        self._answering: ModelAnswer | None = None
        self._head_start: HeadStart | None = None
        self._spare = TokenUsage()
        self._hedged = False
        self._case: CaseFile | None = None

    async def hear(self, heard: Heard) -> AsyncIterator[DialogueAct]:
        """See `port.Dialogue`."""
        recalled, self._recalled = self._recalled, None
        self._case = None
        if isinstance(heard, ReplyHeard):
            self._note_heard(heard)
            return
        heard = with_typed_key(heard, self._channel)
        before = self._house
        after, step = respond(before, heard, self._scene(heard))
        self._house = after
        is_mine = self._take_in(heard)
        if self._trial is not None and recalled is None:
            self._trial.heard(heard)
        if is_mine and self._state.pending:  # the answers of others are still to come
            self._house = replace(after, awaiting=before.awaiting if step else after.awaiting)
            return
        for_house = isinstance(heard, ToolAnswered) and not is_mine
        model = self._models.get(leader_of(after))
        if (
            for_house
            or (model is None and not recalled)
            or self._state.is_spent(self._limits)
            or self._open_digits.there_are
            or house_answers(heard, before, after, step)
        ):
            await self._let_go()
            for act in self._by_house(heard.at, step):
                yield act
            return
        async for act in self._by_model(self._answer(heard, step, model, recalled), step):
            yield act

    async def _by_model(
        self, answering: ModelAnswer, step: Sequence[Act]
    ) -> AsyncIterator[DialogueAct]:
        """The model's answer, or the house's after what was said of it."""
        ahead = self._head_start
        recalls = answering.recalled is not None
        if recalls or (ahead is not None and ahead.request != answering.request()):
            await self._let_go()
        answering.head_start = ahead = self._head_start
        answering.spare, self._spare = self._spare, TokenUsage()
        answering.hedged, self._hedged = self._hedged, False
        self._answering, self._head_start = answering, None
        try:
            async for act in answering.acts():
                self._state, self._house, self._case = answering.state, answering.house, None
                yield act
        finally:
            self._answering = None
            if ahead is not None:
                await ahead.close()
        self._state, self._house, self._case = answering.state, _judged(answering), None
        if self._trial is not None:
            self._trial.answered(answering)
        if not answering.answered:
            for act in self._by_house(answering.now, _without(step, answering.said)):
                yield act
        else:
            yield Expect(self._state.expecting)

    async def preview(self, heard: WordsHeard) -> str:
        """See `port.Dialogue`. A model is asked ahead; what it replies is kept for these words."""
        after, step = respond(self._house, heard, self._scene(heard))
        hedged, self._hedged = self._hedged, False
        model = self._models.get(leader_of(after))
        opens = self._open_digits.after(heard, self._state.expecting).there_are
        by_house = opens or house_answers(heard, self._house, after, step) is not None
        if by_house or model is None or self._state.is_spent(self._limits):
            return step[0].text if step and isinstance(step[0], Say) else ""
        twin = copy(self)  # all that moves in it are frozen values
        twin._house = after  # noqa: SLF001 - its own
        twin._take_in(heard)  # noqa: SLF001
        answer = twin._answer(heard, step, model, None)  # noqa: SLF001
        request = answer.request()
        if self._head_start is None or self._head_start.request != request:
            await self._let_go()
            self._head_start = HeadStart(model, request)
            if hedged:
                self._head_start.race.enter()
        ahead = self._head_start
        try:
            async with aclosing(sentences_of(ahead.events(), ReplyTaken())) as coming:
                sentence = await anext(coming, "")
        finally:
            if not ahead.is_wanted:
                await ahead.close()
        refused = check(sentence, answer.scope.sources, answer.scope.today)
        return "" if refused is not None else sentence

    def hurry(self, how: Hurry) -> bool:
        """See `port.Dialogue`."""
        if self._answering is not None:
            return self._answering.hurry(how)
        if how is Hurry.SETTLE or self._hedged:
            return False
        self._hedged = True
        return True

    async def close(self) -> None:
        """See `port.Dialogue`."""
        await self._let_go()

    async def _let_go(self) -> None:
        """Close a reply that was asked for ahead in vain; it is paid for with the next one."""
        ahead, self._head_start = self._head_start, None
        if ahead is None:
            return
        prompt = ahead.race.entered * len(str(ahead.request.messages)) // 4
        self._spare = plus(self._spare, TokenUsage(prompt=prompt, completion=ahead.characters // 4))
        await ahead.close()

    def _answer(
        self,
        heard: Heard,
        step: Sequence[Act],
        model: LanguageModel | None,
        recalled: deque[ReplyTaken] | None,
    ) -> ModelAnswer:
        return ModelAnswer(
            model=model,
            tools=self._tools,
            limits=self._limits,
            scope=self._scope(heard, step),
            now=heard.at.astimezone(self._zone),
            state=self._state,
            house=self._house,
            case=case_of(self._house, self._started_at),
            recalled=recalled,
            counts=self._counts,
        )

    def recall(self, replies: Sequence[str]) -> None:
        """See `port.Dialogue`."""
        self._recalled = deque(ReplyTaken.from_json(reply) for reply in replies)

    def snapshot(self) -> CaseFile:
        """See `port.Dialogue`."""
        if self._case is None:
            case = case_of(self._house, self._started_at)
            mine: JsonValue = STATE.dump_python(self._state, mode="json")
            self._case = replace(
                case, expecting=self._state.expecting, memo={**case.memo, MODEL: mine}
            )
        return self._case

    def take_over(self, case: CaseFile) -> None:
        """See `port.Dialogue`. Of a case that a model did not lead, its last words are the turns.

        Raises:
            pydantic.ValidationError: see `house.case.state_of`.
        """
        self._house, self._case = state_of(case), None
        self._started_at = case.started_at
        mine = case.memo.get(MODEL)
        if mine is None:
            words = case.last_words
            turns = (AgentTurn(case.started_at, words.said, words.heard),) if words.said else ()
            self._state = ModelState(turns=turns, expecting=case.expecting)
        else:
            self._state = STATE.validate_python(mine)
        self._open_digits = OpenDigits.of(self._state.turns)
        self._sources = self._fresh_sources().with_case(case, self._day(case.started_at))
        for turn in self._state.turns:
            self._learn(turn)

    def _take_in(self, heard: Heard) -> bool:
        """Remember an input; whether it answers a request of the model that it still waits for."""
        asked = self._state.expecting
        self._open_digits = self._open_digits.after(heard, asked)
        if isinstance(heard, WordsHeard):
            self._state = replace(self._state, pending=())
            self._add(CallerWords(heard.at, heard.text, asked=asked))
        if not isinstance(heard, ToolAnswered):
            return False
        request = unanswered(self._state.turns, heard.tool)
        if request is None:
            return False
        is_mine = request in self._state.pending
        rest = tuple(one for one in self._state.pending if one != request)
        self._state = replace(self._state, pending=rest)
        body = json.dumps(on_the_wire(heard.result))
        self._add(ToolTurn(heard.at, request.request_id, body, self._done(heard)))
        return is_mine

    def _by_house(self, at: datetime, step: Iterable[Act]) -> Iterable[DialogueAct]:
        """Give the house's answer, and show it to the model as its own."""
        step = tuple(step)
        said = " ".join(act.text for act in step if isinstance(act, Say))
        call = next((act for act in step if isinstance(act, CallTool)), None)
        requests: tuple[ToolRequest, ...] = ()
        number = self._state.requests_made
        if call is not None:
            arguments = json.dumps(dict(call.arguments), default=str)
            requests = (ToolRequest(f"house-{number}", call.name, arguments),)
        self._state = replace(
            self._state,
            pending=(),
            requests_made=number + 1,
            ask=self._house.ask,
            expecting=self._house.expecting,
        )
        if said or requests:
            self._add(AgentTurn(at, said, None, requests))
        self._case = None
        return (*step, Expect(self._house.expecting))

    def _note_heard(self, reply: ReplyHeard) -> None:
        scene = self._scene(reply)
        self._house, _ = respond(self._house, reply, scene)
        turns = with_heard(self._state.turns, reply.said, reply.heard)
        self._state = replace(self._state, turns=turns)

    def _add(self, turn: ModelTurn) -> None:
        self._state = replace(self._state, turns=kept((*self._state.turns, turn)))
        self._learn(turn)

    def _learn(self, turn: ModelTurn) -> None:
        today = self._day(turn.at)
        if isinstance(turn, CallerWords):
            self._sources = self._sources.with_words(turn.text, today)
            self._sources = self._sources.with_facts(_said_by_the_caller(self._house), today)
        elif isinstance(turn, ToolTurn):
            self._sources = self._sources.with_answer(json.loads(turn.body), turn.done, today)

    def _done(self, heard: ToolAnswered) -> tuple[Outcome, ...]:
        """What a tool says it has done."""
        spec = self._tools.get(heard.tool)
        if spec is None or isinstance(heard.result, ToolFailure):
            return ()
        evidence: Evidence = follows(spec, heard.result)
        return tuple(sorted({one.what for one in evidence.changes} | evidence.noted))

    def _scope(self, heard: Heard, step: Iterable[Act]) -> Scope:
        words = [turn for turn in self._state.turns if isinstance(turn, CallerWords)]
        return Scope(
            business=self._business,
            sources=self._sources,
            today=self._day(heard.at),
            house=self._house,
            would_call=next((act.name for act in step if isinstance(act, CallTool)), ""),
            asked=self._state.ask,
            words=words[-1].text if words else "",
        )

    def _scene(self, heard: Heard) -> Scene:
        return Scene.of(
            heard, self._business, self._caller_number, self._acts, self._channel, self._hears
        )

    def _day(self, at: datetime) -> date:
        return at.astimezone(self._zone).date()

    def _fresh_sources(self) -> Sources:
        sources = Sources.of(self._business, self._day(self._started_at))
        return sources.with_facts({"phone": self._caller_number}, self._day(self._started_at))


def _judged(answering: ModelAnswer) -> HouseState:
    """The house's state; what a model goes too far in is critical."""
    too_far = answering.state.overreaches >= MOST_OVERREACHES
    return replace(answering.house, critical=answering.house.critical or too_far)


def _said_by_the_caller(house: HouseState) -> Mapping[str, JsonValue]:
    """Figures and names that were understood of the caller's words, maybe of several turns."""
    facts = house.facts
    return {
        "phone": facts.phone,
        "name": facts.name,
        "phone_part": facts.phone_part,
        "code": facts.code,
        "email_address": facts.email,
        "address": facts.address.text if facts.address else None,
        "day": facts.day.isoformat() if facts.day else None,
    }


def _without(step: Sequence[Act], said: Sequence[str]) -> tuple[Act, ...]:
    """The house's answer after what the model said already: nothing is said twice."""
    if any(sentence.endswith("?") for sentence in said):
        return tuple(act for act in step if not isinstance(act, Say | CallTool))
    heard = " ".join(said)
    return tuple(act for act in step if not isinstance(act, Say) or act.text not in heard)
