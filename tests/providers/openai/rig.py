"""A real model adapter and the emulated service, with a loopback socket between them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from pydantic import SecretStr

from loadtest.simulator.providers.chat import ChatAnswer, ChatRequest, ChatToolCall
from loadtest.simulator.providers.faults import FaultScript, ProviderFault
from loadtest.simulator.providers.openai_chat import EMULATED_KEY, EMULATED_MODEL, OpenAiChat
from pipelines.providers.openai.model import ModelAddress, OpenAiModel, opened
from voiceagent.ports.language_model import (
    CallerSaid,
    Instruction,
    ModelEvent,
    ModelRequest,
    ToolOffer,
)

OFFER = ToolOffer(
    "get_pricing_quote",
    "Estimate a visit.",
    {"type": "object", "properties": {"service_type": {"type": "string"}}},
)
REQUEST = ModelRequest(
    (Instruction("Answer the phone."), CallerSaid("My AC died.")), (OFFER,), max_tokens=120
)
WORDS = ("I'm sorry ", "to hear ", "that.")
CALLS = (
    ChatToolCall("call_1", "get_pricing_quote", '{"service_type": "repair"}'),
    ChatToolCall("call_2", "check_availability", '{"service_type": "repair", "day": null}'),
)


@dataclass(slots=True)
class Answers:
    """A script that says one thing after the other, and the last one for ever."""

    answers: Sequence[ChatAnswer] = (ChatAnswer(WORDS),)
    waits: list[float] = field(default_factory=list)
    _given: int = 0

    def __call__(self, _: ChatRequest) -> ChatAnswer:
        answer = self.answers[min(self._given, len(self.answers) - 1)]
        self._given += 1
        return answer

    async def sleep(self, seconds: float) -> None:
        """Notes what the service would have waited for."""
        self.waits.append(seconds)


@asynccontextmanager
async def between(
    *answers: ChatAnswer,
    faults: Sequence[ProviderFault] = (),
    list_faults: Sequence[ProviderFault] = (),
    key: str = EMULATED_KEY,
    model: str = EMULATED_MODEL,
) -> AsyncIterator[tuple[OpenAiModel, OpenAiChat]]:
    """A model, and the service that it talks to."""
    script = Answers(answers) if answers else Answers()
    chat = OpenAiChat(
        script,
        faults=FaultScript(faults),
        list_faults=FaultScript(list_faults),
        sleep=script.sleep,
    )
    async with chat.running() as url:
        address = ModelAddress(SecretStr(key), f"{url}/v1", model)
        async with opened(address) as adapter:
            yield adapter, chat


async def heard(model: OpenAiModel, request: ModelRequest = REQUEST) -> list[ModelEvent]:
    """The whole reply."""
    return [event async for event in model.reply(request)]
