"""Whether a request for a tool is granted: one rule a tool, judged in one place.

A tool call is a request, whoever makes it: a language model obeys whoever talks to it, and the
house policy may be mistaken. `Toolbox.call` judges each by the rule in its tool's file, before
anything is done: the state of the conversation, where each argument comes from, how often it was
asked for, and how sure we are who is speaking. The rules of all tools are printed in
docs/identity.md. Each refusal has a stable code and a sentence for the caller.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from voiceagent.domain.records import IdentityLevel
from voiceagent.domain.request_basis import Asker, RequestBasis
from voiceagent.errors import CallerFixable, Unavailable
from voiceagent.toolkit.answers import Arguments
from voiceagent.toolkit.context import ToolContext


class Condition(StrEnum):
    """What must be so in the conversation before a tool is used."""

    DANGER_SETTLED = "danger_settled"
    """The question about danger has its answer, where the service asks it."""

    AGREED = "agreed"
    """The caller said yes to doing it, to a question that read it out."""

    SOURCED = "sourced"
    """Every argument follows from the caller's words, a tool's answer, or the business file."""


Proof = Callable[[Arguments, ToolContext], Awaitable[object]]
"""Shows by a tool's arguments who is speaking, or raises what is wrong."""


@dataclass(frozen=True, slots=True)
class ToolRule:
    """What a tool needs.

    Attributes:
        conditions: all that must be so in the conversation.
        level: how sure we must be who is speaking, of the number in question.
        proof: how its arguments show that; ``None`` only where `level` needs no proof.
        most: how often in a conversation.
    """

    conditions: frozenset[Condition] = frozenset()
    level: IdentityLevel = IdentityLevel.ANONYMOUS
    proof: Proof | None = None
    most: int = 100

    def __post_init__(self) -> None:
        """Refuse a rule that nobody could pass."""
        if (self.level >= IdentityLevel.CODE) is not (self.proof is not None):
            raise ValueError("a level from CODE on is shown by a proof, one below it by none")


FREE: Final = ToolRule()
"""Of a tool that only reads and names none: anybody may have it used."""

CAREFUL: Final = ToolRule(frozenset({Condition.AGREED, Condition.SOURCED}), most=10)
"""Of a tool that changes something and names none."""


@dataclass(frozen=True, slots=True)
class PolicyRefusal:
    """A request that is not granted.

    Attributes:
        code: stable.
        why: for a model, a log, a program.
        say: for the caller.
    """

    code: str
    why: str
    say: str

    def error(self) -> CallerFixable | Unavailable:
        """The same, to be raised."""
        if self.code == TOO_OFTEN:
            return Unavailable(self.code, self.why)
        return CallerFixable(self.code, self.why, say=self.say)


DANGER_OPEN: Final = "policy.danger_open"
UNSOURCED: Final = "policy.unsourced"
NOT_AGREED: Final = "policy.not_agreed"
TOO_OFTEN: Final = "policy.too_often"


def refusal(rule: ToolRule, basis: RequestBasis, used: int = 0) -> PolicyRefusal | None:
    """Why a request is not granted; ``None`` when it is, but for what its arguments have to prove.

    Args:
        rule: of the tool.
        basis: what the request rests on.
        used: how often the tool was asked for in this conversation before.
    """
    if used >= rule.most:
        why = f"It was asked for {rule.most} times in this conversation, which is the most."
        return PolicyRefusal(TOO_OFTEN, why, "")
    if basis.asker is Asker.PROGRAM:
        return None
    needed = rule.conditions
    if Condition.DANGER_SETTLED in needed and basis.danger_open:
        return PolicyRefusal(
            DANGER_OPEN,
            "Danger has not been ruled out. Ask about it first.",
            "First I have to know that nobody is in danger.",
        )
    if Condition.SOURCED in needed and basis.unsourced:
        return PolicyRefusal(
            UNSOURCED,
            f"{basis.unsourced}: arguments must come from the caller or a tool.",
            "I'd better ask you for that once more.",
        )
    if Condition.AGREED in needed and not basis.agreed:
        return PolicyRefusal(
            NOT_AGREED,
            "The caller has not agreed. Read everything back, ask whether to do it, and wait.",
            "Let me read that back to you first.",
        )
    return None


async def prove(rule: ToolRule, args: Arguments, ctx: ToolContext) -> None:
    """Have a request's arguments show who is speaking, where the tool needs that.

    It asks the store, so it runs within the tool's own limit of time, right before it.

    Raises:
        CallerFixable: what does not fit.
        Unavailable: the store is away.
    """
    if rule.proof is not None:
        await rule.proof(args, ctx)
