"""What one conversation took in and what it decided, in order: enough to hold it again offline.

A conversation is moved by its inputs, by the times that it reads, by what tools and models answer,
and by what its mouth says was heard. These are rows of a `TalkTape`; rows as well are the acts of
the dialogue, so that a second conversation can be held against the first.

The rows hold what callers say. Digits that turn out to be a card's are taken out by the `Withhold`
of the inputs' holds, as in the journal, when a tape is put away (`TalkTape.withheld`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, cast

from pydantic import JsonValue

from voiceagent.dialogue.acts import CallTool, DialogueAct, Expect, HangUp, ModelReplied, Say
from voiceagent.dialogue.case_file import AgentWords
from voiceagent.dialogue.mouth import Input, InputKind
from voiceagent.dialogue.port import (
    Channel,
    Heard,
    KeyHeard,
    ReplyHeard,
    ToolAnswered,
    WordsHeard,
    WordsLost,
)
from voiceagent.dialogue.recorder import Holds
from voiceagent.domain.card_watch import Sign
from voiceagent.domain.redact import Withhold
from voiceagent.toolkit.answers import ToolOutcome

ROWS_MOST: Final = 20_000
"""A conversation of half an hour has about a thousand."""


class TalkRowKind(StrEnum):
    """What a row is.

    What came in. JOURNAL: rows of the journal that it goes on from · INPUT, DONE: an input was
    taken, and is answered · KEY: the key for a person was taken while a tool ran · NOW: a time was
    read · TOOL: a tool has answered · MOUTH: a reply is complete, with what is known of it ·
    REPLIED: a model has replied.

    What was decided. HEARD: the dialogue hears this next · SAY, CALL, EXPECT, HANG_UP: its acts.
    """

    JOURNAL = "journal"
    INPUT = "input"
    DONE = "done"
    KEY = "key"
    NOW = "now"
    TOOL = "tool"
    MOUTH = "mouth"
    REPLIED = "replied"
    HEARD = "heard"
    SAY = "say"
    CALL = "call"
    EXPECT = "expect"
    HANG_UP = "hang_up"


DECIDED: Final = frozenset(
    {
        TalkRowKind.HEARD,
        TalkRowKind.SAY,
        TalkRowKind.CALL,
        TalkRowKind.EXPECT,
        TalkRowKind.HANG_UP,
        TalkRowKind.REPLIED,
    }
)
"""What a second run is held against."""

Body = Mapping[str, JsonValue]


@dataclass(frozen=True, slots=True)
class TalkRow:
    """One row; `body` is JSON."""

    kind: TalkRowKind
    body: Body


class Leads(StrEnum):
    """Who leads a conversation."""

    HOUSE = "house"
    MODEL = "model"


@dataclass(frozen=True, slots=True)
class TalkStart:
    """What a dialogue was made of: see `factory.Conversant`; `at` is aware."""

    at: datetime
    leads: Leads
    caller_number: str | None
    channel: Channel
    private: bool


@dataclass(slots=True)
class TalkTape:
    """Of one conversation.

    Attributes:
        start: how it began; ``None`` before it has.
        rows: what happened.
        full: there were more rows than are kept.
        keys_answered: keys that did not wait, and are answered.
    """

    start: TalkStart | None = None
    rows: list[TalkRow] = field(default_factory=list)
    full: bool = False
    keys_answered: int = 0
    _held: list[Holds] = field(default_factory=list)

    def add(self, kind: TalkRowKind, body: Body) -> None:
        """One row more."""
        if len(self.rows) >= ROWS_MOST:
            self.full = True
            return
        self.rows.append(TalkRow(kind, body))

    def took(self, item: Input, kind: TalkRowKind = TalkRowKind.INPUT) -> None:
        """An input was taken."""
        if item.holds:
            self._held.append(item.holds)
        self.add(kind, item_body(item))

    def came(self, heard: Heard) -> None:
        """The dialogue hears this next."""
        self.add(TalkRowKind.HEARD, {"what": told(heard)})

    def acted(self, act: DialogueAct) -> None:
        """The dialogue wants something done."""
        self.add(*act_row(act))

    def answered(self, outcome: ToolOutcome) -> None:
        """A tool has answered."""
        self.add(
            TalkRowKind.TOOL,
            {"name": outcome.name, "result": outcome.wire, "elapsed_ms": outcome.elapsed_ms},
        )

    def ended(self, words: AgentWords | None) -> None:
        """A reply is complete."""
        body: Body = {} if words is None else {"said": words.said, "heard": words.heard}
        self.add(TalkRowKind.MOUTH, body)

    @property
    def withheld(self) -> Withhold:
        """What must be taken out of every text before it is kept; known once the call is over."""
        out = Withhold()
        for holds in self._held:
            for hold in holds:
                out |= hold.withhold
        return out


def item_body(item: Input) -> dict[str, JsonValue]:
    """An input as JSON. Of a card's digits only that there were some."""
    plain = Input(item.kind)
    body: dict[str, JsonValue] = {
        "kind": item.kind.value,
        "text": item.text,
        "said": item.said,
        "turn": item.turn,
        "continues": item.continues,
        "sign": item.sign.value,
        "secret": bool(item.secret),
        "goes_on": item.goes_on,
        "confidence": item.confidence,
    }
    usual = {"text": plain.text, "said": "", "turn": -1, "sign": Sign.PLAIN.value}
    return {
        name: value
        for name, value in body.items()
        if value not in (None, False) and usual.get(name) != value
    }


SOME_DIGITS: Final = "#"
"""Stands for a card's digits that are not kept: it is in no text."""


def item_from(body: Body) -> Input:
    """What `item_body` wrote."""
    return Input(
        InputKind(str(body["kind"])),
        text=str(body.get("text", "")),
        said=str(body.get("said", "")),
        turn=int(cast("int", body.get("turn", -1))),
        continues=bool(body.get("continues")),
        sign=Sign(str(body.get("sign", Sign.PLAIN.value))),
        secret=SOME_DIGITS if body.get("secret") else "",
        goes_on=bool(body.get("goes_on")),
        confidence=cast("float | None", body.get("confidence")),
    )


def act_row(act: DialogueAct) -> tuple[TalkRowKind, Body]:
    """An act as a row."""
    match act:
        case Say():
            return TalkRowKind.SAY, {"text": act.text}
        case CallTool():
            body = json.loads(json.dumps(dict(act.arguments), default=str, sort_keys=True))
            return TalkRowKind.CALL, {"name": act.name, "arguments": body}
        case HangUp():
            return TalkRowKind.HANG_UP, {"reason": act.reason}
        case Expect():
            return TalkRowKind.EXPECT, {"expecting": act.expecting.value}
        case ModelReplied():
            return TalkRowKind.REPLIED, {"reply": act.reply}


def told(heard: Heard) -> str:
    """An input of the dialogue in one line, for people and for comparing."""
    at = heard.at.isoformat()
    match heard:
        case WordsHeard():
            sure = "" if heard.confidence is None else f" ({heard.confidence!r})"
            return f"{at} words: {heard.text}{sure}"
        case WordsLost():
            return f"{at} words lost{', deaf' if heard.deaf else ''}"
        case KeyHeard():
            return f"{at} key {heard.digit}"
        case ToolAnswered():
            return f"{at} {heard.tool} has answered"
        case ReplyHeard():
            return f"{at} of the reply was heard: {heard.heard}"
        case _:
            return f"{at} {type(heard).__name__}"


def journal_body(rows: Sequence[tuple[int, str, str]]) -> Body:
    """Rows of a journal as one row of the tape."""
    return {"rows": [[index, kind, body_json] for index, kind, body_json in rows]}
