"""A route of the interface for other systems: what it asks for and what it gives, as models.

Both what is served and what ``/openapi.json`` says come from this record, so they cannot differ.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Final, Literal, TypeVar, cast

from pydantic import BaseModel, ConfigDict, StringConstraints

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]

WRITES: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})
"""Methods with an effect: they take an ``Idempotency-Key``."""

_REPEATABLE: Final = frozenset({"PUT", "DELETE"})
"""Methods by which the same request again changes nothing (RFC 9110, 9.2.2)."""


class Keyed(StrEnum):
    """Whether a route takes an ``Idempotency-Key``: it need not come with one, or must."""

    NO = "no"
    MAY = "may"
    MUST = "must"


HAS_BODY: Final = frozenset({"POST", "PUT", "PATCH"})

LONGEST_TEXT: Final = 500

Text = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$", max_length=LONGEST_TEXT)]
"""What somebody wrote; may be empty."""

SomeText = Annotated[
    str, StringConstraints(pattern=r"^[^\x00]*$", min_length=1, max_length=LONGEST_TEXT)
]

Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,79}$")]
"""What another system calls something."""

UuidText = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
"""What we call something."""


class AskModel(BaseModel):
    """Base of what a route asks for: fields of its path, and of its query or its body."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class AnswerModel(BaseModel):
    """Base of what a route gives."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True, slots=True)
class Link:
    """What an answer can be used for: a field of it is a field of another route.

    Attributes:
        operation: the other route's `Endpoint.name`.
        parameter: of its path.
        field: of this route's answer.
    """

    operation: str
    parameter: str
    field: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """A route as the document says it.

    Attributes:
        method, path: as served; names in braces are fields of `asks`.
        name: of the operation, unique.
        about: what it does; Markdown.
        asks, gives: models.
        links: what its answer can be used for.
        keyed: whether it takes an ``Idempotency-Key``, or needs one.
        also: further statuses of its answer, and when they are given.
        route: the path that it is served under, where `path` is one of many of that; else "".
    """

    method: Method
    path: str
    name: str
    about: str
    asks: type[BaseModel]
    gives: type[BaseModel]
    links: tuple[Link, ...] = ()
    keyed: Keyed = Keyed.NO
    also: tuple[tuple[int, str], ...] = ()
    route: str = ""

    @property
    def path_fields(self) -> tuple[str, ...]:
        """Fields that stand in the path."""
        parts = self.path.split("/")
        return tuple(part[1:-1] for part in parts if part.startswith("{"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint(Operation):
    """A route that is served by its record.

    Attributes:
        answer: does it. It raises `CallerFixable` and `Unavailable`, nothing else.
    """

    asks: type[AskModel]
    gives: type[AnswerModel]
    answer: Callable[[AskModel], Awaitable[AnswerModel]]


_A = TypeVar("_A", bound=AskModel)
_R = TypeVar("_R", bound=AnswerModel)


def endpoint(
    method: Method,
    path: str,
    asks: type[_A],
    gives: type[_R],
    answer: Callable[[_A], Awaitable[_R]],
    *,
    name: str,
    about: str,
    links: tuple[Link, ...] = (),
    known_by: str = "",
) -> Endpoint:
    """A route whose function takes and gives what its models say (see `Endpoint`).

    `known_by`: the field of `asks` by which a request that is sent again is known, if there is one;
    such a route does without an ``Idempotency-Key``.
    """
    does = cast("Callable[[AskModel], Awaitable[AnswerModel]]", answer)
    return Endpoint(
        method=method,
        path=path,
        name=name,
        about=about,
        asks=asks,
        gives=gives,
        answer=does,
        links=links,
        keyed=_keyed(method, known_by),
    )


def _keyed(method: Method, known_by: str) -> Keyed:
    if method not in WRITES:
        return Keyed.NO
    return Keyed.MAY if method in _REPEATABLE or known_by else Keyed.MUST
