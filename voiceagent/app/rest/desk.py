"""What the routes for other systems stand on: the tools, as a call of their own on record.

A route does nothing itself that a tool does: each of its steps is a request that is judged, run
once and audited as one of a caller would be (`toolkit.toolbox`).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from pydantic import JsonValue

from voiceagent.app.tool_requests import ProgramCall, ToolRequests
from voiceagent.dialogue.house.moves import TOOL_OF, ToolUse
from voiceagent.domain.business import Business
from voiceagent.errors import CallerFixable, Unavailable
from voiceagent.ports.store import Store
from voiceagent.toolkit.answers import Result, ToolFailure


@dataclass(frozen=True, slots=True)
class RestDesk:
    """A business's tools for its other systems.

    Attributes:
        requests: puts each request on record as a call.
    """

    requests: ToolRequests

    @property
    def business(self) -> Business:
        """Whose it is."""
        return self.requests.business

    @property
    def store(self) -> Store:
        """Where everything is kept."""
        return self.requests.store

    @asynccontextmanager
    async def call(self) -> AsyncIterator[ToolSteps]:
        """A call on record, for the steps of one request."""
        async with self.requests.on_record(self.requests.new_call()) as request:
            yield ToolSteps(request)


@dataclass(frozen=True, slots=True)
class ToolSteps:
    """Tools, used one after the other in one call."""

    request: ProgramCall

    async def use(self, use: ToolUse, arguments: dict[str, JsonValue], **fields: str) -> Result:
        """A tool's result.

        Args:
            use: what for.
            arguments: as JSON.
            fields: argument -> the field of the route that it was made of, for who is told what is
                wrong; an argument that is not named is nobody's.

        Raises:
            CallerFixable: the request can be put right.
            Unavailable: it cannot, now.
        """
        outcome = await self.request.use(TOOL_OF[use], arguments)
        failure = outcome.result
        if not isinstance(failure, ToolFailure):
            return failure
        if failure.fixable:
            field = fields.get(failure.field, "")
            raise CallerFixable(failure.code, failure.message, field=field)
        raise Unavailable(failure.code, failure.message)
