"""The carrier's end of a stream, without a socket or a clock."""

from __future__ import annotations

import ast
import base64
import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from loadtest.simulator.media_stream import MediaStreamClient
from loadtest.simulator.messages import Invalid, OutboundMedia, StreamIds
from loadtest.simulator.playout import PlayoutBuffer

ROOT = Path(__file__).parents[2]
IDS = StreamIds("AC1", "CA1", "MZ1")


def client() -> MediaStreamClient[int]:
    return MediaStreamClient(IDS, {"token": "t"}, PlayoutBuffer(0))


def media(samples: int) -> str:
    payload = base64.b64encode(b"x" * samples).decode()
    return json.dumps({"event": "media", "streamSid": "MZ1", "media": {"payload": payload}})


def mark(name: str) -> str:
    return json.dumps({"event": "mark", "streamSid": "MZ1", "mark": {"name": name}})


CLEAR = json.dumps({"event": "clear", "streamSid": "MZ1"})


def names(messages: tuple[str, ...]) -> list[str]:
    return [json.loads(message)["mark"]["name"] for message in messages]


def test_a_stream_from_connected_to_stop() -> None:
    carrier = client()
    connected, start = (json.loads(message) for message in carrier.opening())
    assert connected["event"] == "connected"
    assert start["start"]["customParameters"] == {"token": "t"}
    first, second = (json.loads(carrier.media(b"x" * 160)) for _ in range(2))
    key, stop = json.loads(carrier.dtmf("5")), json.loads(carrier.stop())
    assert [first["media"]["timestamp"], second["media"]["timestamp"]] == ["0", "20"]
    order = [message["sequenceNumber"] for message in (start, first, second, key, stop)]
    assert order == ["1", "2", "3", "4", "5"]


def test_a_mark_waits_for_the_sound_before_it() -> None:
    carrier = client()
    received = carrier.receive(100, media(800))
    assert (received.plays_8k, received.echoes) == (100, ())
    assert carrier.receive(110, mark("a")).echoes == ()
    assert carrier.due(899) == ()
    assert names(carrier.due(900)) == ["a"]
    assert names(carrier.receive(1000, mark("b")).echoes) == ["b"], "nothing is playing"


def test_clear_returns_every_mark_at_once() -> None:
    carrier = client()
    for message in (media(8000), mark("a"), media(8000), mark("b")):
        carrier.receive(0, message)
    assert names(carrier.receive(4000, CLEAR).echoes) == ["a", "b"]
    assert carrier.receive(4100, media(160)).plays_8k == 4100
    assert carrier.due(100_000) == ()


def test_what_a_carrier_refuses_changes_nothing() -> None:
    carrier = client()
    for bad in ("{", "[]", mark("x").replace("MZ1", "MZ2"), CLEAR.replace("clear", "stop")):
        received = carrier.receive(0, bad)
        assert isinstance(received.message, Invalid)
        assert received.echoes == ()
    assert carrier.due(1) == ()


STEPS = st.lists(
    st.tuples(st.integers(0, 3000), st.sampled_from(("media", "mark", "clear", "due"))),
    max_size=60,
)


@given(STEPS)
def test_every_mark_comes_back_once_in_order_and_not_too_early(
    steps: list[tuple[int, str]],
) -> None:
    carrier = client()
    now = dry = 0
    due_at: dict[str, int] = {}
    back: list[str] = []
    for number, (pause, what) in enumerate(steps):
        now += pause
        match what:
            case "media":
                echoes = carrier.receive(now, media(400)).echoes
                dry = max(dry, now) + 400
            case "mark":
                due_at[str(number)] = max(dry, now)
                echoes = carrier.receive(now, mark(str(number))).echoes
            case "clear":
                echoes = carrier.receive(now, CLEAR).echoes
                dry = min(dry, now)
                due_at |= {name: min(at, now) for name, at in due_at.items()}
            case _:
                echoes = carrier.due(now)
        back += names(echoes)
        assert all(due_at[name] <= now for name in back)
    back += names(carrier.due(max(now, dry)))
    assert back == list(due_at)


def test_sound_is_taken_as_it_was_sent() -> None:
    message = client().receive(0, media(161)).message
    assert message == OutboundMedia(b"x" * 161)


def test_the_protocol_is_written_down_once() -> None:
    """Whoever speaks it in the load rig goes through the client; no second emulation grows."""
    parts = {"StreamWriter", "parse", "CONNECTED"}
    users = set()
    for path in (ROOT / "loadtest").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.ImportFrom):
                continue
            of_messages = node.module == "loadtest.simulator.messages"
            if of_messages and parts & {alias.name for alias in node.names}:
                users.add(path.stem)
    assert users == {"media_stream"}
