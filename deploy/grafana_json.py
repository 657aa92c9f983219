"""Grafana's JSON of the boards, and the files it is kept in.

    python -m deploy.grafana_json --write

Source of the fields: Grafana's dashboard JSON model (https://grafana.com/docs/grafana/latest/
visualizations/dashboards/build-dashboards/view-dashboard-json-model/).
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pydantic import JsonValue

from deploy.boards import BOARDS, Board, Panel, PanelKind

FOLDER: Final = Path(__file__).parent / "grafana"
SCHEMA_VERSION: Final = 39
HEIGHT: Final = 8
WIDTH: Final = 12
ACROSS: Final = 24
DATASOURCE: Final[Mapping[str, JsonValue]] = {"type": "prometheus", "uid": "${datasource}"}


def dashboard(board: Board) -> dict[str, JsonValue]:
    """A board as Grafana imports it."""
    return {
        "uid": f"voiceagent-{board.slug}",
        "title": board.title,
        "tags": ["voiceagent"],
        "schemaVersion": SCHEMA_VERSION,
        "version": 1,
        "editable": True,
        "graphTooltip": 1,
        "refresh": "10s",
        "time": {"from": "now-1h", "to": "now"},
        "timezone": "browser",
        "annotations": {"list": []},
        "links": [
            {
                "title": "voiceagent",
                "type": "dashboards",
                "tags": ["voiceagent"],
                "asDropdown": True,
                "includeVars": True,
                "keepTime": True,
            }
        ],
        "templating": {
            "list": [
                {
                    "name": "datasource",
                    "label": "Prometheus",
                    "type": "datasource",
                    "query": "prometheus",
                    "refresh": 1,
                    "hide": 0,
                }
            ]
        },
        "panels": [_panel(number, one) for number, one in enumerate(board.panels)],
    }


def _panel(number: int, panel: Panel) -> dict[str, JsonValue]:
    columns = ACROSS // WIDTH
    return {
        "id": number + 1,
        "type": panel.kind.value,
        "title": panel.title,
        "description": panel.about,
        "datasource": dict(DATASOURCE),
        "gridPos": {
            "x": number % columns * WIDTH,
            "y": number // columns * HEIGHT,
            "w": WIDTH,
            "h": HEIGHT,
        },
        "fieldConfig": {"defaults": _defaults(panel), "overrides": []},
        "options": _options(panel),
        "targets": [
            {
                "refId": chr(ord("A") + place),
                "datasource": dict(DATASOURCE),
                "expr": query.expr,
                "legendFormat": query.legend or "__auto",
                "range": panel.kind is PanelKind.LINES,
                "instant": panel.kind is not PanelKind.LINES,
                **({"exemplar": True} if query.exemplars else {}),
            }
            for place, query in enumerate(panel.queries)
        ],
    }


def _defaults(panel: Panel) -> dict[str, JsonValue]:
    steps: list[JsonValue] = [{"color": "green", "value": None}]
    if panel.limit is not None:
        steps.append({"color": "red", "value": panel.limit})
    found: dict[str, JsonValue] = {
        "unit": panel.unit.value,
        "min": 0,
        "color": {"mode": "palette-classic" if panel.kind is PanelKind.LINES else "thresholds"},
        "thresholds": {"mode": "absolute", "steps": steps},
    }
    if panel.kind is PanelKind.LINES:
        found["custom"] = {
            "drawStyle": "line",
            "fillOpacity": 30 if panel.stacked else 5,
            "lineWidth": 1,
            "showPoints": "never",
            "stacking": {"group": "A", "mode": "normal" if panel.stacked else "none"},
            "thresholdsStyle": {"mode": "off" if panel.limit is None else "line"},
        }
    return found


def _options(panel: Panel) -> dict[str, JsonValue]:
    last: JsonValue = {"calcs": ["lastNotNull"], "fields": "", "values": False}
    match panel.kind:
        case PanelKind.LINES:
            return {
                "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True},
                "tooltip": {"mode": "multi", "sort": "desc"},
            }
        case PanelKind.NUMBER:
            return {"reduceOptions": last, "colorMode": "value", "graphMode": "none"}
        case PanelKind.BARS:
            return {
                "reduceOptions": last,
                "orientation": "horizontal",
                "displayMode": "basic",
                "showUnfilled": True,
            }


def files() -> dict[Path, str]:
    """Each board's file, and what must stand in it."""
    return {
        FOLDER / f"{board.slug}.json": json.dumps(dashboard(board), indent=2) + "\n"
        for board in BOARDS
    }


def main() -> None:
    """Print the files' names, or write them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    for path, text in files().items():
        if given.write:
            path.write_text(text)
        print(path)  # noqa: T201 - what was asked for


if __name__ == "__main__":
    main()
