"""Which hosts are the owner's own, by how an address is written; nothing is looked up."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voiceagent.domain.local_hosts import LocalHosts

OWN = (
    "127.0.0.1", "127.255.255.254", "10.0.0.0", "10.255.255.255", "172.16.0.1", "172.31.255.255",
    "192.168.0.1", "169.254.1.1", "::1", "fc00::1", "fdff:ffff::1", "fe80::1", "fe80::1%eth0",
    "::ffff:10.0.0.1", "::FFFF:7f00:1", "localhost", "LOCALHOST", "localhost.",
)  # fmt: skip
ELSEWHERE = (
    "8.8.8.8", "9.255.255.255", "11.0.0.0", "126.255.255.255", "128.0.0.1", "172.15.255.255",
    "172.32.0.0", "192.167.255.255", "192.169.0.0", "169.253.255.255", "169.255.0.0",
    "0.0.0.0", "100.64.0.1", "192.0.2.1", "198.18.0.1", "224.0.0.1", "255.255.255.255",
    "::", "::2", "fbff::1", "fe00::1", "fec0::1", "ff02::1", "2001:db8::1", "::ffff:8.8.8.8",
    "64:ff9b::a00:1", "2002:a00:1::", "::10.0.0.1",
    "", "ollama", "ollama.lan", "gpu.local", "api.openai.com", "localhost.example.com",
    "foo.localhost", "127.0.0.1.example.com", "127.1", "2130706433", "0x7f000001", "010.0.0.1",
    "10.0.0", "1\u09e6.0.0.1", "localhost..",
)  # fmt: skip
HOSTS = LocalHosts()


@pytest.mark.parametrize("host", OWN)
def test_own_hosts(host: str) -> None:
    assert HOSTS.hold(host)
    bare = host.replace("%", "%25")
    assert HOSTS.hold_url(f"http://{f'[{bare}]' if ':' in host else bare}:11434/v1")


@pytest.mark.parametrize("host", ELSEWHERE)
def test_everything_else_is_elsewhere(host: str) -> None:
    assert not HOSTS.hold(host)
    assert not HOSTS.hold_url(f"http://{f'[{host}]' if ':' in host else host}:11434/v1")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "127.0.0.1:11434",
        "http://",
        "http:///v1",
        "http://[::1",
        "http://me@10.0.0.1/",
        "http://10.0.0.1@api.example.com/",
        "http://api.example.com\\@127.0.0.1/v1",
        "http://127.0.0.1\\.example.com/",
        "http://127.0.0.1%2eexample.com/",
        "http://127.0.0.1\n.example.com/",
        " http://127.0.0.1/",
        "http://api.example.com/127.0.0.1",
        "http://api.example.com#127.0.0.1",
        "http://api.example.com?127.0.0.1",
    ],
)
def test_what_two_readers_may_read_differently_is_elsewhere(url: str) -> None:
    assert not HOSTS.hold_url(url)


@settings(max_examples=30)
@given(st.ip_addresses(v=4), st.ip_addresses(v=6))
def test_no_address_of_the_open_net_is_own(
    old: IPv4Address | IPv6Address, new: IPv4Address | IPv6Address
) -> None:
    """By the standard library's tables, which were made by others than ours."""
    for address in (old, new, ip_network(f"::ffff:{old}")[0]):
        assert not (HOSTS.hold(str(address)) and address.is_global)


def test_the_owner_vouches_for_names_and_for_no_others() -> None:
    hosts = LocalHosts.written("Ollama.lan, gpu1  100.64.0.7,")
    for host in ("ollama.lan", "OLLAMA.LAN.", "gpu1", "100.64.0.7", "10.1.2.3"):
        assert hosts.hold(host), host
    for host in ("ollama", "lan", "x.ollama.lan", "ollama.lan.example.com", "gpu2", "100.64.0.8"):
        assert not hosts.hold(host), host
    assert LocalHosts.written("") == LocalHosts()


@pytest.mark.parametrize("text", ["http://gpu1", "gpu1:11434", "*.lan", "a, -b", "[::1]", "a..b"])
def test_what_is_no_name_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="host names"):
        LocalHosts.written(text)
