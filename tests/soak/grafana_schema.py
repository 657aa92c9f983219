"""Whether Grafana knows every field of the boards, by the types that it publishes for Python.

What those types do not know they leave out when they read a board; so whatever is missing when it
is written again is no field of Grafana's.

Source: https://github.com/grafana/grafana-foundation-sdk (generated from Grafana's own schemas)
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard
from pydantic import JsonValue

from deploy.grafana_json import FOLDER


def unknown_fields() -> list[str]:
    """Paths of fields that Grafana does not know, of every board."""
    register_default_plugins()
    found = []
    for file in sorted(FOLDER.glob("*.json")):
        board = json.loads(file.read_text())
        known = json.loads(JSONEncoder().encode(Dashboard.from_json(board)))
        found += [f"{file.name}{path}" for path in lost(board, known)]
    return found


def lost(written: JsonValue, known: JsonValue, path: str = "") -> Iterator[str]:
    """Paths of what stands in `written` and not in `known`."""
    match written:
        case dict():
            there = known if isinstance(known, dict) else {}
            for name, value in written.items():
                if name not in there:
                    yield f"{path}.{name}"
                else:
                    yield from lost(value, there[name], f"{path}.{name}")
        case list():
            items = known if isinstance(known, list) else []
            for number, value in enumerate(written):
                if number >= len(items):
                    yield f"{path}[{number}]"
                else:
                    yield from lost(value, items[number], f"{path}[{number}]")
        case _:
            pass
