"""The bench server's front door: for measuring admission without a database.

With ``--places N`` nobody gets to the bench's media socket without ringing first. A ring goes
through the webhook that serves calls: its signature is checked, the worker's room is asked for, a
token keeps the place, and a caller for whom there is none gets the business's own busy answer. Only
the memory of answered requests is this process's instead of a table. Composition-level.
"""

from __future__ import annotations

from typing import Final

from aiohttp import web

from loadtest.bench.server.call_manager import BenchCallManager
from loadtest.bench.server.serving import ACCOUNT_SID, HOST, Door
from telephony.token_gate import TokenGate
from telephony.twilio.account import TwilioAccount
from telephony.twilio.routes import add_routes
from telephony.twilio.whisper_texts import WhisperTexts
from voiceagent.app.call_hooks import CallHooks, busy_answer
from voiceagent.app.ops.watch import EdgeWatch
from voiceagent.core.clock import SystemClock
from voiceagent.core.wire import LineEnd
from voiceagent.domain.business import Business
from voiceagent.domain.records import Outcome
from voiceagent.media.scheduler import FrameScheduler
from voiceagent.ports.meter import Unmetered
from voiceagent.store.memory.answered import MemoryAnswerMemory

AUTH_TOKEN: Final = "0" * 32
"""Known to everybody: the bench listens on loopback."""


class BenchFront:
    """What `CallHooks` asks of a call manager, of the bench's.

    Args:
        scheduler: knows the room.
    """

    def __init__(self, scheduler: FrameScheduler) -> None:
        self._scheduler = scheduler

    def free_slots(self, pending: int) -> int:
        """Calls that can be taken beside the live ones and `pending` expected ones."""
        return max(0, self._scheduler.free_slots - pending)

    async def outcome_of(self, call_sid: str, *, wait_s: float) -> Outcome | None:  # noqa: ARG002
        """Every call of the bench that has ended is over."""
        return Outcome.ABANDONED

    def call_settled(self, call_sid: str) -> None:
        """Nobody waits for that."""

    def last_end(self, call_sid: str) -> LineEnd | None:  # noqa: ARG002
        """No call of the bench goes on."""
        return None

    def carrier_asks_again(self, call_sid: str, within_s: float) -> None:
        """The bench does not wait for its callers."""

    async def voicemail_left(self, call_sid: str) -> None:
        """Forgotten."""


def ringing(business: Business, port: int) -> Door:
    """A door behind which one has to ring.

    Args:
        business: whose busy answer is given.
        port: where the bench listens; callers sign for it.
    """
    account = TwilioAccount(ACCOUNT_SID, AUTH_TOKEN, f"http://{HOST}:{port}")

    def door(
        app: web.Application,
        call_manager: BenchCallManager,
        scheduler: FrameScheduler,
        watch: EdgeWatch,
    ) -> None:
        clock = SystemClock()
        gate = TokenGate(clock)

        def pending() -> int:
            gate.sweep()
            return len(gate)

        add_routes(
            app,
            account=account,
            gate=gate,
            hooks=CallHooks(business, BenchFront(scheduler), pending, Unmetered()).hooks(),
            accept=call_manager.accept,
            memory=MemoryAnswerMemory(clock),
            watch=watch,
            briefings=WhisperTexts(),
            fallback=busy_answer(business),
            last_words=business.escalation.unavailable,
        )

    return door
