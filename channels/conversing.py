"""Lets a thread's conversation hear one message, whichever worker it is that has it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Final

from loguru import logger

from channels.matter import matter_of
from channels.talking import ThreadMouth, opened_call, watched
from voiceagent.core.beside import beside
from voiceagent.dialogue.case_file import CaseFile
from voiceagent.dialogue.contact import Contacts
from voiceagent.dialogue.loop import Input, InputKind
from voiceagent.dialogue.recorder import Recorder
from voiceagent.domain.outcomes import Evidence
from voiceagent.domain.threads import (
    MOST_LATELY,
    MessageState,
    OpenTalk,
    ThreadMessage,
    ThreadReply,
)
from voiceagent.errors import Unavailable

CALL_GOES_ON: Final = timedelta(hours=24)
"""For how long after a call a text is taken to go on with it."""

TOO_MANY: Final = "Those are many messages at once. Please wait a minute, or call us."


class ThreadTalks:
    """The conversations of threads; nothing of one is in memory between two messages.

    Args:
        contacts: makes conversations.
    """

    def __init__(self, contacts: Contacts) -> None:
        self._contacts = contacts
        self._threads = contacts.store.threads
        self._business = contacts.business

    async def answer(self, row: ThreadMessage, talk: OpenTalk, text: str) -> ThreadReply:
        """What comes of a message, in the words of it that are to be heard.

        Args:
            row: the message.
            talk: where its conversation stands.
            text: its words.

        Raises:
            Unavailable: it could not be written down; it is to be put again.
        """
        try:
            return await self._answer(row, talk, text)
        except* _Unreadable:
            await self._begin_anew(row)
        raise Unavailable("texts.not_restored", "The conversation begins anew.")

    async def _begin_anew(self, row: ThreadMessage) -> None:
        """End a conversation of which the journal cannot be read.

        Nobody else could read it either: without this all that they write would come to nothing.
        """
        logger.error("texts.not_restored: a conversation begins anew")
        talk = await self._threads.talk(row.thread_id)
        if talk.call_id is not None:
            await self._contacts.store.calls.close(talk.call_id, Evidence(broken=True))
            await self._threads.end(row.thread_id, talk.call_id)

    async def _answer(self, row: ThreadMessage, talk: OpenTalk, text: str) -> ThreadReply:
        text, sign, withheld = await watched(self._threads, row, text)
        if withheld:  # the case may have had digits of it
            talk = await self._threads.talk(row.thread_id)
            await self._check_waits(row)
        if talk.lately > MOST_LATELY:
            logger.warning("texts.too_many: in two minutes")
            return ThreadReply(TOO_MANY if talk.lately == MOST_LATELY + 1 else "")
        known, first = talk.call_id is not None, talk.journal_to < 0
        matter = await self._matter(row) if first else None
        call = opened_call(row, talk, self._business.phone)
        if not known:
            call = replace(call, call_id=await self._contacts.store.calls.open(call))
            await self._threads.begin(row.thread_id, call.call_id)
        recorder = Recorder()
        mouth = ThreadMouth(
            call.call_id,
            self._contacts.store,
            self._contacts.clock,
            recorder,
            first_turn=talk.turns_to,
            opening=_opening(self._business.name, goes_on=matter is not None) if first else "",
        )
        async with asyncio.TaskGroup() as side_effects:
            try:
                contact = await self._contacts.open(
                    call,
                    mouth=mouth,
                    recorder=recorder,
                    spawn=side_effects.create_task,
                    known=known or row.attempts > 1,
                    upto=talk.journal_to,
                    matter=matter,
                    case=_case(talk, row),
                    audited=talk.audited if known else None,
                )
            except (ValueError, LookupError, TypeError) as unread:
                if talk.case and row.attempts == 1:  # the journal may tell more
                    raise Unavailable("texts.case_unread", "The case cannot be read.") from unread
                raise _Unreadable from unread
            heard = Input(InputKind.HEARD, text, sign=sign)
            async with beside(recorder.run()):
                over = await contact.conversation.answer(heard)
                await recorder.drained()
        if recorder.failed or recorder.dropped:
            raise Unavailable("texts.not_written", "The conversation could not be written down.")
        if over:
            await self._contacts.store.calls.close(call.call_id, contact.evidence)
        case = contact.conversation.case
        return ThreadReply(
            mouth.said, call.call_id, over=over, expecting=case.expecting, case=case.to_json()
        )

    async def _check_waits(self, row: ThreadMessage) -> None:
        """Make sure that the conversation stands before this message, and not behind it.

        A worker whose lock was lost may answer beside us. What waits after we have read where the
        conversation stands waited then; what does not was answered meanwhile, and would be written
        in the places of the message behind it.
        """
        now = await self._threads.message(row.message_id)
        if now is None or now.state is not MessageState.WAITING:
            raise Unavailable("texts.answered_elsewhere", "Another worker has answered it.")

    async def _matter(self, row: ThreadMessage) -> CaseFile | None:
        """What the last call from this number left open."""
        if not row.person.startswith("+"):
            return None
        now = self._contacts.clock.now()
        call_id = await self._threads.last_call(row.person, now - CALL_GOES_ON)
        if call_id is None:
            return None
        call = replace(opened_call(row, OpenTalk(call_id), self._business.phone), channel="voice")
        unwritten = Recorder()
        mouth = ThreadMouth(call_id, self._contacts.store, self._contacts.clock, unwritten)
        async with asyncio.TaskGroup() as tasks:
            contact = await self._contacts.open(
                call, mouth=mouth, recorder=unwritten, spawn=tasks.create_task, known=True
            )
        return matter_of(contact.conversation.case, now)


class _Unreadable(Exception):
    """What was written of a conversation cannot be read."""


def _case(talk: OpenTalk, row: ThreadMessage) -> CaseFile | None:
    """Where the conversation stands; after an attempt that came to no end its journal tells."""
    return CaseFile.from_json(talk.case) if talk.case and row.attempts == 1 else None


def _opening(business: str, *, goes_on: bool) -> str:
    """Who writes, in the first reply of a conversation."""
    who = f"{business}, automated assistant (0 for a person, STOP for no more messages)."
    return f"{who} We go on from your call." if goes_on else who
