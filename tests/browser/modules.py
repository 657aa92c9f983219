"""The page's modules, one by one, in the browser: codec, resampler, buffer, protocol, table.

What is run there is in `checks`, a function of the module each; what must come of it is here.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import numpy as np

from loadtest.simulator import g711
from telephony.twilio.codec import Connected, Decoder, Dtmf, Mark, Start, Stop
from tests.browser.devtools import Page

CHECKS: Final = {
    path.stem: path.read_text(encoding="utf-8")
    for path in (Path(__file__).parent / "checks").glob("*.js")
}
SAMPLES: Final = list(range(-32768, 32768, 7))


async def check_modules(page: Page) -> list[str]:
    """What is wrong with them, in words."""
    found = []
    for check in (codec, resampler, playout, protocol, table):
        try:
            await check(page)
        except AssertionError as error:
            found.append(f"{check.__name__}: {error}")
    return found


async def with_module(page: Page, name: str, function: str) -> Any:
    """What a function makes of a module of the page."""
    return await page.run(f"import('/phone/{name}.js').then({function})")


async def codec(page: Page) -> None:
    """Every code means what it does to a carrier, and every sample gets a carrier's code."""
    given = f"Float32Array.from({json.dumps(SAMPLES)}, (s) => s / 32768)"
    codes = await with_module(page, "g711", f"(m) => [...m.encodeAll({given})]")
    linear = await with_module(page, "g711", "(m) => [...m.LINEAR].map((s) => s * 32768)")
    assert [round(value) for value in linear] == g711.decode(bytes(range(256))).tolist()
    assert bytes(codes) == g711.encode(np.array(SAMPLES, np.int16))


async def resampler(page: Page) -> None:
    """A tone keeps its level and its pitch; what lies above the band is gone."""
    for rate, to, hertz, got in await with_module(page, "resample", CHECKS["resampler"]):
        assert abs(got["count"] - to) <= 2, (rate, to, got)
        if hertz > min(rate, to) / 2:
            assert got["level"] < 0.02, (rate, to, hertz, got)
        else:
            assert 0.95 < got["level"] < 1.05, (rate, to, hertz, got)
            assert abs(got["hertz"] - hertz) <= 3, (rate, to, hertz, got)


async def playout(page: Page) -> None:
    """Order, marks, `clear`, and a buffer that grows after a chop."""
    told = await with_module(page, "playout", CHECKS["playout"])
    assert told["atOnce"] == ["at once"]
    assert (told["early"], told["one"]) == ([], ["one"])
    assert (told["almost"], told["two"]) == ([], ["two"])
    assert (told["cleared"], told["afterClear"]) == (["three", "four"], [])
    assert told["afterwards"] < 60, "silence after clear"
    assert told["waits"] == 0
    assert told["short"] >= 80, "short speech is played after a moment"
    assert told["grew"]
    assert told["chops"] == 1
    assert told["pause"] == 0, "a pause is no chop"


async def protocol(page: Page) -> None:
    """What the page writes is what the engine's decoder reads, by its short cut too."""
    told = [text.encode() for text in await with_module(page, "carrier", CHECKS["written"])]
    decoder = Decoder()
    events = [decoder.decode(text) for text in told]
    assert isinstance(events[0], Connected)
    assert isinstance(events[1], Start)
    assert dict(events[1].parameters) == {"token": "t"}
    decoder.bind("MZ1", "CA1")
    sounds = [decoder.sound(text) for text in told[2:4]]
    assert sounds == [(bytes(range(160)), 0, 1), (bytes(range(160)), 40, 3)], sounds
    assert [type(event) for event in events[4:]] == [Mark, Dtmf, Stop]
    assert await with_module(page, "carrier", CHECKS["read"]) == [
        *(None, None, None, None, None),
        {"clear": True},
        {"mark": "a"},
        [0, 1, 255],
    ]


async def table(page: Page) -> None:
    """Every state is reached, every act can be performed, and `leave` ends all but the last."""
    told = await with_module(page, "call", CHECKS["table"])
    assert told["lacking"] == []
    assert set(told["to"]) == set(told["states"]) - {"asking"}
    assert told["stay"] == ["over"]
