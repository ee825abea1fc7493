"""Posts messages to other people's endpoints, and to nobody whom the operator's own network hides.

The name is looked up once, every address of it is judged, and the connection goes to the address that was judged: a
name that answers differently the second time gains nothing. Redirects are not followed.
"""

import ipaddress
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

SECONDS = 10.0
"""How long an endpoint may take to connect, and to answer."""

_KEPT_BYTES = 1_000
_LONGEST_ADDRESS = 2_000
_NEVER = tuple(ipaddress.ip_network(each) for each in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32"))
"""Addresses that carry another one inside, which could be anybody's."""


class NotReached(Exception):
    """No answer came; the message says why."""


class Forbidden(NotReached):
    """This address may not be called at all."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What an endpoint said: its status, the beginning of its text, and after how many milliseconds."""

    status: int
    text: str
    took_ms: int

    @property
    def is_good(self) -> bool:
        return 200 <= self.status < 300


def check_address(url: str, *, public_only: bool) -> None:
    """Look at an address without calling it. Raises Forbidden for one that may never be called.

    With `public_only` it must be https and no address of a private network by its letters; what a name leads to is
    judged each time it is called.
    """
    _parts(url, public_only=public_only)


def post(url: str, body: bytes, headers: Mapping[str, str], *, public_only: bool) -> Answer:
    """Post JSON to an endpoint. With `public_only`, only https and only addresses of the public internet are called.

    Raises Forbidden, and NotReached when no answer came in time.
    """
    host, port, netloc = _parts(url, public_only=public_only)
    address = _judged(host, port, public_only=public_only)
    began = time.monotonic()
    target = httpx.URL(url).copy_with(host=address, port=port)
    try:
        with (
            httpx.Client(timeout=SECONDS, follow_redirects=False, trust_env=False) as client,
            client.stream(
                "POST",
                target,
                content=body,
                headers={**headers, "Host": netloc, "Content-Type": "application/json"},
                extensions={"sni_hostname": host},
            ) as response,
        ):
            text = _beginning(response, began + SECONDS)
            return Answer(response.status_code, text, _since(began))
    except httpx.HTTPError as error:
        raise NotReached(str(error) or type(error).__name__) from error


def _parts(url: str, *, public_only: bool) -> tuple[str, int, str]:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
        httpx.URL(url)
    except (ValueError, httpx.InvalidURL):
        raise Forbidden("This is no web address.") from None
    wanted = ("https",) if public_only else ("https", "http")
    if parts.scheme not in wanted or not host or len(url) > _LONGEST_ADDRESS or not url.isprintable():
        raise Forbidden(f"The address must begin with {' or '.join(f'{scheme}://' for scheme in wanted)}.")
    if parts.username or parts.password:
        raise Forbidden("The address must not contain a user's name or a password.")
    try:
        literal = ipaddress.ip_address(host)
    except ValueError:
        if public_only and (host == "localhost" or host.endswith((".localhost", ".local", ".internal"))):
            raise Forbidden("This address leads to a private network.") from None
    else:
        _refuse(literal, public_only=public_only)
    return host, port or (443 if parts.scheme == "https" else 80), parts.netloc


def _judged(host: str, port: int, *, public_only: bool) -> str:
    """One address of this name, when all of them may be called."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NotReached(f"The name {host} is not known: {error}") from error
    addresses = [str(entry[4][0]).partition("%")[0] for entry in found]
    for each in addresses:
        _refuse(ipaddress.ip_address(each), public_only=public_only)
    return addresses[0]


def _refuse(address: ipaddress.IPv4Address | ipaddress.IPv6Address, *, public_only: bool) -> None:
    """Raise Forbidden for an address inside a network, and in any mode for those that belong to the machine's keeper."""
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    real = mapped or address
    is_odd = real.is_link_local or real.is_multicast or real.is_unspecified or any(address in each for each in _NEVER)
    if is_odd or (public_only and not real.is_global):
        raise Forbidden("This address leads to a private network.")


def _beginning(response: httpx.Response, deadline: float) -> str:
    """The first bytes of an answer, as far as they come in time."""
    kept = b""
    for chunk in response.iter_raw(256):
        kept += chunk
        if len(kept) >= _KEPT_BYTES or time.monotonic() > deadline:
            break
    return kept[:_KEPT_BYTES].decode(errors="replace").replace("\x00", "")


def _since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)
