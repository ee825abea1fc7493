"""The companies that the sandbox plays, as far as the post is concerned: who tells what, and in which envelope."""

from collections.abc import Callable
from dataclasses import dataclass
from sqlite3 import Connection

from nestpay.sandbox.books import Books
from nestpay.sandbox.creem import events as creem
from nestpay.sandbox.documents import Document
from nestpay.sandbox.faults import Plan
from nestpay.sandbox.stripe import events as stripe


@dataclass(frozen=True, slots=True)
class Company:
    """How one company posts its events.

    `write_down` turns a work's announcements into events and deliveries and returns how many wait; `content` is the
    body of a delivery as the fault board has it, `headers` what goes with it (body, secret, Unix seconds, event, endpoint).
    """

    name: str
    write_down: Callable[[Books, float], int]
    content: Callable[[Connection, Document, Document, Plan], str]
    headers: Callable[[str, str, int, Document, Document], dict[str, str]]


BY_ENDPOINT = {
    "webhook_endpoint": Company(stripe.NAME, stripe.write_down, stripe.content, stripe.headers),
    creem.ENDPOINT: Company(creem.NAME, creem.write_down, creem.content, creem.headers),
}
"""Each company by the kind of its webhook endpoints."""
