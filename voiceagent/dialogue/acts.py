"""What a dialogue wants done; somebody else does it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from voiceagent.domain.expecting import Expecting
from voiceagent.domain.request_basis import BY_HOUSE, RequestBasis
from voiceagent.domain.usage import Usage


@dataclass(frozen=True, slots=True)
class Say:
    """Speak or send `text`: written form ("$248", "(555) 123-0000"), ready for ear and eye."""

    text: str


@dataclass(frozen=True, slots=True)
class CallTool:
    """Call a tool by name with JSON-ready arguments; its answer is heard as `ToolAnswered`.

    `basis` is what the request rests on, for the policy that judges it; two requests for the same
    are the same, whatever they rest on.
    """

    name: str
    arguments: Mapping[str, object]
    basis: RequestBasis = field(default=BY_HOUSE, compare=False)


@dataclass(frozen=True, slots=True)
class HangUp:
    """End the conversation once everything said before was heard.

    `reason` is ``done``, ``caller_left`` or ``refused``.
    """

    reason: str


@dataclass(frozen=True, slots=True)
class Expect:
    """What the caller is likely to say next; holds until the next one."""

    expecting: Expecting


@dataclass(frozen=True, slots=True)
class RefusedRequest:
    """A model's request that was not granted; it is on record like one that was."""

    name: str
    arguments: Mapping[str, object]
    code: str
    why: str
    basis: RequestBasis


@dataclass(frozen=True, slots=True)
class ModelReplied:
    """What a model replied to an input, for the journal: asked again it would reply otherwise.

    Nothing is done about it. `reply` is the dialogue's own text; no secret is taken out of it but
    what is taken out of everything that is written (`Withhold`). `used` is what it cost, `refused`
    what of it was not granted.
    """

    reply: str
    used: tuple[Usage, ...] = ()
    refused: tuple[RefusedRequest, ...] = field(default=(), compare=False)


DialogueAct = Say | CallTool | HangUp | Expect | ModelReplied
Act = Say | CallTool | HangUp
Step = tuple[Act, ...]
"""What the house policy does about one input, in order: at most one `CallTool`, as the last act.
An empty step means "nothing to do yet"."""
