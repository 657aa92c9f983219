"""A dialogue around another one: the same conversation, watched or helped on its way."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from voiceagent.dialogue.acts import DialogueAct
from voiceagent.dialogue.case_file import CaseFile
from voiceagent.dialogue.port import Dialogue, Heard, Hurry, WordsHeard


class WrappedDialogue:
    """Hands everything on; who needs to know of something overrides that. See `port.Dialogue`.

    Args:
        inner: who is talked with.
    """

    def __init__(self, inner: Dialogue) -> None:
        self._inner = inner

    def hear(self, heard: Heard) -> AsyncIterator[DialogueAct]:
        """See `port.Dialogue`."""
        return self._inner.hear(heard)

    async def preview(self, heard: WordsHeard) -> str:
        """See `port.Dialogue`."""
        return await self._inner.preview(heard)

    def hurry(self, how: Hurry) -> bool:
        """See `port.Dialogue`."""
        return self._inner.hurry(how)

    async def close(self) -> None:
        """See `port.Dialogue`."""
        await self._inner.close()

    def recall(self, replies: Sequence[str]) -> None:
        """See `port.Dialogue`."""
        self._inner.recall(replies)

    def snapshot(self) -> CaseFile:
        """See `port.Dialogue`."""
        return self._inner.snapshot()

    def take_over(self, case: CaseFile) -> None:
        """See `port.Dialogue`."""
        self._inner.take_over(case)
