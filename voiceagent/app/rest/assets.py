"""``PUT /assets/{asset_id}``: what is looked after, and whose it is."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from voiceagent.app.rest.desk import RestDesk
from voiceagent.app.rest.places import check_address
from voiceagent.app.web.api.endpoint import (
    AnswerModel,
    AskModel,
    Endpoint,
    Id,
    Link,
    Text,
    UuidText,
    endpoint,
)
from voiceagent.domain.assets import AssetDraft, NewOwner
from voiceagent.domain.phones import customer_phone
from voiceagent.errors import CallerFixable

ServiceName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
EmailText = Annotated[
    str, StringConstraints(pattern=r"^[^@\s\x00]+@[^@\s\x00]+\.[^@\s\x00]+$", max_length=254)
]
DeviceName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]


class OwnerModel(AskModel):
    """Whose it is. Who is known by this number and name is the same customer."""

    name: Annotated[str, StringConstraints(pattern=r"^[^\x00]*$", min_length=1, max_length=100)]
    phone: Annotated[str, StringConstraints(pattern=r"^[^\x00]*$", max_length=40)]
    email: EmailText | None = None
    address: Annotated[str, StringConstraints(pattern=r"^[^\x00]*$", max_length=200)]


class AssetAsk(AskModel):
    """An asset; its owner is a customer by id, or by who they are: one of the two."""

    asset_id: Id
    customer_id: UuidText | None = None
    customer: OwnerModel | None = None
    service_type: ServiceName = Field(description="What it gets when nothing else is said.")
    device_type: DeviceName | None = None
    model: Text = ""


class AssetAnswer(AnswerModel):
    """The asset as it is kept."""

    asset_id: str
    customer_id: str
    service_type: str
    device_type: str | None
    model: str


def assets(desk: RestDesk) -> Endpoint:
    """The route."""

    async def answer(ask: AssetAsk) -> AssetAnswer:
        business = desk.business
        service = business.service(ask.service_type)
        if service is None:
            known = ", ".join(one.id for one in business.services)
            problem = f"There are the services {known}."
            raise CallerFixable("service.unknown", problem, field="service_type")
        owner = _owner(ask, desk)
        if ask.customer is not None:
            check_address(business, service, ask.customer.address, field="customer.address")
        draft = AssetDraft(ask.asset_id, owner, ask.service_type, ask.device_type or "", ask.model)
        kept = await desk.store.assets.keep(draft)
        return AssetAnswer(
            asset_id=kept.asset_id,
            customer_id=kept.customer.customer_id,
            service_type=kept.service_type,
            device_type=kept.device_type or None,
            model=kept.model,
        )

    return endpoint(
        "PUT",
        "/assets/{asset_id}",
        AssetAsk,
        AssetAnswer,
        answer,
        name="putAsset",
        about="Say what is looked after and whose it is, before it is booked for.",
        links=(Link("getMemory", "cust_id", "customer_id"),),
    )


def _owner(ask: AssetAsk, desk: RestDesk) -> str | NewOwner:
    if (ask.customer_id is None) is (ask.customer is None):
        problem = "Give either customer_id or customer."
        raise CallerFixable("customer.one_of", problem, field="customer")
    if ask.customer is None:
        return ask.customer_id or ""
    try:
        phone = customer_phone(ask.customer.phone, desk.business)
    except CallerFixable as error:
        raise CallerFixable(error.code, error.message, field="customer.phone") from None
    given = ask.customer
    return NewOwner(given.name, phone, given.email, given.address)
