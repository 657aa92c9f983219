"""The rows of a conversation's journal: written in order, and read back after a crash.

A row is an input, a tool's result, a reply of a model, or that the words before it were taken back.
Since a dialogue decides by these alone, a new one that hears them is where the old one was.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import takewhile
from typing import Final, cast

from voiceagent.dialogue import journal_start
from voiceagent.dialogue.hear_again import without
from voiceagent.dialogue.mouth import Input, InputKind
from voiceagent.dialogue.recorder import Holds, Recorder
from voiceagent.domain.redact import Withhold
from voiceagent.toolkit.answers import ToolOutcome
from voiceagent.toolkit.context import ToolContext

_RESULT: Final = "result"
_RETRACT: Final = "retract"
_MODEL_REPLIED: Final = "model_replied"
"""Kind of the rows that keep what a model replied to the input or the result before them."""


@dataclass(frozen=True, slots=True)
class InputRow:
    """An input, and what a model replied to it. `at` is None in journals that have no times."""

    item: Input
    at: datetime | None
    replies: Sequence[str]


@dataclass(frozen=True, slots=True)
class ResultRow:
    """What a tool answered, as it was on the wire, and what a model replied to it."""

    tool: str
    wire: Mapping[str, object]
    at: datetime | None
    replies: Sequence[str]


@dataclass(frozen=True, slots=True)
class RetractRow:
    """The words before were taken back."""


JournalRow = InputRow | ResultRow | RetractRow


@dataclass(slots=True)
class Unfinished:
    """What an earlier attempt at the next input came to, whose worker died over it.

    Attributes:
        replies: of a model to the input.
        results: of tools, in order; they are not called for again.
        told: what a model replied to results that were taken.
    """

    replies: Sequence[str] = ()
    results: deque[ResultRow] = field(default_factory=deque)
    told: deque[Sequence[str]] = field(default_factory=deque)

    @classmethod
    def of(cls, rows: Sequence[JournalRow]) -> Unfinished:
        """What these rows of an input, and all after it, tell."""
        first = next((row.replies for row in rows if isinstance(row, InputRow)), ())
        return cls(first, deque(row for row in rows if isinstance(row, ResultRow)))

    def result(self, tool: str) -> ResultRow | None:
        """The result of the next call, if it was for this tool."""
        if not self.results or self.results[0].tool != tool:
            self.results.clear()
            return None
        row = self.results.popleft()
        self.told.append(row.replies)
        return row

    def take_replies(self) -> Sequence[str]:
        """The replies to the input, once."""
        replies, self.replies = self.replies, ()
        return replies


class ConversationJournal:
    """Of one conversation.

    Args:
        context: whose it is, and the store.
        recorder: writes in order, once what holds a row back is settled.
    """

    def __init__(self, context: ToolContext, recorder: Recorder) -> None:
        self._context = context
        self._recorder = recorder
        self._next = journal_start.INDEX + 1

    def took_in(self, item: Input, at: datetime, holds: Holds) -> None:
        """An input is about to be heard."""
        sure = {} if item.confidence is None else {"confidence": item.confidence}
        self._add(item.kind, lambda out: {"text": without(item, out), "at": at, **sure}, holds)

    def heard_of_reply(self, reply: Input, at: datetime, holds: Holds) -> None:
        """This much of a reply was heard."""
        self._add(
            reply.kind,
            lambda out: {"text": out.text(reply.text), "said": out.text(reply.said), "at": at},
            holds,
        )

    def answered(self, outcome: ToolOutcome, at: datetime, holds: Holds) -> None:
        """A tool has answered."""
        self._add(
            _RESULT,
            lambda out: {"tool": outcome.name, "result": out.value(outcome.wire), "at": at},
            holds,
        )

    def model_replied(self, reply: str, holds: Holds) -> int:
        """A model has replied to what came before; the row's place."""
        self._add(_MODEL_REPLIED, lambda out: {"reply": out.text(reply)}, holds)
        return self._next - 1

    def retracted(self, holds: Holds) -> None:
        """The last words are taken back."""
        self._add(_RETRACT, lambda _: {}, holds)

    def _add(
        self, kind: str, body: Callable[[Withhold], Mapping[str, object]], holds: Holds
    ) -> None:
        index = self._next
        self._next += 1
        call_id, rows = self._context.call.call_id, self._context.store.journal
        self._recorder.put_said(
            lambda out: rows.append(call_id, index, kind, json.dumps(body(out), default=str)),
            *holds,
        )

    def go_on(self, upto: int) -> None:
        """What is written from now on comes after this row."""
        self._next = max(upto, journal_start.INDEX) + 1

    async def read(self, upto: int | None = None) -> tuple[list[JournalRow], Unfinished]:
        """All rows but the first; what is written from now on comes after them.

        Args:
            upto: the last row to be heard; those behind it are of an attempt that came to no end,
                and are written again.
        """
        rows = await self._context.store.journal.read(self._context.call.call_id)
        rows = [row for row in rows if row[1] != journal_start.KIND]
        kept = [row for row in rows if upto is None or row[0] <= upto]
        if kept:
            self._next = kept[-1][0] + 1
        return _told(kept), Unfinished.of(_told(rows[len(kept) :]))


def _told(rows: Sequence[tuple[int, str, str]]) -> list[JournalRow]:
    return [
        _row(kind, json.loads(body_json), _replies_after(place, rows))
        for place, (_, kind, body_json) in enumerate(rows)
        if kind != _MODEL_REPLIED
    ]


def _row(kind: str, body: Mapping[str, object], replies: Sequence[str]) -> JournalRow:
    if kind == _RETRACT:
        return RetractRow()
    at = datetime.fromisoformat(str(body["at"])) if "at" in body else None
    if kind == _RESULT:
        wire = cast("Mapping[str, object]", body["result"])
        return ResultRow(str(body["tool"]), wire, at, replies)
    sure = cast("float | None", body.get("confidence"))
    said = str(body.get("said", ""))
    item = Input(InputKind(kind), str(body["text"]), said=said, confidence=sure)
    return InputRow(item, at, replies)


def _replies_after(place: int, rows: Sequence[tuple[int, str, str]]) -> list[str]:
    """What a model replied to the input or result at `place` of a journal."""
    replied = takewhile(lambda row: row[1] == _MODEL_REPLIED, rows[place + 1 :])
    return [cast("str", json.loads(body_json)["reply"]) for _, _, body_json in replied]
