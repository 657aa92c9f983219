from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiceagent.core.capacity.placement import (
    ANSWER_S,
    CALLS_REMEMBERED,
    HEAD_BYTES,
    Head,
    Placement,
    read_head,
)

SID = "CA" + "0a" * 16


def form(body: bytes, path: str = "/incoming") -> bytes:
    return (
        b"POST %s HTTP/1.1\r\nHost: x\r\nContent-length: %d \r\n\r\n"
        % (
            path.encode(),
            len(body),
        )
        + body
    )


def ring(number: int) -> Head:
    return Head("/incoming", f"CA{number:032x}")


def test_a_form_tells_path_and_call() -> None:
    body = f"From=%2B15551230000&CallSid={SID}&To=x".encode()
    assert read_head(form(body, "/connect-action?leg=abc")) == Head("/connect-action", SID)
    assert read_head(form(b"CallSid=" + SID.encode())) == Head("/incoming", SID)


@given(st.integers(0, 200))
def test_a_request_in_pieces_is_waited_for(cut: int) -> None:
    whole = form(f"A=b&CallSid={SID}".encode())
    seen = whole[: min(cut, len(whole) - 1)]
    assert read_head(seen) is None
    assert read_head(whole) == Head("/incoming", SID)


@pytest.mark.parametrize(
    ("seen", "head"),
    [
        (b"GET /media/3 HTTP/1.1\r\nUpgrade: websocket\r\n\r\n", Head("/media/3", "")),
        (b"GET / HTTP/1.1\r\n\r\n", Head("/", "")),
        (b"\x16\x03\x01 no http\r\n\r\n", Head("", "")),
        (b"x" * HEAD_BYTES, Head("", "")),
        (form(b"CallSid=CAshort"), Head("/incoming", "")),
        (form(b"NotCallSid=" + SID.encode()), Head("/incoming", "")),
        (b"GET /\xff HTTP/1.1\r\n\r\n", Head("/\xff", "")),
    ],
)
def test_heads(seen: bytes, head: Head) -> None:
    assert read_head(seen) == head


@given(st.binary(max_size=400))
def test_no_bytes_are_an_error(seen: bytes) -> None:
    read_head(seen)


def up(*free: int) -> Placement:
    placement = Placement(len(free))
    for worker, room in enumerate(free):
        placement.report(worker, free=room, answered=0)
    return placement


def test_a_burst_is_spread_although_nobody_reports() -> None:
    placement = up(10, 10, 10)
    placed = [placement.place(ring(n), 0.0) for n in range(30)]
    assert sorted(placed.count(worker) for worker in range(3)) == [10, 10, 10]


@given(st.lists(st.integers(0, 20), min_size=1, max_size=6), st.data())
def test_room_is_used_up_before_anybody_is_sent_too_many(
    free: list[int], data: st.DataObject
) -> None:
    """Reports come in any mixture with calls; each counts exactly what was answered by then."""
    placement = up(*free)
    taken = [0] * len(free)
    answered = [0] * len(free)
    for number in range(sum(free)):
        worker = placement.place(ring(number), 0.0)
        assert worker is not None
        taken[worker] += 1
        assert taken[worker] <= free[worker]
        if data.draw(st.booleans()):
            reporter = data.draw(st.integers(0, len(free) - 1))
            answered[reporter] = data.draw(st.integers(answered[reporter], taken[reporter]))
            placement.report(
                reporter, free=free[reporter] - answered[reporter], answered=answered[reporter]
            )
    assert taken == free


def test_a_call_stays_where_it_is() -> None:
    placement = up(5, 5)
    first = placement.place(ring(1), 0.0)
    for _ in range(3):
        placement.place(Head("/", ""), 0.0)
        assert placement.place(Head("/status", ring(1).call_sid), 0.0) == first


def test_a_named_worker_gets_its_sockets_and_no_other() -> None:
    placement = up(5, 5)
    assert placement.place(Head("/media/1", ""), 0.0) == 1
    assert placement.place(Head("/media/2", ""), 0.0) is None
    placement.gone(1)
    assert placement.place(Head("/media/1", ""), 0.0) is None


def test_a_browser_phone_goes_on_at_its_worker_or_at_another_when_that_one_is_gone() -> None:
    placement = up(5, 5)
    assert placement.place(Head("/calls/1/CA1/events", ""), 0.0) == 1
    assert placement.place(Head("/phone/1/calls/CA1/stream", ""), 0.0) == 1
    placement.gone(1)
    assert placement.place(Head("/phone/1/calls/CA1/stream", ""), 0.0) == 0
    assert placement.place(Head("/calls/1/CA1/events", ""), 0.0) is None


def test_a_page_that_rings_takes_a_place_like_a_carrier() -> None:
    placement = up(1, 1)
    placed = {placement.place(Head("/phone/calls", ""), 0.0) for _ in range(2)}
    assert placed == {0, 1}


def test_calls_of_a_dead_worker_go_on_at_another() -> None:
    placement = up(1, 5)
    at = placement.place(ring(1), 0.0)
    assert at == 1
    placement.gone(1)
    assert placement.place(Head("/connect-action", ring(1).call_sid), 0.0) == 0
    placement.gone(0)
    assert placement.place(ring(2), 0.0) is None


def test_a_worker_that_was_started_again_does_not_jump_the_queue() -> None:
    placement = up(3, 3)
    assert [placement.place(ring(n), 0.0) for n in range(2)] == [0, 1]
    placement.gone(1)
    placement.report(0, free=2, answered=1)
    placement.report(1, free=2, answered=0)
    assert placement.place(ring(3), 0.0) == 0, "its turn was longest ago"


def test_full_workers_still_get_calls_to_refuse() -> None:
    assert up(0, 0).place(ring(1), 0.0) in {0, 1}


def test_a_place_taken_for_a_call_that_never_came_is_given_back() -> None:
    placement = up(1, 0)
    assert placement.place(ring(1), 0.0) == 0
    assert placement.place(ring(2), ANSWER_S + 1) == 0


def test_calls_are_not_remembered_for_ever() -> None:
    placement = up(10**6)
    for number in range(CALLS_REMEMBERED + 10):
        placement.place(Head("/status", ring(number).call_sid), 0.0)
    assert len(placement._calls) == CALLS_REMEMBERED


def test_a_form_that_waits_to_be_asked_for_is_not_waited_for() -> None:
    head = b"POST /sms HTTP/1.1\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n"
    assert read_head(head) == Head("/sms", "")
    assert read_head(head.replace(b"Expect", b"Expected")) is None
