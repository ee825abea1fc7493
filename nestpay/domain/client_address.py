"""Which address a visitor comes from, when requests pass through proxies that may be lied to."""

import ipaddress


def client_address(peer: str, forwarded_for: str, trusted_hops: int) -> str:
    """The visitor's IP address, or an empty text when there is none to be known.

    `peer` is who opened the connection, `forwarded_for` the `X-Forwarded-For` header (several joined by commas), and
    `trusted_hops` how many proxies of ours each add one entry at its right end. What stands further left was written
    by the visitor and is not believed; with fewer entries than hops, the leftmost one counts.
    """
    if trusted_hops <= 0:
        return _address(peer)
    entries = [entry.strip() for entry in forwarded_for.split(",") if entry.strip()]
    if not entries:
        return _address(peer)
    return _address(entries[max(len(entries) - trusted_hops, 0)])


def _address(text: str) -> str:
    """`text` as an IP address without port, brackets or zone; an IPv4 address wrapped in IPv6 is unwrapped."""
    bare = text.strip()
    if bare.startswith("["):
        bare = bare[1:].split("]", 1)[0]
    elif bare.count(":") == 1:
        bare = bare.split(":", 1)[0]
    try:
        found = ipaddress.ip_address(bare.split("%", 1)[0])
    except ValueError:
        return ""
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return str(mapped or found)


def network(address: str) -> str:
    """What one visitor can move about in: the IPv4 address itself, or the /64 of an IPv6 address."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)


def is_loopback(address: str) -> bool:
    """Whether this is the machine itself."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
