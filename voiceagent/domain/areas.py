"""Where the business goes: which planning area an address lies in, and whether in any."""

from __future__ import annotations

import re
from decimal import Decimal
from enum import StrEnum

from voiceagent.domain.business import Area, Business

_ZIP = re.compile(r"\b(\d{5})(?:-\d{4})?\W*$")


class Reach(StrEnum):
    """Whether somebody comes to an address. UNKNOWN gets the benefit of the doubt."""

    SERVED = "served"
    NOT_SERVED = "not_served"
    UNKNOWN = "unknown"


def zip_of(address: str) -> str | None:
    """The ZIP code at the end of an address in one line, five digits, or ``None``."""
    found = _ZIP.search(address)
    return found[1] if found is not None else None


def area_of(business: Business, *, zip_code: str | None = None, city: str = "") -> Area | None:
    """The planning area by ZIP code, else by city; ``None`` where neither tells."""
    if zip_code is not None:
        return next((area for area in business.areas if zip_code[:5] in area.zips), None)
    named = city.casefold()
    return next(
        (one for one in business.areas if named in {name.casefold() for name in one.cities}), None
    )


def area_of_address(business: Business, address: str) -> Area | None:
    """The planning area of an address in one line: by its ZIP code, else by its city."""
    zip_code = zip_of(address)
    if zip_code is not None:
        return area_of(business, zip_code=zip_code)
    parts = [part.strip() for part in address.split(",")]
    found = (area_of(business, city=part) for part in reversed(parts))
    return next((area for area in found if area is not None), None)


def trip_fee(business: Business, address: str) -> tuple[str, Decimal]:
    """What the way to an address costs, in dollars, and the place that says so.

    Returns:
        the area's id, with the ZIP code behind it where that has a fee of its own (two addresses of
        the same place cost the same); ``""`` and 0 where there is none, or nobody knows.
    """
    area = area_of_address(business, address) if address else None
    if area is None:
        return "", Decimal(0)
    zip_code = zip_of(address)
    if zip_code is not None and zip_code in area.trip_fees:
        fee = area.trip_fees[zip_code]
        return (f"{area.id}:{zip_code}", fee) if fee else ("", fee)
    return (area.id, area.trip_fee) if area.trip_fee else ("", Decimal(0))


def reach(business: Business, *, zip_code: str | None, city: str, state: str) -> Reach:
    """Whether the business goes there.

    A ZIP code decides. Without one another state is out of reach, and a city is in or out only
    where the file names the cities of its areas.
    """
    if not any(area.zips for area in business.areas):
        return Reach.UNKNOWN
    if zip_code is not None:
        served = area_of(business, zip_code=zip_code) is not None
        return Reach.SERVED if served else Reach.NOT_SERVED
    if state and state.casefold() != business.state.casefold():
        return Reach.NOT_SERVED
    if not any(area.cities for area in business.areas):
        return Reach.UNKNOWN
    return Reach.SERVED if area_of(business, city=city) is not None else Reach.NOT_SERVED
