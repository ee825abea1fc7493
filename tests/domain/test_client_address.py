"""A visitor's address is what our own proxies say, never what the visitor says."""

import pytest

from nestpay.domain.client_address import client_address, is_loopback, network


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "hops", "address"),
    [
        ("203.0.113.9", "", 0, "203.0.113.9"),
        ("203.0.113.9", "198.51.100.1", 0, "203.0.113.9"),
        ("10.0.0.1", "203.0.113.9", 1, "203.0.113.9"),
        ("10.0.0.1", "1.1.1.1, 203.0.113.9", 1, "203.0.113.9"),
        ("10.0.0.1", "1.1.1.1, 203.0.113.9, 10.0.0.2", 2, "203.0.113.9"),
        ("10.0.0.1", "203.0.113.9", 2, "203.0.113.9"),
        ("10.0.0.1", "", 1, "10.0.0.1"),
        ("10.0.0.1", " , ", 1, "10.0.0.1"),
        ("10.0.0.1", "203.0.113.9:4711", 1, "203.0.113.9"),
        ("10.0.0.1", "[2001:db8::1]:4711", 1, "2001:db8::1"),
        ("::ffff:203.0.113.9", "", 0, "203.0.113.9"),
        ("fe80::1%eth0", "", 0, "fe80::1"),
        ("10.0.0.1", "nonsense", 1, ""),
        ("testclient", "", 0, ""),
    ],
)
def test_only_entries_of_trusted_proxies_count(peer: str, forwarded_for: str, hops: int, address: str) -> None:
    assert client_address(peer, forwarded_for, hops) == address


def test_one_visitor_of_ipv6_has_a_whole_network() -> None:
    assert network("2001:db8::1") == network("2001:db8::ffff")
    assert network("2001:db8:0:1::1") != network("2001:db8:0:2::1")
    assert network("203.0.113.9") != network("203.0.113.8")


def test_this_machine_is_known_by_its_address() -> None:
    assert is_loopback("127.0.0.1")
    assert is_loopback("::1")
    assert not is_loopback("203.0.113.9")
    assert not is_loopback("")
