"""Hours in which nobody is texted what they did not ask for. Sans-I/O.

Where somebody is, nobody knows for sure, so the hours must suit both the business's place, where
their visit is, and that of their number. What they wait for leaves at any hour: answers, what they
booked a moment ago, one-time codes.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from voiceagent.domain.business import Business, QuietHours
from voiceagent.domain.phones import zones_of

_ROUNDS: Final = 4
"""How often the end of the quiet in one zone is held against the others."""


def quiet_s(business: Business, moment: datetime, number: str | None = None) -> float:
    """For how many seconds from `moment`, aware, nobody should be texted unasked; 0: they may.

    Args:
        business: whose hours.
        moment: now.
        number: whose, E.164; where left out it is the business's own place.
    """
    zones = {business.timezone, *(zones_of(number) if number is not None else ())}
    until = moment
    for _ in range(_ROUNDS):
        later = max(_quiet_until(business.quiet_hours, until, ZoneInfo(zone)) for zone in zones)
        if later == until:
            break
        until = later
    return (until - moment).total_seconds()


def _quiet_until(hours: QuietHours, moment: datetime, zone: ZoneInfo) -> datetime:
    """When the quiet in which a moment lies is over there; the moment itself where it is none."""
    at = moment.astimezone(zone)
    if hours.begins == hours.ends:
        return moment
    if hours.begins < hours.ends:
        quiet, day = hours.begins <= at.time() < hours.ends, at
    else:
        quiet = at.time() >= hours.begins or at.time() < hours.ends
        day = at + timedelta(days=1) if at.time() >= hours.begins else at
    if not quiet:
        return moment
    end = day.replace(hour=hours.ends.hour, minute=hours.ends.minute, second=0, microsecond=0)
    return end.astimezone(moment.tzinfo)
