"""``chat``: the agent in writing, with the same tools as on the telephone."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
import uuid
from collections.abc import Awaitable, Callable
from contextlib import suppress

from rich.console import Console

from channels.talking import text_sid
from voiceagent.app import providers
from voiceagent.app.agent import agent_of, deliver
from voiceagent.app.cli.result import ConversationResult, conversation_result
from voiceagent.app.cli.typed_text import LONGEST, TypedLine, lines_of
from voiceagent.app.composition import Engine, engine
from voiceagent.app.pages import page_keeper
from voiceagent.app.settings import Settings
from voiceagent.dialogue.contact import Contacts
from voiceagent.dialogue.factory import MakeDialogue
from voiceagent.dialogue.recorder import Recorder
from voiceagent.dialogue.text_session import Said, TextEvent, TextSession, converse
from voiceagent.domain.outcomes import Evidence
from voiceagent.domain.records import CallId, CallStart
from voiceagent.errors import VoiceAgentError
from voiceagent.language.en_us.caller_acts import ActModel


async def chat(
    settings: Settings, caller: str, show: Callable[[TextEvent], None]
) -> ConversationResult:
    """Run one chat over standard input; its result."""
    async with engine(settings) as parts:
        await page_keeper(parts).refresh()
        call = CallStart(
            call_id=CallId(str(uuid.uuid4())),
            call_sid=f"CHAT{uuid.uuid4().hex}",
            channel="chat",
            from_number=caller,
            to_number=parts.business.phone,
        )
        await parts.store.calls.open(call)
        uses = providers.Uses(parts.toolbox, parts.clock, ActModel.load())
        try:
            async with providers.dialogue(settings, parts.business, uses) as answers:
                evidence = await _talk(parts, call, show, answers.make)
        except asyncio.CancelledError:  # Ctrl-C: the caller has left
            with suppress(VoiceAgentError):
                await parts.store.calls.close(call.call_id, Evidence())
            raise
        await parts.store.calls.close(call.call_id, evidence)
        await deliver(parts)
        history = await parts.store.history.call(call.call_sid)
        if history is None:
            raise RuntimeError("the chat was not stored")
        return conversation_result(
            history,
            timezone=parts.business.timezone,
            v2v_ms=(),
            parts={**parts.parts, **answers.names},
        )


async def _talk(
    parts: Engine, call: CallStart, show: Callable[[TextEvent], None], make: MakeDialogue
) -> Evidence:
    contacts = Contacts(
        parts.business,
        parts.clock,
        parts.store,
        parts.toolbox,
        parts.rest,
        make,
        dispatch=parts.dispatch,
        gate=parts.outbound,
    )
    recorder = Recorder()
    session = TextSession(call.call_id, parts.store, parts.clock, recorder, show)
    async with asyncio.TaskGroup() as side_effects:
        contact = await contacts.open(
            call, mouth=session, recorder=recorder, spawn=side_effects.create_task
        )
        await converse(contact.conversation, recorder, _lines())
    return contact.evidence


async def chat_as(
    settings: Settings, customer: str, show: Callable[[TextEvent], None]
) -> ConversationResult | None:
    """Write as a customer over standard input, in their thread (`agent.Agent.chat`).

    The conversation stays open at the end. Its result; ``None`` where none was begun.
    """
    async with engine(settings) as parts:
        uses = providers.Uses(parts.toolbox, parts.clock, ActModel.load())
        conversation: CallId | None = None
        async with (
            providers.dialogue(settings, parts.business, uses) as answers,
            agent_of(parts, answers.make) as agent,
        ):
            next_line = _lines()
            while (line := await next_line()) is not None:
                reply = await agent.chat(line, customer)
                conversation = reply.conversation_id or conversation
                if reply.text:
                    show(Said(reply.text))
        if conversation is None:
            return None
        history = await parts.store.history.call(text_sid(conversation))
        if history is None:
            raise RuntimeError("the conversation was not stored")
        return conversation_result(
            history,
            timezone=parts.business.timezone,
            v2v_ms=(),
            parts={**parts.parts, **answers.names},
        )


def _lines() -> Callable[[], Awaitable[str | None]]:
    """Standard input line by line; blank lines are asked for again. ``None`` at its end.

    A terminal cannot be waited for and given up again, so a daemon thread waits for it: it holds
    neither the loop nor the end of the process when Ctrl-C comes.
    """
    prompt = "you: " if sys.stdin.isatty() else ""
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[TypedLine | None] = asyncio.Queue()
    wanted = threading.Semaphore(0)

    def read() -> None:
        # os.read, not sys.stdin: a thread inside the latter keeps a lock the interpreter needs.
        pieces = iter(lambda: os.read(sys.stdin.fileno(), 65536), b"")
        with suppress(OSError, RuntimeError):  # the terminal or the loop is gone
            for line in lines_of(pieces):
                wanted.acquire()
                loop.call_soon_threadsafe(lines.put_nowait, line)
            wanted.acquire()
            loop.call_soon_threadsafe(lines.put_nowait, None)

    threading.Thread(target=read, name="stdin", daemon=True).start()

    def tell(text: str) -> None:
        sys.stderr.write(text)
        sys.stderr.flush()

    async def next_line() -> str | None:
        while True:
            tell(prompt)
            wanted.release()
            line = await lines.get()
            if line is None:
                tell("\n" if prompt else "")
                return None
            if not line.whole:
                tell(f"(that was long: the first {LONGEST} characters of it are read)\n")
            if line.text:
                return line.text

    return next_line


def printer(console: Console) -> Callable[[TextEvent], None]:
    """Print ``agent: …`` and ``tool: …`` lines, flushed as they come."""

    def show(event: TextEvent) -> None:
        if isinstance(event, Said):
            console.print(f"agent: {event.text}", markup=False, soft_wrap=True)
        else:
            outcome = event.outcome
            arguments = json.dumps(outcome.arguments, ensure_ascii=False)
            result = json.dumps(outcome.wire, ensure_ascii=False)
            line = f"tool: {outcome.name} {arguments} -> {result}"
            console.print(line, markup=False, soft_wrap=True)
        console.file.flush()

    return show
