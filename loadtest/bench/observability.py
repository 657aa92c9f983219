"""What it costs to watch the engine: processor time with each kind of observation, and without.

    ./run bench observability [--calls 8] [--seconds 40] [--rounds 2]

Each run is a load test on emulated providers (`./run loadtest --parts emulated`), its engine pinned
to a core. A round has a run without anything, and one with each of: sound recordings, incident
recordings, traces to a receiver, metrics that are scraped every second, and all of them. The runs
of a round follow each other, so that a machine that grows slower does so for all. Told: processor
milliseconds of the engine for a second of a call, the difference to the bare run of the same round,
and voice-to-voice.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import MappingProxyType
from typing import Final

from loadtest.bench.subjects import ROOT, BenchError, two_cores

SCRAPE_S: Final = 1.0
BARE: Final = "nothing"
METRICS: Final = "metrics"
ALL: Final = "all"
RECORDING: Final[Mapping[str, str]] = MappingProxyType({"CALL_RECORDING": "on"})
INCIDENTS: Final[Mapping[str, str]] = MappingProxyType({"INCIDENT_RECORDING": "on"})
TRACES: Final = "OTEL_EXPORTER_OTLP_ENDPOINT"


@dataclass(frozen=True, slots=True)
class Watched:
    """One run.

    Attributes:
        kind: what was watched.
        cpu_ms: of the engine, helper processes included, for a second of one call.
        v2v_p50_ms: voice-to-voice on the wire.
        v2v_p95_ms: the same, of the slowest in twenty.
        arrived: requests of the trace exporter, or scrapes that were answered.
    """

    kind: str
    cpu_ms: float
    v2v_p50_ms: float
    v2v_p95_ms: float
    arrived: int


class _Receiver(BaseHTTPRequestHandler):
    """Takes traces and forgets them."""

    arrived = 0

    def do_POST(self) -> None:
        """One export."""
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        type(self).arrived += 1
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Say nothing."""


@contextmanager
def receiver() -> Iterator[tuple[str, type[_Receiver]]]:
    """Where traces go, and who counts them."""

    class Receiver(_Receiver):
        """Of this run."""

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=listening.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listening.server_port}", Receiver
    finally:
        listening.shutdown()
        listening.server_close()


class Scraper(threading.Thread):
    """Asks the engine that a command has started for its metrics, again and again."""

    def __init__(self, parent: int) -> None:
        super().__init__(daemon=True)
        self._parent = parent
        self._stop_it = threading.Event()
        self.answered = 0

    def run(self) -> None:
        """Until `stop`."""
        while not self._stop_it.wait(SCRAPE_S):
            port = _port_of_child(self._parent)
            if port is None:
                continue
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as page:
                    page.read()
            except OSError:
                continue
            self.answered += 1

    def stop(self) -> None:
        """Ask no more."""
        self._stop_it.set()
        self.join()


def _port_of_child(parent: int) -> str | None:
    """Where a ``serve`` that this process has started listens; it is told by its environment."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if f"\nPPid:\t{parent}\n" not in (folder / "status").read_text():
                continue
            if b"\0serve\0" not in (folder / "cmdline").read_bytes():
                continue
            for one in (folder / "environ").read_bytes().split(b"\0"):
                if one.startswith(b"PORT="):
                    return one.removeprefix(b"PORT=").decode()
        except OSError:
            continue
    return None


def one_run(kind: str, calls: int, seconds: float, core: int) -> Watched:
    """A load test with one kind of observation.

    Raises:
        BenchError: it could not be run, or nothing that was to be observed arrived.
    """
    with (
        tempfile.TemporaryDirectory(prefix="voiceagent-watched-") as folder,
        receiver() as (url, to),
    ):
        environment = dict(os.environ)
        environment |= RECORDING if kind in {"recording", ALL} else {}
        environment |= INCIDENTS if kind in {"incidents", ALL} else {}
        environment |= {TRACES: url} if kind in {"traces", ALL} else {}
        load = ("loadtest", "--parts", "emulated", "--calls", str(calls), "--ramp", "5")
        limits = ("--seconds", str(seconds), "--core", str(core), "--report", folder)
        command = [sys.executable, "-m", "voiceagent", *load, *limits]
        with Path(folder, "output").open("wb") as output:
            process = subprocess.Popen(  # noqa: S603 - our own command
                command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT
            )
            scraper = Scraper(process.pid) if kind in {METRICS, ALL} else None
            if scraper is not None:
                scraper.start()
            status = process.wait()
            if scraper is not None:
                scraper.stop()
        report = Path(folder, "report.json")
        if status or not report.exists():
            raise BenchError(f"{kind}: {Path(folder, 'output').read_text()[-2000:]}")
        body = json.loads(report.read_text())
    arrived = to.arrived + (scraper.answered if scraper is not None else 0)
    if kind in {"traces", METRICS, ALL} and not arrived:
        raise BenchError(f"{kind}: nothing arrived")
    v2v = body["spreads"]["v2v"]
    cpu_ms = float(body["counts"]["engine_cpu_ms"])
    return Watched(kind, cpu_ms, float(v2v["p50_ms"]), float(v2v["p95_ms"]), arrived)


KINDS: Final = (BARE, "recording", "incidents", "traces", METRICS, ALL)


def table(rounds: Sequence[Sequence[Watched]]) -> str:
    """The figures of all rounds as text: each kind beside the bare run of its own round."""
    lines = ["watched     round  engine ms/call-s  more  v2v p50  v2v p95  arrived"]
    for number, runs in enumerate(rounds, start=1):
        bare = next(run.cpu_ms for run in runs if run.kind == BARE)
        lines += [
            f"{run.kind:<11} {number:>5} {run.cpu_ms:>17.2f} {run.cpu_ms - bare:>+5.2f}"
            f" {run.v2v_p50_ms:>8.0f} {run.v2v_p95_ms:>8.0f} {run.arrived:>8}"
            for run in runs
        ]
    return "\n".join(lines)


def main() -> None:
    """Run the rounds and print the table."""
    parser = argparse.ArgumentParser(prog="./run bench observability", description=__doc__)
    parser.add_argument("--calls", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=40.0, help="length of a run")
    parser.add_argument("--rounds", type=int, default=2)
    given = parser.parse_args()
    core, _ = two_cores()
    rounds = []
    for number in range(given.rounds):
        runs = []
        for kind in KINDS if number % 2 == 0 else reversed(KINDS):
            print(f"round {number + 1}, {kind} ...", file=sys.stderr, flush=True)  # noqa: T201
            runs.append(one_run(kind, given.calls, given.seconds, core))
        rounds.append(runs)
    print(table(rounds))  # noqa: T201


if __name__ == "__main__":
    main()
