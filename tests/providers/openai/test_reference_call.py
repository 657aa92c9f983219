"""The reference call over the wire: real model adapter, real tools, an emulated OpenAI between."""

from __future__ import annotations

import asyncio
import json
import tomllib
from datetime import datetime
from pathlib import Path

from pydantic import SecretStr

from loadtest.simulator.providers.openai_chat import EMULATED_KEY, OpenAiChat
from loadtest.simulator.providers.scripted_model import scripted_model
from pipelines.providers.openai.model import ModelAddress, OpenAiModel, opened
from tests.golden.real import ScriptedCarrier
from tests.golden.replay import FOLDER, load
from tests.support.postgres import a_call
from tools import TOOLS
from voiceagent.core.clock import ManualClock
from voiceagent.domain.pricing import dollars
from voiceagent.ports.language_model import (
    AgentSaid,
    CallerSaid,
    Instruction,
    ModelMessage,
    ModelRequest,
    ReplyEnd,
    TextPiece,
    ToolOffer,
    ToolRequest,
    ToolReturned,
)
from voiceagent.store.memory import MemoryStore
from voiceagent.toolkit.answers import on_the_wire
from voiceagent.toolkit.context import ToolContext
from voiceagent.toolkit.toolbox import Toolbox

GOLDEN = load(FOLDER / "reference_call.call")
MANIFEST = Path(__file__).parents[3] / "audio_fixtures" / "manifest.toml"
CALLER = [
    one["text"]
    for one in tomllib.loads(MANIFEST.read_text(encoding="utf-8"))["file"]
    if one["path"].startswith("reference/slt/")
]
OFFERS = tuple(
    ToolOffer(tool.spec.name, tool.spec.description, tool.spec.parameters) for tool in TOOLS
)


class Conversation:
    """Asks the model and runs what it asks for, with nothing between."""

    def __init__(self, model: OpenAiModel, ctx: ToolContext) -> None:
        self.model = model
        self.ctx = ctx
        self.tools = Toolbox(TOOLS)
        self.messages: list[ModelMessage] = [Instruction("Services:\n- repair: repair\n")]
        self.ran: list[str] = []

    async def hears(self, text: str) -> None:
        self.messages.append(CallerSaid(text))
        while requests := await self._reply():
            for asked in requests:
                outcome = await self.tools.call(asked.name, json.loads(asked.arguments), self.ctx)
                self.ran.append(asked.name)
                wire = json.dumps(on_the_wire(outcome.result))
                self.messages.append(ToolReturned(asked.request_id, wire))

    async def _reply(self) -> tuple[ToolRequest, ...]:
        said, requests, ended = "", [], False
        async for event in self.model.reply(ModelRequest(tuple(self.messages), OFFERS)):
            match event:
                case TextPiece():
                    said += event.text
                case ToolRequest():
                    requests.append(event)
                case ReplyEnd():
                    ended = True
        assert ended
        self.messages.append(AgentSaid(said, tuple(requests)))
        return tuple(requests)


async def test_the_reference_call_books_through_real_function_calls() -> None:
    clock = ManualClock(GOLDEN.now)
    store = MemoryStore(clock)
    call = a_call(GOLDEN.caller or "")
    await store.calls.open(call)
    chat = OpenAiChat(scripted_model)
    async with (
        asyncio.TaskGroup() as tasks,
        chat.running() as url,
        opened(ModelAddress(SecretStr(EMULATED_KEY), f"{url}/v1")) as model,
    ):
        ctx = ToolContext(
            call, GOLDEN.business, clock, store, ScriptedCarrier(GOLDEN), tasks.create_task
        )
        conversation = Conversation(model, ctx)
        for line in CALLER:
            await conversation.hears(line)
    assert conversation.ran == [
        "get_pricing_quote", "check_availability", "book_appointment", "end_call",
    ]  # fmt: skip
    (job,) = await store.jobs.open_for("+15551230000")
    assert job.customer.name == "Sarah Miller"
    assert job.address == "123 Oak Street, Springfield, Ohio"
    assert job.window.start == datetime.fromisoformat("2025-08-29T21:00:00-04:00")
    assert (dollars(job.estimated_cost), dollars(job.deposit_amount)) == (825, 206)
    assert not job.deposit_paid
    assert job.priority.value == "emergency"
    assert "1234" in job.notes
    assert len(set(chat.ports)) == 1  # one connection for the whole call
