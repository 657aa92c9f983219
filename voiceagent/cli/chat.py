"""``chat``: the agent in writing, with the same tools as on the telephone."""

from __future__ import annotations

import asyncio
import json
import sys
import uuid
from collections.abc import Awaitable, Callable
from zoneinfo import ZoneInfo

from rich.console import Console

from pipelines.conversation import Conversation
from pipelines.recorder import Recorder
from pipelines.text import Said, TextEvent, TextSession, converse
from voiceagent.app import Engine, engine
from voiceagent.cli.result import ConversationResult, conversation_result
from voiceagent.core.call import CallEvent, CallLife
from voiceagent.core.wire import LineEnd
from voiceagent.dialog.policy import Policy
from voiceagent.domain.outcomes import Evidence
from voiceagent.domain.records import CallId, CallStart, Outcome
from voiceagent.settings import Settings
from voiceagent.toolkit import Context

DELIVERY_S = 5.0
"""How long the end of a chat waits for its texts to leave."""


async def chat(
    settings: Settings, caller: str, show: Callable[[TextEvent], None]
) -> ConversationResult:
    """Run one chat over standard input; its result."""
    async with engine(settings) as parts:
        call = CallStart(
            call_id=CallId(str(uuid.uuid4())),
            call_sid=f"CHAT{uuid.uuid4().hex}",
            channel="chat",
            from_number=caller,
            to_number=parts.business.phone,
        )
        await parts.store.calls.open(call)
        evidence = await _talk(parts, call, show)
        await parts.store.calls.close(call.call_id, evidence)
        await deliver(parts)
        history = await parts.store.history.call(call.call_sid)
        if history is None:
            raise RuntimeError("the chat was not stored")
        return conversation_result(
            history, timezone=parts.business.timezone, v2v_ms=(), parts=parts.parts
        )


async def _talk(parts: Engine, call: CallStart, show: Callable[[TextEvent], None]) -> Evidence:
    life = CallLife()
    life.feed(CallEvent.CONNECTED)
    recorder = Recorder()
    session = TextSession(call.call_id, parts.store, parts.clock, recorder, show)
    policy = Policy(
        parts.business,
        now=parts.clock.now().astimezone(ZoneInfo(parts.business.timezone)),
        caller_number=call.from_number or None,
        channel="text",
    )
    async with asyncio.TaskGroup() as side_effects:
        context = Context(
            call=call,
            business=parts.business,
            clock=parts.clock,
            store=parts.store,
            call_control=parts.rest,
            spawn=side_effects.create_task,
        )
        conversation = Conversation(policy, parts.toolbox, context, session, recorder, parts.clock)
        await converse(conversation, recorder, _lines())
    if conversation.emergency_reported:
        life.note(Evidence.of(Outcome.EMERGENCY))
    life.note(context.signals.evidence)
    life.close(LineEnd.AGENT if session.ended_because else LineEnd.CALLER)
    return life.evidence


async def deliver(parts: Engine) -> None:
    """Send what the conversation queued, bounded."""
    try:
        async with asyncio.timeout(DELIVERY_S):
            while await parts.dispatcher.drain():
                pass
    except TimeoutError:
        pass


def _lines() -> Callable[[], Awaitable[str | None]]:
    """Standard input line by line; blank lines are skipped. ``None`` at its end."""
    prompt = "you: " if sys.stdin.isatty() else ""

    def read() -> str | None:
        while True:
            if prompt:
                sys.stderr.write(prompt)
                sys.stderr.flush()
            line = sys.stdin.readline()
            if not line:
                return None
            if line.strip():
                return line.strip()

    async def next_line() -> str | None:
        return await asyncio.to_thread(read)

    return next_line


def printer(console: Console) -> Callable[[TextEvent], None]:
    """Print ``agent: …`` and ``tool: …`` lines, flushed as they come."""

    def show(event: TextEvent) -> None:
        if isinstance(event, Said):
            console.print(f"agent: {event.text}", markup=False, soft_wrap=True)
        else:
            outcome = event.outcome
            arguments = json.dumps(outcome.arguments, ensure_ascii=False)
            result = json.dumps(outcome.result, ensure_ascii=False)
            line = f"tool: {outcome.name} {arguments} -> {result}"
            console.print(line, markup=False, soft_wrap=True)
        console.file.flush()

    return show
