from __future__ import annotations

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from telephony.twilio.fields import MAX_MESSAGE_BYTES
from telephony.twilio.media_tap import MediaTap, frame_at, unmasked

KEY = b"\x12\x34\x56\x78"


def frame(first: int, payload: bytes, key: bytes = KEY) -> bytes:
    """A client's frame (RFC 6455, 5.2); an empty key leaves the mask out."""
    mask = 0x80 if key else 0
    size = len(payload)
    if size < 126:
        head = bytes([first, mask | size])
    elif size < 65536:
        head = bytes([first, mask | 126]) + size.to_bytes(2)
    else:
        head = bytes([first, mask | 127]) + size.to_bytes(8)
    return head + key + bytes(b ^ key[i % 4] if key else b for i, b in enumerate(payload))


class Inner(asyncio.Protocol):
    """aiohttp's place: keeps what it is given."""

    def __init__(self) -> None:
        self.got: list[bytes] = []
        self.lost = False

    def data_received(self, data: bytes) -> None:
        self.got.append(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost = True


def tapped() -> tuple[MediaTap, Inner, list[bytes]]:
    inner, taken = Inner(), []
    tap = MediaTap(inner)

    def take(message: bytes) -> bool:
        if message.startswith(b"no"):
            return False
        taken.append(message)
        return True

    tap.open(take)
    return tap, inner, taken


FRAMES = st.lists(
    st.tuples(
        st.sampled_from([0x81, 0x81, 0x01, 0x80, 0x82, 0x88, 0x89, 0x8A, 0xC1]),
        st.sampled_from([b"yes", b"no", b"", b"y" * 130, b"n" * 200, b"no" * 70, b"y" * 65530]),
        st.sampled_from([KEY, KEY, b"\x00\x00\x00\x00", b""]),
    ),
    max_size=8,
)


@given(frames=FRAMES, cuts=st.lists(st.integers(1, 400), max_size=40))
def test_however_the_stream_is_cut_every_frame_goes_one_way_and_whole(
    frames: list[tuple[int, bytes, bytes]], cuts: list[int]
) -> None:
    tap, inner, taken = tapped()
    stream = b"".join(frame(*f) for f in frames)
    for cut in cuts:
        tap.data_received(stream[:cut])
        stream = stream[cut:]
    tap.data_received(stream)
    ours = [f for f in frames if f[0] == 0x81 and f[2] and not f[1].startswith(b"no")]
    assert taken == [payload for _, payload, _ in ours]
    assert inner.got == [frame(*f) for f in frames if f not in ours]


def test_what_is_not_open_goes_to_aiohttp() -> None:
    tap, inner, taken = tapped()
    tap.close()
    tap.data_received(frame(0x81, b"yes"))
    assert (len(inner.got), taken) == (1, [])
    tap.open(lambda _: True)
    tap.connection_lost(None)
    assert inner.lost


def test_a_message_that_is_too_long_is_not_waited_for() -> None:
    tap, inner, taken = tapped()
    whole = frame(0x81, b"y" * (MAX_MESSAGE_BYTES + 1))
    tap.data_received(frame(0x81, b"yes") + whole[:100])
    assert inner.got == [whole[:100]]
    tap.data_received(whole[100:])
    tap.data_received(frame(0x81, b"yes"))
    assert b"".join(inner.got) == whole + frame(0x81, b"yes")
    assert taken == [b"yes"]


def test_an_empty_payload_has_no_mask_to_take_off() -> None:
    assert unmasked(KEY, b"") == b""
    assert frame_at(frame(0x89, b""), 0) == (6, 6)
    assert frame_at(b"\x81", 0) is None
    assert frame_at(b"\x81\xff\x00\x00", 0) is None
