"""The app around our pages, when nestpay was put into one that was there before: its name, its doors, its frame."""

from collections.abc import Mapping
from dataclasses import dataclass

from nestpay.web.i18n import lead_elsewhere
from nestpay.web.register import Frame, pages

OUR_NAME = "nestpay"
HOME, SIGN_IN, SIGN_UP, SIGN_OUT = "/", "/sign-in", "/sign-up", "/sign-out"
FOR_OUR_USERS = (SIGN_IN, SIGN_UP, "/forgot-password", "/reset-password", "/verify-email", "/dashboard/settings")
"""The pages of people who have an account here, and a password: nobody of a host with users of its own has one."""


@dataclass(frozen=True)
class Host:
    """What our pages must know of it. `instead` has the host's addresses by the paths of ours that they replace; an
    empty one leaves ours out. `frame` draws what is around our public pages."""

    name: str
    has_users: bool
    instead: Mapping[str, str]
    frame: Frame | None = None


_host: Host | None = None


def use(host: Host | None) -> None:
    """Live in this app from now on, without the pages that it replaces; None: in our own again.

    Raises ValueError for a path that is no page of ours, and without a way to the sign-in of a host with users.
    """
    global _host
    if host is None:
        _host = None
        return lead_elsewhere({})
    unknown = [path for path in host.instead if path not in (*pages, SIGN_OUT)]
    if unknown:
        raise ValueError(f"nestpay has no page at {', '.join(unknown)}; its pages are {', '.join(sorted(pages))}.")
    if host.has_users and not host.instead.get(SIGN_IN):
        raise ValueError('Say where your users sign in: instead={"/sign-in": "/your-own-address"}.')
    ways = {HOME: HOME, **host.instead}
    if host.has_users:
        ways = {SIGN_UP: ways[SIGN_IN], **dict.fromkeys(FOR_OUR_USERS[2:], ""), **ways}
    _host = host
    for path in ways:
        pages.pop(path, None)
    lead_elsewhere({path: address or HOME for path, address in ways.items() if path != SIGN_OUT})


def name() -> str:
    """What the site is called."""
    return _host.name if _host else OUR_NAME


def titled(title: str) -> str:
    """The title of a page, ending in the name of the site."""
    return title.removesuffix(OUR_NAME) + name() if title.endswith(OUR_NAME) else title


def current() -> Host | None:
    """The app that nestpay was put into, or None when it is one of its own."""
    return _host


def home(path: str) -> str:
    """Where the name of the site leads: `path`, or a host's own first page."""
    return HOME if _host else path


def has_way(path: str) -> bool:
    """Whether there is something to lead to: a page of ours, or the host's in its place."""
    return path in pages or bool(_host and _host.instead.get(path))


def sign_out() -> str | None:
    """The address at which the users of a host sign out, empty when it has none; None when they are ours."""
    return _host.instead.get(SIGN_OUT, "") if _host and _host.has_users else None
