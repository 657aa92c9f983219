"""Notes when the first sound of each reply is there."""

from __future__ import annotations

from pipelines.budget_watch import BudgetWatch
from pipelines.replies import Replies
from voiceagent.core.budget.ladder import Passed
from voiceagent.core.clock import Clock


class FirstSound:
    """Of one call.

    Args:
        clock: of the call.
        replies: those under way.
        watch: keeps the budget of the turn that is answered.
    """

    def __init__(self, clock: Clock, replies: Replies, watch: BudgetWatch) -> None:
        self._clock = clock
        self._replies = replies
        self._watch = watch

    def is_there(self, reply: int) -> None:
        """It came back from synthesis, or was ready; of a reply made ahead only once it is said."""
        open_reply = self._replies.get(reply)
        if open_reply is not None and not open_reply.prepared:
            open_reply.clock.voiced(self._clock.monotonic())
            self._watch.passed(open_reply.clock, Passed.SOUND)
