"""Tech-Assist: which technician joins a customer's call.

By default whom they asked for, then who is on call, of those whose phone is in the business file.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from voiceagent.domain.business import Business


class TechAssist(Protocol):
    """The agent that knows the technicians."""

    async def who_joins(self, service_type: str | None, technician: str | None) -> Sequence[str]:
        """Ids of the technicians to ring, in this order; none when nobody can.

        Only people of the business file are ever rung, whatever this names.

        Args:
            service_type: what the call is about, where that is known.
            technician: the id of whom the customer asked for.

        Raises:
            Unavailable, PeerMisbehaved: it cannot say.
        """
        ...


class TechAssistOfFile:
    """`TechAssist` by the business file: whom they asked for, who is on call, then the rest."""

    def __init__(self, business: Business) -> None:
        self._business = business

    async def who_joins(self, service_type: str | None, technician: str | None) -> Sequence[str]:
        """See `TechAssist.who_joins`."""
        service = self._business.service(service_type) if service_type else None
        able = [
            one
            for one in self._business.technicians
            if one.phone is not None and (service is None or service.skill in one.skills)
        ]
        able.sort(key=lambda one: (one.id != technician, not one.on_call))
        return [one.id for one in able]
