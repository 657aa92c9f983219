"""A conversation for the length of one message: its call, its mouth, and its watch over cards."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace

from voiceagent.core.clock import Clock
from voiceagent.dialogue.loop import Input
from voiceagent.dialogue.recorder import Recorder
from voiceagent.dialogue.text_session import Said, TextEvent, TextSession
from voiceagent.domain.card_marks import has_card_mark, may_go_on
from voiceagent.domain.card_turn import FOLLOWING_TURNS, GivenCards
from voiceagent.domain.card_watch import CardWatch, Heard, Sign
from voiceagent.domain.digit_runs import digit_runs
from voiceagent.domain.expecting import Expecting
from voiceagent.domain.records import CallId, CallStart
from voiceagent.domain.threads import OpenTalk, ThreadMessage
from voiceagent.ports.store import Store
from voiceagent.ports.threads import Threads

_LOOKED_BACK = 3
"""Messages before one that a card number in it may have begun in."""
_REMEMBERED = 20
"""Messages after a card in which what is named as its expiry or security code is its."""


class ThreadMouth(TextSession):
    """The mouth of a conversation for one message: what it says is one reply.

    Args:
        call_id, store, clock, recorder, first_turn: see `TextSession`.
        opening: said before everything else.
    """

    def __init__(
        self,
        call_id: CallId,
        store: Store,
        clock: Clock,
        recorder: Recorder,
        *,
        first_turn: int = 0,
        opening: str = "",
    ) -> None:
        self._parts: list[str] = []
        self._opening = opening
        super().__init__(call_id, store, clock, recorder, self._note, first_turn=first_turn)

    @property
    def said(self) -> str:
        """All of the reply."""
        return " ".join(self._parts)

    async def begin(self, cause: Input) -> None:
        """See `Mouth`."""
        await super().begin(cause)
        if self._opening:
            opening, self._opening = self._opening, ""
            await self.say(opening)

    def _note(self, event: TextEvent) -> None:
        if isinstance(event, Said):
            self._parts.append(event.text)


def opened_call(row: ThreadMessage, talk: OpenTalk, to_number: str) -> CallStart:
    """The conversation of a message: the one that is open, or the one that it begins.

    Its id comes of the message, so that every attempt at it begins the same one. It has the channel
    of the message: what is texted meanwhile goes where they write from.
    """
    begun = uuid.uuid5(uuid.NAMESPACE_URL, f"voiceagent:{row.key}")
    call_id = talk.call_id or CallId(str(begun))
    number = row.person if row.person.startswith("+") else ""
    return CallStart(call_id, text_sid(call_id), row.channel, number, to_number)


def text_sid(call_id: CallId) -> str:
    """By what a conversation in writing is found in the console."""
    return f"TXT{uuid.UUID(call_id).hex}"


async def watched(threads: Threads, row: ThreadMessage, text: str) -> tuple[str, Sign, bool]:
    """A message without card numbers, also such as began in the messages before it.

    What turns out to be part of one is taken out of all that was kept of it: a message must be kept
    before anybody can know (docs/text-channels.md).

    Returns:
        its words, what they seem to be of a card, and whether something was taken out.
    """
    if not digit_runs(text) and not has_card_mark(text):
        return text, Sign.PLAIN, False
    earlier = [one for one in await threads.history(row.person) if one.message_id < row.message_id]
    heard = heard_after(earlier, text)
    withheld = bool(heard.secret) or heard.text != text
    if withheld:
        await threads.withhold(row, heard.text, heard.secret)
    return heard.text, heard.sign, withheld


def heard_after(earlier: Sequence[ThreadMessage], text: str) -> Heard:
    """What a message is after others as they are kept; its own visible cards were taken out."""
    watch, asked = _watch_after(earlier)
    _, heard = watch.hear(text, asked)
    return replace(heard, secret=heard.secret or watch.begun_before(text))


def _watch_after(earlier: Sequence[ThreadMessage]) -> tuple[CardWatch, Expecting]:
    """What is known of cards from messages, and what was asked for in the end."""
    given = any(has_card_mark(one.text) for one in earlier[-_REMEMBERED:])
    watch, asked = (
        CardWatch(given=GivenCards.CARD if given else GivenCards.NOTHING),
        Expecting.ANYTHING,
    )
    for one in earlier[-_LOOKED_BACK:]:
        if has_card_mark(one.text):
            short = may_go_on(one.text) or watch.given is GivenCards.SHORT
            kind = GivenCards.SHORT if short else GivenCards.CARD
            watch = CardWatch(following=FOLLOWING_TURNS, given=kind)
        elif one.text:
            watch, _ = watch.hear(one.text, asked)
        asked = one.expecting
    return watch, asked
