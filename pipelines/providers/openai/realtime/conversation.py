"""What the session on the server knows, and what it takes to make it what it should know. Sans-I/O.

A dialogue asks a model with all that was said, each time anew (`ModelRequest`). A Realtime session
remembers by itself. `ServerConversation` keeps account of its items, and `bring_to` gives the
messages that make it what the request says: the caller's turn as sound, what was heard of ours cut
off at the millisecond, tools' answers, what the house said in the model's place; what was taken
back is deleted. Turns that are older than what a request shows stay as they are.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from pydantic import JsonValue

from pipelines.providers.openai.realtime.events import (
    item_create,
    item_delete,
    item_truncate,
    turn_of,
)
from pipelines.providers.openai.realtime.held_speech import HeldSpeech
from voiceagent.core.audio.samples import SAMPLES_PER_MS
from voiceagent.dialogue.model.prompt import CASE
from voiceagent.ports.language_model import (
    AgentSaid,
    CallerSaid,
    Instruction,
    ModelMessage,
    ToolReturned,
)

SoundOf = Callable[[str], bytes | None]
"""The sound of a caller's turn (μ-law, 8 kHz) by its words; ``None`` when they go in writing."""

LEAST_SOUND: Final = 800
"""A turn that is shorter than 100 ms is refused by the server."""


class ItemKind(StrEnum):
    """What an item is."""

    CALLER = "caller"
    AGENT = "agent"
    CALL = "call"
    RESULT = "result"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class WantedItem:
    """An item that there should be.

    `text` is what was said or noted, a call's arguments, or a result. `request_id` pairs a call and
    its result.
    """

    kind: ItemKind
    text: str
    name: str = ""
    request_id: str = ""


@dataclass(slots=True)
class ServerItem:
    """An item that there is.

    Attributes:
        kind, text, name: as wanted.
        item_id: on the server, "" until it told.
        call_id: of a call and its result.
        speech: of an item that the model said by sound.
        kept_ms: where it was truncated.
    """

    kind: ItemKind
    text: str = ""
    name: str = ""
    item_id: str = ""
    call_id: str = ""
    speech: HeldSpeech | None = None
    kept_ms: int | None = None
    heard: bool = True
    """Whether all that may be said of it was heard, for all that is known."""

    def is_what(self, wanted: WantedItem) -> bool:
        """Whether it stands for this."""
        if self.kind is not wanted.kind or self.name != wanted.name:
            return False
        if self.speech is None:
            return self.text == wanted.text
        said, end = " ".join(one.text for one in self.speech.spoken), self.speech.kept_samples
        if said == wanted.text:
            whole = end is not None and (self.kept_ms or 0) >= end // SAMPLES_PER_MS
            return self.heard or whole
        return not self.heard and said.startswith(wanted.text)


def wanted_items(messages: Sequence[ModelMessage]) -> list[WantedItem]:
    """The items of a request, without its first instruction.

    What is known of the case changes with every turn. It stands before the caller's last words and
    not in front of all: what comes before a change is cheaper and quicker on the server.
    """
    found: list[WantedItem] = []
    for place, message in enumerate(_case_last(messages)):
        match message:
            case Instruction():
                if place:
                    found.append(WantedItem(ItemKind.NOTE, message.text))
            case CallerSaid():
                found.append(WantedItem(ItemKind.CALLER, message.text))
            case AgentSaid():
                if message.text:
                    found.append(WantedItem(ItemKind.AGENT, message.text))
                found += (
                    WantedItem(ItemKind.CALL, one.arguments, one.name, one.request_id)
                    for one in message.requests
                )
            case ToolReturned():
                found.append(
                    WantedItem(ItemKind.RESULT, message.text, request_id=message.request_id)
                )
    return found


def _case_last(messages: Sequence[ModelMessage]) -> Sequence[ModelMessage]:
    case = [one for one in messages if _is_of_the_case(one)]
    rest = [one for one in messages if not _is_of_the_case(one)]
    spoken = [at for at, one in enumerate(rest) if isinstance(one, CallerSaid)]
    at = spoken[-1] if spoken else len(rest)
    return [*rest[:at], *case, *rest[at:]]


def _is_of_the_case(message: ModelMessage) -> bool:
    match message:
        case AgentSaid():
            return any(one.name == CASE for one in message.requests)
        case ToolReturned():
            return message.request_id == CASE
    return False


@dataclass(slots=True)
class ServerConversation:
    """The items of one session, oldest first."""

    items: list[ServerItem] = field(default_factory=list)
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def committed(self, item_id: str) -> None:
        """The server has told the name of a turn of the caller's."""
        for item in self.items:
            if not item.item_id:
                item.item_id = item_id
                return

    def said(self, item_id: str, speech: HeldSpeech) -> None:
        """The model has begun to say something."""
        self.items.append(ServerItem(ItemKind.AGENT, item_id=item_id, speech=speech))

    def called(self, item_id: str, call_id: str, name: str, arguments: str) -> None:
        """The model has asked for a tool."""
        self.items.append(ServerItem(ItemKind.CALL, arguments, name, item_id, call_id))

    def heard_to(self, item_id: str, samples: int) -> Iterator[str]:
        """The caller cut the agent off: only so much of an item was heard."""
        for item in self.items:
            if item.item_id == item_id and item.speech is not None:
                item.heard = False
                yield from self._truncate(item, samples)

    def bring_to(self, messages: Sequence[ModelMessage], sound_of: SoundOf) -> Iterator[str]:
        """What to send, in order, so that the conversation is what a request says.

        Args:
            messages: of the request.
            sound_of: finds the sound of a turn that the server has not yet heard.
        """
        wanted = wanted_items(messages)
        pairs = _paired(self.items, wanted)
        matched = {place: self.items[at] for at, place in pairs.items()}
        yield from self._deletions(pairs, wanted)
        call_ids: dict[str, str] = {}
        before: str | None = None
        last_matched = max(matched, default=-1)
        for place, one in enumerate(wanted):
            item = matched.get(place)
            if item is None:
                item = ServerItem(
                    one.kind, one.text, one.name, call_id=self._call_id(one, call_ids)
                )
                at_end = place > last_matched
                yield from self._creation(item, before, sound_of, at_end=at_end)
            elif item.speech is not None:
                kept = item.speech.kept_samples
                if item.heard and kept is not None:
                    yield from self._truncate(item, kept)
            if item.call_id:
                call_ids[one.request_id] = item.call_id
            before = item.item_id or before

    def _deletions(self, pairs: Mapping[int, int], wanted: Sequence[WantedItem]) -> Iterator[str]:
        """Items that are not wanted; but for older ones, as long as nothing replaces them."""
        first = min(pairs, default=0) if pairs.get(min(pairs, default=0)) == 0 and wanted else 0
        kept: list[ServerItem] = []
        for at, item in enumerate(self.items):
            if at in pairs or at < first:
                kept.append(item)
            elif item.item_id:
                yield item_delete(item.item_id)
        self.items = kept

    def _creation(
        self, item: ServerItem, before: str | None, sound_of: SoundOf, *, at_end: bool
    ) -> Iterator[str]:
        at = len(self.items)
        if not at_end:
            named = [one.item_id for one in self.items]
            at = named.index(before) + 1 if before in named else 0
        self.items.insert(at, item)
        if item.kind is ItemKind.CALLER and at_end:
            sound = sound_of(item.text)
            if sound is not None and len(sound) >= LEAST_SOUND:
                yield from turn_of(sound)
                return
        item.item_id = f"ours-{next(self._numbers)}"
        after = None if at_end else (before or "root")
        yield item_create(_body(item), after)

    def _call_id(self, wanted: WantedItem, known: Mapping[str, str]) -> str:
        if wanted.kind not in {ItemKind.CALL, ItemKind.RESULT}:
            return ""
        return known.get(wanted.request_id) or f"call-{next(self._numbers)}"

    def _truncate(self, item: ServerItem, samples: int) -> Iterator[str]:
        speech = item.speech
        end_ms = samples // SAMPLES_PER_MS
        if speech is None or (item.kept_ms is not None and end_ms >= item.kept_ms):
            return
        if item.kept_ms is None and samples >= speech.samples and speech.over:
            return
        item.kept_ms = end_ms
        yield item_truncate(item.item_id, end_ms)


def _paired(items: Sequence[ServerItem], wanted: Sequence[WantedItem]) -> dict[int, int]:
    """Which item stands for which wanted one: the longest common subsequence, by places.

    A result whose call was not found is none: the server has it under another call.
    """
    rows, columns = len(items), len(wanted)
    best = [[0] * (columns + 1) for _ in range(rows + 1)]
    fits = [[item.is_what(one) for one in wanted] for item in items]
    for row in range(rows - 1, -1, -1):
        for column in range(columns - 1, -1, -1):
            longest = max(best[row + 1][column], best[row][column + 1])
            with_it = best[row + 1][column + 1] + 1 if fits[row][column] else 0
            best[row][column] = max(longest, with_it)
    pairs: dict[int, int] = {}
    calls: dict[str, str] = {}
    row = column = 0
    while row < rows and column < columns:
        if fits[row][column] and best[row][column] == best[row + 1][column + 1] + 1:
            item, one = items[row], wanted[column]
            if one.kind is ItemKind.CALL:
                calls[one.request_id] = item.call_id
            if one.kind is not ItemKind.RESULT or calls.get(one.request_id) == item.call_id:
                pairs[row] = column
            row, column = row + 1, column + 1
        elif best[row + 1][column] >= best[row][column + 1]:
            row += 1
        else:
            column += 1
    return pairs


def _body(item: ServerItem) -> dict[str, JsonValue]:
    """An item of ours on the wire."""
    head: dict[str, JsonValue] = {"id": item.item_id}
    match item.kind:
        case ItemKind.CALL:
            call: dict[str, JsonValue] = {"call_id": item.call_id, "name": item.name}
            return {**head, "type": "function_call", **call, "arguments": item.text}
        case ItemKind.RESULT:
            output: dict[str, JsonValue] = {"call_id": item.call_id, "output": item.text}
            return {**head, "type": "function_call_output", **output}
        case ItemKind.AGENT:
            role, part = "assistant", "output_text"
        case ItemKind.CALLER:
            role, part = "user", "input_text"
        case ItemKind.NOTE:
            role, part = "system", "input_text"
    content: list[JsonValue] = [{"type": part, "text": item.text}]
    return {**head, "type": "message", "role": role, "content": content}
