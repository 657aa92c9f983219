"""The page and the record, as files."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from loadtest.replay.figures import slowest
from loadtest.replay.results import RunResult
from loadtest.report import sections
from loadtest.report.audio import SHOWN, Clip, clips
from loadtest.report.markup import Markup, el, joined
from loadtest.report.style import STYLE

RECORD: Final = "report.json"
PAGE: Final = "report.html"

POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; media-src data:"
"""Nothing is fetched and no script runs, whatever a caller has said."""


def page(result: RunResult, sounds: Mapping[str, Clip]) -> str:
    """The page of a run.

    Args:
        result: its record.
        sounds: of calls, by SID.
    """
    worst = slowest(result.calls, SHOWN)
    body = joined(
        el(
            "main",
            el("header", sections.head(result)),
            sections.budgets(result),
            sections.latencies(result),
            sections.waterfalls(result),
            sections.distribution(result),
            sections.over_time(result),
            sections.injected(result),
            sections.slow_calls(worst, sounds),
            sections.all_calls(result),
            sections.foot(result),
        )
    )
    top = joined(
        el("meta", charset="utf-8"),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", http_equiv="Content-Security-Policy", content=POLICY),
        el("title", f"Load test: {result.target.business}"),
        el("style", Markup(STYLE)),
    )
    return "<!doctype html>\n" + el("html", el("head", top), el("body", body), lang="en") + "\n"


def check_folder(folder: Path) -> None:
    """See to it that `write_report` will be able to write there, before there is something to lose.

    Args:
        folder: made when it is not there; the one above it must be.

    Raises:
        ValueError: one sentence.
    """
    if not folder.absolute().parent.is_dir():
        raise ValueError(f"{folder}: there is no folder {folder.absolute().parent} to put it into")
    try:
        folder.mkdir(exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise ValueError(f"{folder}: nothing can be written there: {error.strerror}") from None
    for one in (folder / RECORD, folder / PAGE):
        if one.exists() and not (one.is_file() and os.access(one, os.W_OK)):
            raise ValueError(f"{one}: it is there already and cannot be written over")


def write_report(result: RunResult, recordings: Mapping[str, Path], folder: Path) -> Path:
    """Write ``report.html`` and ``report.json``.

    Args:
        result: the record.
        recordings: stereo WAV of calls worth hearing, by SID.
        folder: made when it is not there.

    Returns:
        the page.

    Raises:
        OSError: the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    worth = [call.call_sid for call in slowest(result.calls, SHOWN)]
    (folder / RECORD).write_text(result.model_dump_json(indent=1) + "\n", encoding="utf-8")
    path = folder / PAGE
    path.write_text(page(result, clips(recordings, worth)), encoding="utf-8")
    return path
