"""espeak-ng's speaking process: ``python -m pipelines.offline.espeak_process NICENESS``.

A program of its own, so that a library under the GPL-3 stays at arm's length.
"""

from __future__ import annotations

from pipelines.offline.espeak import Espeak
from pipelines.offline.speaking import serve


def start() -> Espeak:
    """The library, with its usual voice loaded."""
    engine = Espeak()
    engine.speak("ready", voice="en-us", words_per_minute=200, heard=lambda *_: True)
    return engine


if __name__ == "__main__":
    serve(start)
