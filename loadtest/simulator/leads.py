"""Calls that the engine places: people of the business who pick up, or do not."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from loadtest.simulator import twiml
from loadtest.simulator.recording import Recording
from loadtest.simulator.rest import CallNotLive
from loadtest.simulator.rooms import RoomMember, Rooms
from loadtest.simulator.texts import API_VERSION
from loadtest.simulator.twiml import ConferenceNoun, Document, TwimlError
from loadtest.simulator.webhooks import WebhookClient, WebhookError, rfc2822_now

_MAX_DOCUMENTS: Final = 20


class PickUp(StrEnum):
    """Who or what answers a phone that rings."""

    PERSON = "person"
    MACHINE = "machine"
    BUSY = "busy"
    NOBODY = "no-answer"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class LeadScript:
    """What one person does when the engine rings them.

    Attributes:
        pick_up: see `PickUp`; a busy line says so at once, and nobody rings out.
        after_s: how long it rings before somebody answers.
        key: what they press when they are asked; None lets the question pass.
        key_after_s: how long they listen before.
        hangs_up_after_s: they hang up so long after answering, whatever goes on; None: they stay.
        says: to the caller, once both are connected.
        talks_s: how long they stay with the caller; None: until the caller leaves.
    """

    pick_up: PickUp = PickUp.PERSON
    after_s: float = 0.2
    key: str | None = "1"
    key_after_s: float = 0.5
    hangs_up_after_s: float | None = None
    says: Recording | None = None
    talks_s: float | None = None


class OutgoingLeg:
    """One call to a lead. Implements `loadtest.simulator.rest.RestCall`.

    Attributes:
        heard: what was said to the lead, in text.
        joined: whether they were ever in a conference.
        pressed: what they pressed; None for nothing.
    """

    def __init__(
        self,
        form: Mapping[str, str],
        script: LeadScript,
        *,
        account_sid: str,
        webhooks: WebhookClient,
        rooms: Rooms,
    ) -> None:
        self.call_sid = f"CA{secrets.token_hex(16)}"
        self.heard: list[str] = []
        self.joined = False
        self.pressed: str | None = None
        self.errors: list[str] = []
        self._form = form
        self._script = script
        self._account_sid = account_sid
        self._webhooks = webhooks
        self._rooms = rooms
        self._status = "queued"
        self._ended = asyncio.Event()
        self._began_s = 0.0

    @property
    def from_number(self) -> str:
        """The business."""
        return self._form["From"]

    @property
    def to_number(self) -> str:
        """The lead."""
        return self._form["To"]

    @property
    def status(self) -> str:
        """The carrier's word for the state of the call."""
        return self._status

    @property
    def duration_s(self) -> float:
        """Since it was placed."""
        return asyncio.get_running_loop().time() - self._began_s if self._began_s else 0.0

    def complete(self) -> None:
        """REST `Status=completed`."""
        if self._ended.is_set():
            raise CallNotLive(self._status)
        self._ended.set()

    def update(self, *, twiml: str | None, url: str | None) -> None:
        """No lead is sent elsewhere."""
        raise CallNotLive(f"{twiml or url}")

    async def run(self) -> None:
        """Rings, and sees the call to its end. Never raises for what the engine does."""
        self._began_s = asyncio.get_running_loop().time()
        self._status = "ringing"
        script, ended = self._script, "completed"
        answers = script.pick_up in {PickUp.PERSON, PickUp.MACHINE}
        rings_s = float(self._form.get("Timeout", "60"))
        if script.pick_up is PickUp.NOBODY or script.after_s > rings_s:
            answers, ended = False, await self._rang_out(rings_s, "no-answer")
        else:
            ended = await self._rang_out(script.after_s, "completed" if answers else script.pick_up)
            answers = answers and not self._ended.is_set()
        if answers:
            await self._answered()
        self._ended.set()
        self._status = ended
        await self._tell("StatusCallback", {"CallStatus": ended, "SequenceNumber": "3"})

    async def _rang_out(self, rings_s: float, ended: str) -> str:
        """Rings for so long; what came of it. Whoever places the call may cancel it meanwhile."""
        with suppress(TimeoutError):
            async with asyncio.timeout(rings_s):
                await self._ended.wait()
                return "canceled"
        return ended

    async def _answered(self) -> None:
        self._status = "in-progress"
        async with asyncio.TaskGroup() as tasks:
            detecting = tasks.create_task(self._detect())
            talking = tasks.create_task(self._talk())
            leaving = tasks.create_task(self._leaves())
            ending = tasks.create_task(self._ended.wait())
            await asyncio.wait({talking, leaving, ending}, return_when=asyncio.FIRST_COMPLETED)
            for task in (talking, leaving, ending):
                task.cancel()
            await asyncio.wait({detecting}, timeout=1.0)
            detecting.cancel()

    async def _leaves(self) -> None:
        if self._script.hangs_up_after_s is None:
            await asyncio.Event().wait()
        else:
            await asyncio.sleep(self._script.hangs_up_after_s)

    async def _detect(self) -> None:
        """Machine detection, beside the call as `AsyncAmd` has it."""
        if self._form.get("AsyncAmd") != "true":
            return
        await asyncio.sleep(0.3)
        human = self._script.pick_up is PickUp.PERSON
        answered_by = "human" if human else "machine_start"
        more = {"AnsweredBy": answered_by, "MachineDetectionDuration": "300"}
        await self._tell("AsyncAmdStatusCallback", more)

    async def _talk(self) -> None:
        try:
            given = self._form.get("Twiml")
            document = twiml.parse(given) if given else await self._ask(self._form["Url"], {})
            for _ in range(_MAX_DOCUMENTS):
                following = await self._execute(document)
                if following is None:
                    return
                document = following
        except (WebhookError, TwimlError) as error:
            self.errors.append(str(error))

    async def _execute(self, document: Document) -> Document | None:
        for verb in document.verbs:
            if verb.text:
                self.heard.append(verb.text)
            if verb.name == "Gather" and verb.action is not None:
                return await self._ask(verb.action, await self._key(verb.timeout_s))
            if verb.conference is not None:
                await self._in_room(verb.conference)
            if verb.name == "Hangup":
                return None
        return None

    async def _key(self, timeout_s: float) -> dict[str, str]:
        if self._script.key is None or self._script.pick_up is PickUp.MACHINE:
            await asyncio.sleep(timeout_s)
            return {}
        await asyncio.sleep(self._script.key_after_s)
        self.pressed = self._script.key
        return {"Digits": self._script.key}

    async def _in_room(self, noun: ConferenceNoun) -> None:
        me = RoomMember(self.call_sid, lambda _: None)
        room = self._rooms.enter(noun, me)
        if room is None:
            return
        self.joined = True
        try:
            await asyncio.sleep(0.1)  # nobody speaks before they are connected
            if self._script.says is not None:
                self._rooms.say(room, me, self._script.says.audio)
            with suppress(TimeoutError):
                async with asyncio.timeout(self._script.talks_s):
                    await room.over.wait()
        finally:
            self._rooms.leave(room, me)

    async def _ask(self, url: str, more: Mapping[str, str]) -> Document:
        return twiml.parse(await self._webhooks.post(url, self._params(more)))

    async def _tell(self, field: str, more: Mapping[str, str]) -> None:
        url = self._form.get(field)
        if url is None:
            return
        params = self._params({"Timestamp": rfc2822_now(), **more})
        for _ in range(self._rooms.copies):
            try:
                await self._webhooks.post(url, params)
            except WebhookError as error:
                self.errors.append(str(error))

    def _params(self, more: Mapping[str, str]) -> dict[str, str]:
        return {
            "CallSid": self.call_sid,
            "AccountSid": self._account_sid,
            "From": self.from_number,
            "To": self.to_number,
            "CallStatus": self._status,
            "ApiVersion": API_VERSION,
            "Direction": "outbound-api",
            **more,
        }
