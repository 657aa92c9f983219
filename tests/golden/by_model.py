"""Golden calls led by a language model: the emulated OpenAI's, with nothing but memory between."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from loadtest.simulator.providers.openai_answers import AnswerWire
from loadtest.simulator.providers.openai_chat import EMULATED_MODEL
from loadtest.simulator.providers.openai_wire import read_request
from loadtest.simulator.providers.scripted_model import scripted_model
from pipelines.providers.openai.wire import Chunk, ReplyReader, messages_of, tools_of
from tests.golden.real import FaultyToolbox, ScriptedCarrier, as_input, seeded
from tests.golden.replay import Golden
from tests.support.act_model import ACT_MODEL
from tests.support.postgres import a_call
from tools import TOOLS
from voiceagent.core.clock import ManualClock
from voiceagent.dialogue.contact import Contacts
from voiceagent.dialogue.factory import HousePolicy, MakeDialogue, model_dialogue
from voiceagent.dialogue.loop import Input, InputKind
from voiceagent.dialogue.recorder import Holds, Recorder
from voiceagent.dialogue.text_session import Said, TextEvent, TextSession
from voiceagent.domain.records import Job, Outcome
from voiceagent.errors import Unavailable
from voiceagent.ports.language_model import ModelEvent, ModelRequest
from voiceagent.store.memory import MemoryStore
from voiceagent.toolkit.toolbox import Toolbox

INSISTS: Final = "yes, please"
"""What a caller says once more who was not booked yet."""


class Line(Protocol):
    """How words get from one to the other."""

    def says(self, words: str) -> None:
        """The caller says this."""
        ...

    async def hears(self, words: str) -> None:
        """The caller hears this to its end."""
        ...


class OverTheLine(TextSession):
    """A conversation's mouth whose words go over a line."""

    line: Line | None = None

    async def say(self, text: str, holds: Holds = ()) -> None:
        """See `Mouth`."""
        if self.line is not None:
            await self.line.hears(text)
        await super().say(text, holds)


class EmulatedModel:
    """The emulated OpenAI as a model of ours: both ends of the wire, and no wire.

    Args:
        until: how many requests it answers before it is down for good; ``None`` for all.
        pieces: of the request it dies at, how many pieces of the answer still come.
    """

    name = EMULATED_MODEL

    def __init__(self, until: int | None = None, pieces: int = 0) -> None:
        self.asked = 0
        self._until = until
        self._pieces = pieces

    async def reply(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """See `LanguageModel.reply`."""
        self.asked += 1
        dying = self._until is not None and self.asked > self._until
        left = self._pieces if dying and self.asked - 1 == self._until else 0
        body = {
            "model": EMULATED_MODEL,
            "messages": messages_of(request.messages),
            "tools": tools_of(request.tools),
            "max_tokens": request.max_tokens,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        asked = read_request(json.dumps(body).encode())
        wire = AnswerWire("chatcmpl-1", 0, asked, scripted_model(asked))
        reader = ReplyReader()
        for number, piece in enumerate((*wire.pieces(), *wire.end())):
            if dying and number >= left:
                raise Unavailable("model.connection", "Down.")
            for event in reader.read(Chunk.model_validate(piece)):
                yield event
        yield reader.end()


@dataclass(slots=True)
class Played:
    """What came of a golden call."""

    jobs: list[Job] = field(default_factory=list)
    outcomes: frozenset[Outcome] = frozenset()
    lines: list[str] = field(default_factory=list)

    @property
    def rows(self) -> list[dict[str, object]]:
        """The job rows, without what is drawn anew in each run."""
        return [
            {
                "customer": (job.customer.name, job.customer.phone),
                "service": job.service_type,
                "address": job.address,
                "window": job.window,
                "technician": job.technician_id,
                "priority": job.priority,
                "status": job.status,
                "description": job.description,
                "notes": job.notes,
                "money": (job.estimated_cost, job.deposit_amount, job.deposit_paid),
            }
            for job in sorted(self.jobs, key=lambda job: job.window.start)
        ]


def led_by(model: EmulatedModel) -> Callable[[ManualClock], MakeDialogue]:
    """Conversations of a model, with the house policy behind it."""
    return lambda clock: model_dialogue([model], tuple(Toolbox(TOOLS).specs()), clock, ACT_MODEL)


def led_by_the_house(_: ManualClock) -> MakeDialogue:
    """Conversations of the house policy."""
    return HousePolicy(ACT_MODEL)


async def played(
    golden: Golden,
    lead: Callable[[ManualClock], MakeDialogue],
    *,
    insists: int = 0,
    line: Line | None = None,
) -> Played:
    """Play the caller's lines over the real tools in memory.

    Args:
        golden: the call.
        lead: who answers.
        insists: how often the caller says yes once more, while nothing is booked: before they leave
            who has taken over may have to ask something again.
        line: between them; in writing without one.
    """
    clock = ManualClock(golden.now)
    store = MemoryStore(clock)
    for seed in golden.seeds:
        await seeded(store, seed)
    found = Played()

    def show(event: TextEvent) -> None:
        if isinstance(event, Said):
            found.lines.append(f"< {event.text}")
        else:
            asked = json.dumps(dict(event.outcome.arguments), default=str)
            told = json.dumps(event.outcome.wire, default=str)
            found.lines += [f"* {event.outcome.name} {asked}", f"= {told}"]

    call = replace(a_call(golden.caller or ""), channel=golden.channel)
    await store.calls.open(call)
    recorder = Recorder()
    session = OverTheLine(call.call_id, store, clock, recorder, show)
    session.line = line
    async with asyncio.TaskGroup() as side_effects:
        contacts = Contacts(
            golden.business,
            clock,
            store,
            FaultyToolbox(golden),
            ScriptedCarrier(golden),
            lead(clock),
        )
        contact = await contacts.open(
            call, mouth=session, recorder=recorder, spawn=side_effects.create_task
        )
        writing = side_effects.create_task(recorder.run())
        over = await contact.conversation.answer(Input(InputKind.BEGIN))
        *lines, last = golden.caller_lines
        for said in [*lines, *[INSISTS] * insists, last]:
            if over or (said == INSISTS and store.kept.jobs):
                continue
            found.lines.append(f"> {said}")
            heard = as_input(said)
            if line is not None and heard.kind is InputKind.HEARD:
                line.says(said)
            over = await contact.conversation.answer(heard)
        await recorder.drained()
        writing.cancel()
        with suppress(asyncio.CancelledError):
            await writing
    found.jobs = list(store.kept.jobs.values())
    evidence = contact.evidence
    found.outcomes = frozenset({one.what for one in evidence.changes} | evidence.noted)
    return found
