"""What of a customer's is looked after: a furnace, an air conditioner, a room."""

from __future__ import annotations

from dataclasses import dataclass

from voiceagent.domain.records import Customer


@dataclass(frozen=True, slots=True)
class NewOwner:
    """Somebody who is not known yet, or is known by the asset they had; `phone` is E.164."""

    name: str
    phone: str
    email: str | None
    address: str


@dataclass(frozen=True, slots=True)
class AssetDraft:
    """An asset as another system tells of it.

    Attributes:
        asset_id: what that system calls it.
        owner: the id of a customer, or who it is.
        service_type: the service that it gets when nothing else is said.
        device_type: what it is, by which faults that it reports are let in; may be empty.
        model: maker and model; may be empty.
    """

    asset_id: str
    owner: str | NewOwner
    service_type: str
    device_type: str
    model: str


@dataclass(frozen=True, slots=True)
class Asset:
    """An asset as it is kept."""

    asset_id: str
    customer: Customer
    service_type: str
    device_type: str
    model: str
