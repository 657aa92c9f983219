"""What a person is told before a transferred call is connected, kept until it is fetched."""

from __future__ import annotations

CAPACITY = 256


class WhisperTexts:
    """A small memory; when it is full the oldest entry goes. A copy of a request reads the same.

    It lives in this process: when another worker is asked, the person hears no briefing and the
    call is connected all the same.
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._texts: dict[str, str] = {}

    def put(self, leg: str, text: str) -> None:
        """Keep `text` for the callback with this `leg`."""
        while len(self._texts) >= self._capacity:
            del self._texts[next(iter(self._texts))]
        self._texts[leg] = text

    def read(self, leg: str) -> str:
        """The text; ``""`` when there is none."""
        return self._texts.get(leg, "")
