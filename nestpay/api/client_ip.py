"""The visitor's address of an HTTP request, seen through our own proxies."""

from starlette.requests import HTTPConnection

from nestpay.domain.client_address import client_address
from nestpay.settings import get_settings


def client_ip(request: HTTPConnection) -> str:
    """The IP address the request comes from, by `trusted_proxy_hops`; an empty text when it cannot be known."""
    peer = request.client.host if request.client else ""
    forwarded_for = ",".join(request.headers.getlist("x-forwarded-for"))
    return client_address(peer, forwarded_for, get_settings().trusted_proxy_hops)
