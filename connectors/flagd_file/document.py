"""A file of flags in flagd's format, read strictly. Source: https://flagd.dev/schema/v0/flags.json.

    {"flags": {"canary-share": {"state": "ENABLED", "variants": {"off": 0, "some": 0.05},
                                "defaultVariant": "some"}}}

Targeting is not built, so a file that asks for it is refused: a flag that meant fewer callers than
it says would mean all of them. So is a flag that nothing reads.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_core import PydanticCustomError

from voiceagent.domain.field_faults import field_fault
from voiceagent.errors import OwnerFixable
from voiceagent.ports.flags import CANARY_MODEL, CANARY_SHARE

Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Metadata = dict[str, str | float | bool]


_SAYS: Final = {
    "extra_forbidden": f"Nothing reads this; flags are {CANARY_MODEL} and {CANARY_SHARE}"
}
"""Of an unknown key it helps to know which there are."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)


class _Flag(_Strict):
    """What every flag has, whatever its variants are."""

    state: Literal["ENABLED", "DISABLED"]
    default_variant: str = Field(alias="defaultVariant")
    targeting: dict[str, object] = {}
    metadata: Metadata = {}

    @field_validator("targeting")
    @classmethod
    def _none(cls, value: dict[str, object]) -> dict[str, object]:
        if value:
            raise PydanticCustomError("targeting", "Targeting is not built; leave it out")
        return value


class TextFlag(_Flag):
    """A flag whose variants are texts."""

    variants: dict[str, str]


class ShareFlag(_Flag):
    """A flag whose variants are shares, 0 to 1."""

    variants: dict[str, Share]


class KnownFlags(_Strict):
    """The flags that something reads."""

    canary_model: TextFlag | None = Field(default=None, alias=CANARY_MODEL)
    canary_share: ShareFlag | None = Field(default=None, alias=CANARY_SHARE)

    def enabled(self) -> Iterator[tuple[str, TextFlag | ShareFlag]]:
        """Those that are there and not switched off, by key."""
        for key, flag in self._there():
            if flag.state == "ENABLED":
                yield key, flag

    def _there(self) -> Iterator[tuple[str, TextFlag | ShareFlag]]:
        if self.canary_model is not None:
            yield CANARY_MODEL, self.canary_model
        if self.canary_share is not None:
            yield CANARY_SHARE, self.canary_share

    def wrong_defaults(self) -> Iterator[str]:
        """Keys of flags whose default is no variant of theirs."""
        return (key for key, flag in self._there() if flag.default_variant not in flag.variants)


class _Document(_Strict):
    schema_url: str = Field(default="", alias="$schema")
    flags: KnownFlags
    metadata: Metadata = {}


def read(path: Path) -> KnownFlags:
    """The flags of a file.

    Raises:
        OwnerFixable: ``flags.unreadable`` or ``flags.invalid``; `where` has the path to the field.
    """
    try:
        written = path.read_bytes()
    except OSError as error:
        problem = f"It cannot be read: {error.strerror}."
        raise OwnerFixable("flags.unreadable", problem, where=str(path)) from error
    try:
        flags = _Document.model_validate_json(written).flags
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        problem = _SAYS.get(first["type"]) or field_fault(first)
        raise _invalid(path, ".".join(str(part) for part in first["loc"]), problem) from None
    for key in flags.wrong_defaults():
        raise _invalid(path, f"flags.{key}.defaultVariant", "It is none of the variants")
    return flags


def _invalid(path: Path, at: str, problem: str) -> OwnerFixable:
    where = f"{path} {at}" if at else str(path)
    return OwnerFixable("flags.invalid", f"{problem.rstrip('.')}.", where=where)
