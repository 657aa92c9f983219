"""Whether somebody can come to an address that another system gives."""

from __future__ import annotations

from voiceagent.dialogue.house.hearing.places import address_in
from voiceagent.domain.areas import Reach, reach, zip_of
from voiceagent.domain.business import Business, Service
from voiceagent.errors import CallerFixable


def check_address(business: Business, service: Service, address: str, *, field: str) -> None:
    """Refuse an address that no visit finds; one without ZIP code and city is taken for near by.

    Args:
        business: who would come.
        service: what for; one that is done at the business's own place needs no address.
        address: in one line.
        field: of the request that says it, directly or not.

    Raises:
        CallerFixable: ``address.unclear``: it has no street with a house number;
            ``area.not_served``: nobody comes there.
    """
    if not service.needs_address:
        return
    read = address_in(address, business)
    if read is None or not read.located:
        problem = "An address needs a street and a house number, with ZIP code if you can."
        raise CallerFixable("address.unclear", problem, field=field)
    code = read.zip or zip_of(address)
    if reach(business, zip_code=code, city=read.city, state=read.state) is Reach.NOT_SERVED:
        raise CallerFixable("area.not_served", "The business does not go there.", field=field)
