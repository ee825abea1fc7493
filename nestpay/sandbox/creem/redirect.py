"""The way back to the shop: the address with what was bought, signed in one of the two ways that Creem published."""

import hashlib
import hmac
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from nestpay.sandbox.books import Books
from nestpay.sandbox.documents import Document

SETTING = "creem_redirect"
SALTED, KEYED = "salted", "keyed"
WAYS = (SALTED, KEYED)


def way(books: Books) -> str:
    """How redirects are signed at the moment."""
    row = books.connection.execute("select value from settings where name = ?", (SETTING,)).fetchone()
    return row[0] if row else SALTED


def choose(books: Books, chosen: str) -> None:
    """Sign redirects this way from now on."""
    sql = "insert into settings(name, value) values (?, ?) on conflict(name) do update set value = excluded.value"
    books.connection.execute(sql, (SETTING, chosen))


def signature(params: dict[str, str], key: str, chosen: str) -> str:
    """`salted`: SHA-256 over `k=v|k=v|salt=key` in the order of the address; `keyed`: HMAC over sorted `k=v&k=v`."""
    if chosen == KEYED:
        text = "&".join(f"{name}={value}" for name, value in sorted(params.items()))
        return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()
    text = "|".join([*(f"{name}={value}" for name, value in params.items()), f"salt={key}"])
    return hashlib.sha256(text.encode()).hexdigest()


def address(books: Books, checkout: Document, url: str) -> str:
    """Where a customer goes after a completed checkout; `url` keeps what is already in its query."""
    found = {
        "checkout_id": checkout["id"],
        "order_id": checkout.get("order"),
        "customer_id": checkout.get("customer"),
        "subscription_id": checkout.get("subscription"),
        "product_id": checkout["product"],
        "request_id": checkout.get("request_id"),
    }
    params = {name: value for name, value in found.items() if value}
    params["signature"] = signature(params, books.inner(checkout["id"]).get("key", ""), way(books))
    parts = urlsplit(url)
    query = urlencode([*parse_qsl(parts.query, keep_blank_values=True), *params.items()])
    return urlunsplit(parts._replace(query=query))
