"""The document of the interface: OpenAPI 3.1, from the routes as they are served.

Source: https://spec.openapis.org/oas/v3.1.1.html. A security requirement lists the scope that a
token needs, as 3.1 allows for tokens of any kind.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, cast

from pydantic import BaseModel, ConfigDict, JsonValue

from voiceagent.app.web.access import SCOPES
from voiceagent.app.web.api.endpoint import HAS_BODY, WRITES, Keyed, Operation
from voiceagent.app.web.once import IDEMPOTENCY_KEY, LONGEST_KEY

Json = dict[str, JsonValue]

_REF: Final = "#/components/schemas/{model}"
_JSON: Final = "application/json"


class ErrorBody(BaseModel):
    """What went wrong: `code` is stable, `field` the dotted path of what is at fault, or empty."""

    model_config = ConfigDict(extra="forbid")

    code: str
    message: str
    field: str


class ErrorAnswer(BaseModel):
    """Every answer that is none."""

    model_config = ConfigDict(extra="forbid")

    error: ErrorBody


_WRONG: Final[Mapping[str, str]] = {
    "400": "The body or the Idempotency-Key is missing or cannot be read.",
    "401": "No token that is good came with it.",
    "403": "The token has not the scope, or no token can be used here.",
    "404": "What is named is not there.",
    "409": "It cannot be done as things stand now.",
    "413": "The body is too large.",
    "415": "The body is compressed.",
    "422": "What is asked for cannot be; `field` says where.",
    "429": "Too many requests.",
    "503": "A part of ours is down: nothing was done, ask again after Retry-After.",
}


@dataclass(frozen=True, slots=True)
class Described:
    """What the document says of the whole.

    Attributes:
        title: whose interface it is.
        version: of the interface.
        server: where it is served, without a slash at its end.
    """

    title: str
    version: str
    server: str


def document_of(operations: Sequence[Operation], described: Described) -> Json:
    """The OpenAPI document of these routes."""
    schemas: Json = {}
    _component(schemas, ErrorAnswer)
    paths: dict[str, Json] = {}
    for one in operations:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one, operations, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": described.title, "version": described.version},
        "servers": [{"url": described.server}],
        "paths": cast("JsonValue", paths),
        "components": {
            "schemas": schemas,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(one: Operation, others: Sequence[Operation], schemas: Json) -> Json:
    schema = one.asks.model_json_schema(ref_template=_REF)
    for name, part in schema.pop("$defs", {}).items():
        _put(schemas, name, part)
    properties = cast("Json", schema.get("properties", {}))
    required = cast("list[str]", schema.get("required", []))
    parameters: list[JsonValue] = []
    for name, its in properties.items():
        in_path = name in one.path_fields
        if in_path or one.method not in HAS_BODY:
            place = "path" if in_path else "query"
            parameters.append(
                {"name": name, "in": place, "required": name in required, "schema": its}
            )
    if one.keyed is not Keyed.NO:
        parameters.append(
            {
                "name": IDEMPOTENCY_KEY,
                "in": "header",
                "required": one.keyed is Keyed.MUST,
                "description": "The same key and request again get the first answer.",
                "schema": {
                    "type": "string",
                    "pattern": "^[ -~]*$",
                    "minLength": int(one.keyed is Keyed.MUST),
                    "maxLength": LONGEST_KEY,
                },
            }
        )
    found: Json = {
        "operationId": one.name,
        "description": one.about,
        "parameters": parameters,
        "security": [{"token": [SCOPES[one.method, one.route or one.path].value]}],
        "responses": _responses(one, others, schemas),
    }
    if one.method in HAS_BODY:
        body: Json = {
            "type": "object",
            "title": one.asks.__name__,
            "description": schema.get("description", ""),
            "properties": {n: s for n, s in properties.items() if n not in one.path_fields},
            "required": [name for name in required if name not in one.path_fields],
            "additionalProperties": False,
        }
        _put(schemas, one.asks.__name__, body)
        content: JsonValue = {_JSON: {"schema": {"$ref": _REF.format(model=one.asks.__name__)}}}
        found["requestBody"] = {"required": True, "content": content}
    return found


def _responses(one: Operation, others: Sequence[Operation], schemas: Json) -> Json:
    good: Json = {
        "description": "Done." if one.method in WRITES else "The answer.",
        "content": {_JSON: {"schema": _component(schemas, one.gives)}},
    }
    known = {other.name for other in others}
    links: Json = {
        f"{link.operation}.{link.parameter}": {
            "operationId": link.operation,
            "parameters": {link.parameter: f"$response.body#/{link.field}"},
        }
        for link in one.links
        if link.operation in known
    }
    if links:
        good["links"] = links
    wrong: JsonValue = {_JSON: {"schema": {"$ref": _REF.format(model="ErrorAnswer")}}}
    found: Json = {"200": good}
    for number, when in one.also:
        found[str(number)] = {"description": when, "content": good["content"]}
    for status, text in _WRONG.items():
        found[status] = {"description": text, "content": wrong}
    return found


def _component(schemas: Json, model: type[BaseModel]) -> Json:
    """A reference to a model, which is put among the schemas with all that it is made of."""
    schema = model.model_json_schema(mode="serialization", ref_template=_REF)
    for name, part in schema.pop("$defs", {}).items():
        _put(schemas, name, part)
    _put(schemas, model.__name__, schema)
    return {"$ref": _REF.format(model=model.__name__)}


def _put(schemas: Json, name: str, schema: JsonValue) -> None:
    """Name a schema.

    Raises:
        ValueError: two models have the name.
    """
    if schemas.setdefault(name, schema) != schema:
        raise ValueError(f"two models are named {name}")
