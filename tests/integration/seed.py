"""A call that has already come some way: the same policy and tools, in text, in no time.

A caller needs a minute to come to "shall I book it?". The steps up to there are written by the real
conversation against the engine's own database (journal, quote, held windows), as a call whose line
was cut; the engine continues it when its CallSid connects.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence
from contextlib import suppress

from tests.support.act_model import ACT_MODEL
from tests.support.live import Live
from tools import TOOLS
from voiceagent.app.composition import clock_for
from voiceagent.dialogue.contact import Contacts
from voiceagent.dialogue.factory import HousePolicy
from voiceagent.dialogue.loop import Input, InputKind
from voiceagent.dialogue.recorder import Holds, Recorder
from voiceagent.domain.expecting import Expecting
from voiceagent.domain.records import CallId, CallStart
from voiceagent.store import PostgresStore
from voiceagent.toolkit.answers import ToolOutcome
from voiceagent.toolkit.toolbox import Toolbox

TO_THE_READ_BACK = (
    "hi my air conditioner stopped cooling and the outdoor unit is rattling",
    "no no gas no smoke no carbon monoxide",
    "this is sarah miller my number is five five five one two three oh oh oh oh",
    "one twenty three oak street springfield ohio",
    "yes that's fine please go ahead",
    "tonight nine to eleven",
    "the gate code is one two three four and there's a friendly dog",
)
"""The reference caller's words; the next ones would be "yes, that's right, please book it"."""

YES = "yes that's right please book it"
TO_THE_NOTES = TO_THE_READ_BACK[:6]
TO_THE_QUOTE = TO_THE_READ_BACK[:4]


class _NoEar:
    """A mouth that nobody listens to."""

    async def begin(self, cause: Input) -> None: ...

    async def say(self, text: str, holds: Holds = ()) -> None: ...

    async def settle(self) -> None: ...

    async def tool_started(self, filler: str) -> None: ...

    async def tool_finished(self, outcome: ToolOutcome) -> None: ...

    async def keep_private(self) -> None: ...

    async def end(self, expecting: Expecting, *, hang_up: str | None) -> None: ...


class _NoLine:
    """No seed ends or moves a line."""

    async def hang_up(self, call_sid: str) -> None:
        raise AssertionError(call_sid)

    async def transfer(self, call_sid: str, *, to_number: str, whisper: str) -> bool:
        raise AssertionError(call_sid)


async def call_so_far(
    live: Live, call_sid: str, said: Sequence[str], *, caller: str = "+15551230000"
) -> CallId:
    """Write a call in which the caller has said `said`, and whose line was cut then."""
    clock = clock_for(live.settings)
    call = CallStart(CallId(str(uuid.uuid4())), call_sid, "voice", caller, live.business.phone)
    async with PostgresStore(
        live.settings.database_url.get_secret_value(), clock_offset=clock.offset
    ).opened() as store:
        await store.calls.beat()  # a call of a run that lives: no engine that starts ends it
        await store.calls.open(call)
        recorder = Recorder()
        contacts = Contacts(
            live.business, clock, store, Toolbox(TOOLS), _NoLine(), HousePolicy(ACT_MODEL)
        )
        contact = await contacts.open(
            call, mouth=_NoEar(), recorder=recorder, spawn=asyncio.ensure_future
        )
        conversation = contact.conversation
        writing = asyncio.ensure_future(recorder.run())
        await conversation.answer(Input(InputKind.BEGIN))
        for text in said:
            await conversation.answer(Input(InputKind.HEARD, text))
        await recorder.drained()
        assert recorder.failed == 0
        await store.calls.beat()
        writing.cancel()
        with suppress(asyncio.CancelledError):
            await writing
    return call.call_id
