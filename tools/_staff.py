"""A technician whom a caller asks for by name."""

from __future__ import annotations

from voiceagent.domain.business import Service, Technician
from voiceagent.domain.staff import technician_called
from voiceagent.errors import CallerFixable
from voiceagent.toolkit.context import ToolContext


def technician_named(name: str, service: Service, ctx: ToolContext) -> Technician:
    """The technician of that name, who does this work.

    Raises:
        CallerFixable: ``technician.unknown``, ``technician.unskilled``.
    """
    found = technician_called(ctx.business, name)
    if found is None:
        raise CallerFixable(
            "technician.unknown",
            "Nobody of that name comes to customers; ask without `technician`.",
            say=f"I don't know anyone here called {name}, but I can look for whoever is free.",
            field="technician",
        )
    if service.skill not in found.skills:
        raise CallerFixable(
            "technician.unskilled",
            "They do other work; ask without `technician`.",
            say=f"{found.name} doesn't do {service.name} work, so I'll look for somebody who does.",
            field="technician",
        )
    return found
