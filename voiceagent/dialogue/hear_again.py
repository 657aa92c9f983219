"""What it takes to hear words again: the case before them, and what came in since.

Words are heard again for two reasons. A caller who speaks on before hearing any of our answer has
not finished: the half turn is taken back and heard whole. And what came in before it could be known
for a part of a card number is heard again without it, once it is known.

Sans-I/O: whoever holds it lets the dialogue hear what is to be heard.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import cast

from pydantic import JsonValue, ValidationError

from voiceagent.dialogue.case_file import CaseFile
from voiceagent.dialogue.mouth import Input, InputKind
from voiceagent.dialogue.port import Dialogue
from voiceagent.domain.card_watch import Sign
from voiceagent.domain.redact import Withhold


@dataclass(frozen=True, slots=True)
class PastInput:
    """An input that may have to be heard again, and what a model replied to it."""

    item: Input
    at: datetime
    replies: list[str] = field(default_factory=list)


class HearAgain:
    """Remembers where to go back to.

    Args:
        dialogue: whose case it is.
    """

    def __init__(self, dialogue: Dialogue) -> None:
        self._dialogue = dialogue
        self._before: CaseFile | None = None
        self._before_digits: CaseFile | None = None
        self._since: list[PastInput] = []
        self._last_words = ""
        self._last_sure: float | None = None

    def next_is(self, item: Input) -> None:
        """The dialogue hears this next: words are taken back for those that follow, nothing else.

        What was heard of a reply is nothing that comes between them.
        """
        if item.kind is InputKind.REPLY_HEARD:
            return
        self._before = None
        if item.kind is InputKind.HEARD:
            self._before, self._last_words = self._dialogue.snapshot(), item.text
            self._last_sure = item.confidence

    @property
    def can_retract(self) -> bool:
        """Whether the last words can be taken back."""
        return self._before is not None

    def retract(self) -> None:
        """Take the last words back."""
        if self._before is not None:
            self._dialogue.take_over(self._before)
            self._before = None

    def joined(self, item: Input) -> Input:
        """Words that go on, with those that were taken back; as sure as the less sure of both."""
        while self._since and self._since.pop().item.kind is not InputKind.HEARD:
            pass
        before = Withhold.of(item.secret).text(self._last_words)
        sure = [one for one in (self._last_sure, item.confidence) if one is not None]
        return replace(item, text=f"{before} {item.text}", confidence=min(sure, default=None))

    def nothing_more(self) -> None:
        """Something was done in the world, and that cannot be taken back."""
        self._before, self._before_digits = None, None

    def without_digits(self, item: Input) -> list[PastInput]:
        """If an input tells what was a card's: the case as before it, and what to hear since."""
        if not item.secret or not _may_be_digits(item):
            return []
        out = Withhold.of(item.secret)
        if self._before_digits is None:
            self._forget(self._dialogue.snapshot(), out)
            return []
        self._dialogue.take_over(self._before_digits)
        self._forget(self._before_digits, out)
        return [
            PastInput(
                replace(past.item, text=without(past.item, out), said=out.text(past.item.said)),
                past.at,
                [out.text(reply) for reply in past.replies],
            )
            for past in self._since
        ]

    def _forget(self, case: CaseFile, out: Withhold) -> None:
        """Go on with a case without what was a card's.

        Digits of it are in a case where something was done after them that cannot be taken back.
        """
        facts = {
            name: known
            for name, known in case.facts.items()
            if out.value(known.value) == known.value
        }
        memo = cast("dict[str, JsonValue]", out.value(dict(case.memo)))
        if (facts, memo) == (case.facts, case.memo):
            return
        try:
            self._dialogue.take_over(replace(case, facts=facts, memo=memo))
        except ValidationError:  # a figure of the memo's own shares digits with the card
            self._dialogue.take_over(replace(case, facts=facts))

    def came(self, item: Input, at: datetime) -> None:
        """Remember where digits began that may be a card's; forget them once they are none."""
        if _may_be_digits(item):
            if item.sign is not Sign.MAYBE:
                self._before_digits, self._since = None, []
                return
            if self._before_digits is None or not item.goes_on:
                self._before_digits, self._since = self._dialogue.snapshot(), []
        self._since.append(PastInput(item, at))

    def heard(self, reply: Input, at: datetime) -> None:
        """What was heard of a reply, among digits that may be a card's."""
        if self._before_digits is not None:
            self._since.append(PastInput(reply, at))

    def replied(self, reply: str) -> None:
        """A model's reply to the input before."""
        if self._since:
            self._since[-1].replies.append(reply)


def without(item: Input, out: Withhold) -> str:
    """An input's text without what must not be kept."""
    return out.key(item.text) if item.kind is InputKind.KEY else out.text(item.text)


def _may_be_digits(item: Input) -> bool:
    return item.kind in {InputKind.HEARD, InputKind.KEY}
