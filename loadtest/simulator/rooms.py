"""Conferences: who is in which, when they begin and end, and what the carrier tells of it.

A room begins when somebody enters who may begin it, and ends when somebody leaves who ends it.
Source: https://www.twilio.com/docs/voice/twiml/conference
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from loadtest.simulator import g711
from loadtest.simulator.twiml import ConferenceNoun
from loadtest.simulator.webhooks import WebhookClient, WebhookError, rfc2822_now

HOLD_MUSIC: Final = g711.encode(
    (1500 * np.sin(2 * np.pi * 440 * np.arange(4000) / 8000)).astype(np.int16)
)
"""Half a second of what a waiting caller hears: a plain tone, to be seen in a recording."""


@dataclass(frozen=True, slots=True, eq=False)
class RoomMember:
    """Somebody in a room; `hear` is given what others say, mu-law."""

    call_sid: str
    hear: Callable[[bytes], None]


@dataclass(slots=True, eq=False)
class Room:
    """One conference.

    Attributes:
        begun: somebody is in it who may begin it.
        over: it has ended for all.
        most: the most members it has ever had at one time.
    """

    name: str
    conference_sid: str
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)
    members: list[tuple[RoomMember, ConferenceNoun]] = field(default_factory=list)
    most: int = 0
    told: int = 0


class Rooms:
    """The account's conferences.

    Args:
        account_sid: of the account.
        webhooks: how to reach the engine.

    Attributes:
        every: all rooms there were, oldest first.
        copies: how often each callback is sent; 2 is a carrier that says everything twice.
        errors: callbacks that the engine did not take.
    """

    def __init__(self, account_sid: str, webhooks: WebhookClient) -> None:
        self.every: list[Room] = []
        self.copies = 1
        self.errors: list[str] = []
        self._account_sid = account_sid
        self._webhooks = webhooks
        self._posting: list[asyncio.Task[None]] = []

    def enter(self, noun: ConferenceNoun, member: RoomMember) -> Room | None:
        """Somebody enters; None when the room is full."""
        room = self._find(noun.name)
        if len(room.members) >= noun.max_participants:
            return None
        room.members.append((member, noun))
        room.most = max(room.most, len(room.members))
        self._tell(room, "participant-join", member)
        if noun.starts:
            room.begun.set()
        return room

    def leave(self, room: Room, member: RoomMember) -> None:
        """Somebody leaves; twice is once."""
        there = [(one, noun) for one, noun in room.members if one is member]
        for one in there:
            room.members.remove(one)
            self._tell(room, "participant-leave", member)
            if one[1].ends or not room.members:
                room.over.set()

    def say(self, room: Room, speaker: RoomMember, audio: bytes) -> None:
        """All others hear it."""
        for member, _ in room.members:
            if member is not speaker:
                member.hear(audio)

    async def settle(self) -> None:
        """Waits until every callback has been answered or given up."""
        await asyncio.gather(*self._posting)

    def _find(self, name: str) -> Room:
        for room in self.every:
            if room.name == name and not room.over.is_set():
                return room
        self.every.append(Room(name, f"CF{secrets.token_hex(16)}"))
        return self.every[-1]

    def _tell(self, room: Room, event: str, member: RoomMember) -> None:
        noun = room.members[0][1] if room.members else None
        if noun is None or noun.status_callback is None:
            return
        room.told += 1
        params = {
            "AccountSid": self._account_sid,
            "CallSid": member.call_sid,
            "ConferenceSid": room.conference_sid,
            "FriendlyName": room.name,
            "StatusCallbackEvent": event,
            "SequenceNumber": str(room.told),
            "Timestamp": rfc2822_now(),
        }
        for _ in range(self.copies):
            posting = self._post(noun.status_callback, params)
            self._posting.append(asyncio.create_task(posting))

    async def _post(self, url: str, params: dict[str, str]) -> None:
        try:
            await self._webhooks.post(url, params)
        except WebhookError as error:
            self.errors.append(str(error))
