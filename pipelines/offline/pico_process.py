"""SVOX Pico's speaking process: ``python -m pipelines.offline.pico_process NICENESS``."""

from __future__ import annotations

from pipelines.offline.pico import Pico
from pipelines.offline.speaking import serve


def start() -> Pico:
    """The library, with its usual voice loaded."""
    engine = Pico()
    engine.speak("ready", voice="en-US", words_per_minute=180, heard=lambda *_: True)
    return engine


if __name__ == "__main__":
    serve(start)
