"""``POST /tools/{name}`` as the document says it; `voiceagent.app.web.tools` serves it."""

from __future__ import annotations

from collections.abc import Sequence

from voiceagent.app.web.api.endpoint import Keyed, Operation
from voiceagent.toolkit.spec import Tool


def operations_of(tools: Sequence[Tool]) -> tuple[Operation, ...]:
    """What the document says of each tool."""
    return tuple(
        Operation(
            method="POST",
            path=f"/tools/{one.spec.name}",
            name=f"tools.{one.spec.name}",
            about=one.spec.description,
            asks=one.arguments,
            gives=one.spec.result_type,
            keyed=Keyed.MAY,
            route="/tools/{name}",
        )
        for one in tools
    )
