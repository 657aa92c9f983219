"""One input, answered by a model: asked, guarded, judged, and told once what was wrong."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import datetime

from voiceagent.dialogue.acts import CallTool, DialogueAct, ModelReplied, RefusedRequest, Say
from voiceagent.dialogue.case_file import CaseFile
from voiceagent.dialogue.house.state import HouseState
from voiceagent.dialogue.model.guard import SentenceRefusal, check
from voiceagent.dialogue.model.head_start import HeadStart
from voiceagent.dialogue.model.permits import Scope, arguments_of, basis_of, refusal_body
from voiceagent.dialogue.model.prompt import case_messages, instruction, offers
from voiceagent.dialogue.model.questions import AskedQuestion, asked
from voiceagent.dialogue.model.race import ReplyRace
from voiceagent.dialogue.model.replies import ReplyOutcome, ReplyTaken, recalled, sentences_of
from voiceagent.dialogue.model.shadow import released, with_call
from voiceagent.dialogue.model.state import ModelLimits, ModelState
from voiceagent.dialogue.model.turns import AgentTurn, ToolTurn, kept, messages
from voiceagent.dialogue.port import Hurry
from voiceagent.domain.expecting import Expecting
from voiceagent.domain.usage import Usage, known_cost
from voiceagent.ports.language_model import (
    Instruction,
    LanguageModel,
    ModelEvent,
    ModelMessage,
    ModelRequest,
    TokenUsage,
    ToolRequest,
    plus,
)
from voiceagent.ports.meter import ModelCounts
from voiceagent.toolkit.policy import refusal
from voiceagent.toolkit.spec import ToolSpec


@dataclass(slots=True)
class ModelAnswer:
    """Asks the model until it has answered, or will not.

    Attributes:
        model: who is asked; ``None`` when that is known from the journal only.
        tools, limits: as `ModelDialogue` has them.
        scope: what requests are judged by, and sentences.
        now: time of the input, in the business's zone.
        state, house: moved while it answers.
        case: what the model is shown of the case.
        recalled: replies of the journal; ``None`` when the model is to be asked.
        counts: of the worker; what is recalled was counted before.
        head_start: a reply that was asked for ahead; it is read if it was to the same request.
        spare: what was asked for in vain for this input, reckoned.
        hedged: ask twice at once.
        said: sentences that were said.
        answered: whether the model has answered. If not, the house does.
        withheld: whether a sentence of it was.
    """

    model: LanguageModel | None
    tools: Mapping[str, ToolSpec]
    limits: ModelLimits
    scope: Scope
    now: datetime
    state: ModelState
    house: HouseState
    case: CaseFile
    recalled: deque[ReplyTaken] | None
    counts: ModelCounts
    head_start: HeadStart | None = None
    spare: TokenUsage = field(default_factory=TokenUsage)
    hedged: bool = False
    said: list[str] = field(default_factory=list)
    answered: bool = False
    withheld: bool = False
    _question: AskedQuestion | None = None
    _told_sentence: bool = False
    _told_arguments: bool = False
    _repeats: bool = False
    _refused: tuple[RefusedRequest, ...] = ()
    _notes: list[ModelMessage] = field(default_factory=list)
    _prompt_characters: int = 0
    _race: ReplyRace | None = None

    def hurry(self, how: Hurry) -> bool:
        """See `port.Dialogue.hurry`."""
        if self._race is None:
            return False
        return self._race.enter() if how is Hurry.ASK_AGAIN else self._race.give_up()

    async def acts(self) -> AsyncIterator[DialogueAct]:
        """What is to be done, as it comes."""
        for _ in range(self.limits.replies_to_one_input):
            if self.state.is_spent(self.limits):
                return
            taken = ReplyTaken()
            sentences: list[str] = []
            refusal: SentenceRefusal | None = None
            async with aclosing(self._sentences(taken)) as coming:
                async for sentence in coming:
                    refusal = check(sentence, self.scope.sources, self.scope.today)
                    if refusal is not None:
                        break
                    if sentence in self.said:
                        continue
                    sentences.append(sentence)
                    self.said.append(sentence)
                    yield Say(sentence)
                    self._question = asked(sentence)
                    if self._question is not None:
                        break  # one question, and the caller's turn
            replied = self._replied(taken, refusal)
            if self._question is not None or refusal is not None:
                taken.requests.clear()
            calls = self._judged(taken, " ".join(sentences))
            yield replace(replied, refused=self._refused)
            for call in calls:
                yield call
            if calls or self._is_over(taken, sentences, refusal):
                return

    def _is_over(
        self, taken: ReplyTaken, sentences: list[str], refusal: SentenceRefusal | None
    ) -> bool:
        """Whether nothing more is asked of the model for this input."""
        if refusal is not None:
            self.withheld = True
            if self._told_sentence:
                self._overreached(1)
                return True
            self._told_sentence = True
            self._notes.append(_withheld(refusal))
            return False
        if self._question is not None or (
            taken.outcome is ReplyOutcome.WHOLE and sentences and not taken.requests
        ):
            self._finish()
            return True
        return taken.outcome is not ReplyOutcome.WHOLE or not taken.requests or self._repeats

    def _finish(self) -> None:
        self.answered = True
        ask = self._question.ask if self._question else None
        self.house = released(self.house, " ".join(self.said), ask)
        self.state = replace(self.state, ask=ask, expecting=_expecting(self._question))

    def _judged(self, taken: ReplyTaken, said: str) -> list[CallTool]:
        """The requests that are granted; what is wrong with the others the model is told.

        What it said and asked for is one turn, and the refusals are its answers.
        """
        granted: list[tuple[ToolRequest, CallTool]] = []
        refusals: list[tuple[ToolRequest, str]] = []
        refused: list[RefusedRequest] = []
        for number, raw in enumerate(taken.requests):
            place = self.state.requests_made + number
            request = replace(raw, request_id=f"{raw.request_id or 'call'}-{place}")
            arguments = arguments_of(request.arguments)
            spec = self.tools.get(request.name)
            verdict = "refused"
            if arguments is None:
                self._repeats, self._told_arguments = self._told_arguments, True
                body = refusal_body("tool.arguments", "The arguments are no JSON object.")
                refusals.append((replace(request, arguments="{}"), body))
            elif spec is None:
                refusals.append((request, refusal_body("tool.unknown", "There is no such tool.")))
            elif why := refusal(spec.rule, basis := basis_of(spec, arguments, self.scope)):
                refused.append(RefusedRequest(request.name, arguments, why.code, why.why, basis))
                refusals.append((request, refusal_body(why.code, why.why)))
            else:
                verdict = "granted"
                granted.append((request, CallTool(request.name, arguments, basis)))
            if self.recalled is None:
                self.counts.requests["unknown" if spec is None else spec.name, verdict] += 1
        self._refused = tuple(refused)
        self._overreached(len(refused))
        requests = tuple(one for one, _ in (*granted, *refusals))
        if not said and not requests:
            return []
        at = self.now
        turns = (
            *self.state.turns,
            AgentTurn(at, said, None, requests),
            *(ToolTurn(at, request.request_id, body) for request, body in refusals),
        )
        self.state = replace(
            self.state,
            turns=kept(turns),
            pending=tuple(request for request, _ in granted),
            requests_made=self.state.requests_made + len(requests),
            tool_calls=self.state.tool_calls + len(granted),
        )
        if granted:
            self.answered = True
            self.house = released(self.house, " ".join(self.said), None)
            for _, call in granted:
                self.house = with_call(self.house, call)
            self.state = replace(self.state, ask=None, expecting=_expecting(None))
        return [call for _, call in granted]

    def _overreached(self, times: int) -> None:
        self.state = replace(self.state, overreaches=self.state.overreaches + times)

    def _replied(self, taken: ReplyTaken, refusal: SentenceRefusal | None) -> ModelReplied:
        """A reply is over: what it cost, for the limits, the rows and the counters alike."""
        if taken.usage is None:
            taken.usage, taken.estimated = self._estimated(taken), True
        if self._race is not None and self._race.entered > 1:
            again = (self._race.entered - 1) * self._prompt_characters // 4
            self.spare = replace(self.spare, prompt=self.spare.prompt + again)
        taken.spare, self.spare, self._race = plus(taken.spare, self.spare), TokenUsage(), None
        used = taken.used()
        self._spend(used, taken.tokens)
        if self.recalled is None:
            self.counts.used(used)
            self.counts.refusals.update([refusal.kind.value] if refusal is not None else ())
        return ModelReplied(taken.to_json(), used)

    def _spend(self, used: Iterable[Usage], tokens: int) -> None:
        self.state = replace(
            self.state,
            replies=self.state.replies + 1,
            tokens=self.state.tokens + tokens,
            micro_cents=self.state.micro_cents + known_cost(used),
        )

    def _estimated(self, taken: ReplyTaken) -> TokenUsage:
        """What a reply cost that was given up before it told: four characters are a token."""
        completion = sum(map(len, taken.sentences)) // 4
        return TokenUsage(prompt=self._prompt_characters // 4, completion=completion)

    async def _sentences(self, taken: ReplyTaken) -> AsyncGenerator[str, None]:
        """The next reply: the journal's, or the model's."""
        if self.recalled is not None or self.model is None:
            if self.recalled:
                async for sentence in recalled(self.recalled.popleft(), taken):
                    yield sentence
            else:  # it was not written down in time: nothing is known of it
                taken.outcome = ReplyOutcome.BROKEN
            return
        taken.model = self.model.name
        async with aclosing(sentences_of(self._reply(self.model), taken)) as coming:
            async for sentence in coming:
                yield sentence

    def _reply(self, model: LanguageModel) -> AsyncGenerator[ModelEvent, None]:
        """The reply that was asked for ahead, if it is to this request, or one asked for now."""
        request, ahead = self.request(), self.head_start
        self._prompt_characters = len(str(request.messages))
        self.head_start = None
        if ahead is not None and ahead.request == request and not ahead.is_spoilt:
            self._race = ahead.race
            return ahead.events()
        self._race = ReplyRace(model, request)
        if self.hedged:
            self._race.enter()
        self.hedged = False
        return self._race.events()

    def request(self) -> ModelRequest:
        """What the model is asked next."""
        return ModelRequest(
            messages=(
                instruction(self.scope.business, self.now),
                *case_messages(self.case),
                *messages(self.state.turns),
                *self._notes,
            ),
            tools=offers(self.tools.values()),
            max_tokens=self.limits.reply_tokens,
        )


def _withheld(refusal: SentenceRefusal) -> Instruction:
    """What the model is told about a sentence that was not said."""
    return Instruction(
        f"Your last sentence was not said to the caller. {refusal.reason}. "
        "Go on without it: call a tool, or say only what tools and the caller have said."
    )


def _expecting(question: AskedQuestion | None) -> Expecting:
    return question.expecting if question is not None else Expecting.ANYTHING
