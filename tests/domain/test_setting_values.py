"""Values of settings, by the kind of setting: what is refused, and that it is never repeated."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiceagent.domain.setting_values import (
    NumberSetting,
    address_fault,
    is_address,
    key_fault,
    networks,
    plain_address,
    plain_host,
)
from voiceagent.errors import OwnerFixable

SHARE = NumberSetting("SHARE", 0.05, least=0, most=1, like="0.05")
NICE = NumberSetting("NICE", 10, least=0, most=19, like="10", whole=True)


@pytest.mark.parametrize(
    ("key", "says"),
    [
        ("\u201csk-abc\u201d", "quotation mark"),
        ("'sk-abc'", "quotation mark"),
        ("sk-abc\u2019", "quotation mark"),
        ("sk abc", "blank"),
        (" sk-abc", "blank"),
        ("sk-abc\n", "blank or a line end"),
        ("sk-abc\r", "blank or a line end"),
        ("sk-\u00a0abc", "blank"),
        ("\ufeffsk-abc", "cannot be seen"),
        ("sk-\u200babc", "cannot be seen"),
        ("sk-\x00abc", "cannot be seen"),
        ("sk-schl\u00fcssel", "no key has"),
    ],
)
def test_a_key_that_was_pasted_with_more_than_itself_is_told_with_what(key: str, says: str) -> None:
    fault = key_fault(key)
    assert fault is not None
    assert says in fault
    assert "abc" not in fault


@given(st.from_regex(r"[A-Za-z0-9_.:/+=-]{0,200}", fullmatch=True))
def test_every_key_that_a_header_can_carry_passes(key: str) -> None:
    assert key_fault(key) is None


@given(st.text(min_size=1))
def test_what_passes_as_a_key_can_be_sent_in_a_header(key: str) -> None:
    if key_fault(key) is None:
        assert key.isascii()
        assert key.isprintable()
        assert " " not in key


@pytest.mark.parametrize(
    "text", ["abc", "-0.1", "1.5", "nan", "inf", "1_0", "\u0663", " 0.5", "0x1"]
)
def test_a_share_is_a_number_between_nought_and_one(text: str) -> None:
    with pytest.raises(OwnerFixable) as caught:
        SHARE.read(text)
    assert (caught.value.code, caught.value.where) == ("settings.value", "SHARE")
    assert "from 0 to 1, like 0.05" in caught.value.message


@pytest.mark.parametrize("text", ["20", "-1", "1.0", "1e1", "99", "ten"])
def test_a_whole_number_is_one(text: str) -> None:
    with pytest.raises(OwnerFixable, match="a whole number from 0 to 19"):
        NICE.read(text)


def test_what_is_right_is_read_and_what_is_empty_is_usual() -> None:
    assert [SHARE.read(text) for text in ("", "0", "1", "0.25", ".5", "1e-2")] == [
        0.05, 0.0, 1.0, 0.25, 0.5, 0.01,
    ]  # fmt: skip
    assert [NICE.read(text) for text in ("", "0", "19")] == [10, 0, 19]


@given(st.text())
def test_a_number_is_within_its_bounds_or_refused(text: str) -> None:
    try:
        found = SHARE.read(text)
    except OwnerFixable:
        return
    assert 0 <= found <= 1


@pytest.mark.parametrize(
    ("host", "fits"),
    [
        ("127.0.0.1", True),
        ("0.0.0.0", True),
        ("::", True),
        ("::1", True),
        ("localhost", True),
        ("voice_1.internal", True),
        ("999.1.1.1", False),
        ("1.2.3", False),
        ("12", False),
        ("", False),
        ("a b", False),
        ("http://127.0.0.1", False),
        ("127.0.0.1:8080", False),
        ("[::1]", False),
        ("-a", False),
        ("a..b", False),
        ("a" * 300, False),
    ],
)
def test_a_host_is_an_address_or_a_name(host: str, fits: bool) -> None:
    if fits:
        assert plain_host(host) == host
        return
    with pytest.raises(ValueError, match="like 127"):
        plain_host(host)


@given(st.ip_addresses())
def test_every_address_is_a_host(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    assert plain_host(str(address))
    assert is_address(str(address))


@pytest.mark.parametrize(
    "url", ["", "api.x.com", "http://", "ftp://x", "http://x:99999", "http://x y", "\u201chttp://x\u201d",
            "http://[", "https://x\n"]
)  # fmt: skip
def test_what_is_no_address_is_refused(url: str) -> None:
    assert address_fault(url) is not None


@pytest.mark.parametrize("url", ["http://x", "wss://api.x.com/v1", "https://u:p@x:8443/v1?a=b"])
def test_an_address_is_one(url: str) -> None:
    assert address_fault(url) is None


@pytest.mark.parametrize(
    "url", ["https://x\nB=1", "https://x y", "x", "https://u@x", "http://x:0x"]
)
def test_an_address_that_is_shown_is_plain(url: str) -> None:
    with pytest.raises(ValueError, match="Write"):
        plain_address(url)


def test_networks_are_read_and_what_is_none_is_refused() -> None:
    assert [str(one) for one in networks("127.0.0.1, 10.0.0.0/8 ::1")] == [
        "127.0.0.1/32", "10.0.0.0/8", "::1/128",
    ]  # fmt: skip
    assert networks("") == ()
    for wrong in ("proxy", "10.0.0.1/8", "10.0.0.0/99"):
        with pytest.raises(ValueError, match="like 127"):
            networks(wrong)
