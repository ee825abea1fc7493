"""What each section of the front page shows: the newest of its documents with the facts its buttons need."""

from collections.abc import Callable
from typing import Any

from nestpay.sandbox.books import Books
from nestpay.sandbox.documents import Document
from nestpay.sandbox.stripe import disputes
from nestpay.sandbox.stripe.records import shown
from nestpay.sandbox.stripe.subscriptions import ENDED

SHOWN = 50
LIVE = "json_extract(body, '$.deleted') is null"
DELIVERIES = (
    "select deliveries.*, coalesce(json_extract(event.body, '$.type'), json_extract(event.body, '$.eventType')) as type, "
    "coalesce(json_extract(event.body, '$.data.object.id'), json_extract(event.body, '$.object.id')) as about, "
    "json_extract(endpoint.body, '$.url') as url from deliveries "
    "left join documents event on event.id = deliveries.event left join documents endpoint on endpoint.id = deliveries.endpoint "
)
Asked = dict[str, str]
Facts = dict[str, Any]


def _newest(
    books: Books, kind: str, where: str = "1", values: tuple[object, ...] = (), limit: int = SHOWN
) -> list[Document]:
    return books.select(kind, where, values, f"order by seq desc limit {limit}")


def _names(books: Books, documents: list[Document]) -> dict[str, str]:
    """How the customers of these documents are called, by id."""
    ids = {one["customer"] for one in documents if one.get("customer")}
    found = {one: books.find("customer", one) or {} for one in ids}
    return {name: one.get("email") or one.get("name") or name for name, one in found.items()}


def _counts(books: Books) -> dict[str, int]:
    return dict(books.connection.execute("select state, count(*) from deliveries group by state").fetchall())


def overview(books: Books, _: Asked) -> Facts:
    """The newest sessions and events, slow debits that wait for a decision, and what is counted."""
    sessions = _newest(books, "checkout.session", limit=12)
    return {
        "sessions": sessions,
        "names": _names(books, sessions),
        "debits": _newest(books, "payment_intent", "json_extract(body, '$.status') = 'processing'"),
        "events": _newest(books, "event", limit=12),
        "endpoints": books.select("webhook_endpoint", LIVE),
        "counts": _counts(books),
        "open_disputes": len(_open_disputes(books)),
    }


def _open_disputes(books: Books) -> list[Document]:
    return [one for one in books.select("dispute") if one["status"] not in disputes.CLOSED]


def customers(books: Books, asked: Asked) -> Facts:
    """Customers, by e-mail or name when one is looked for."""
    q = asked.get("q", "").strip()
    if q:
        like = f"%{q}%"
        where = f"{LIVE} and (json_extract(body, '$.email') like ? or json_extract(body, '$.name') like ? or id = ?)"
        found = _newest(books, "customer", where, (like, like, q))
    else:
        found = _newest(books, "customer", LIVE)
    sql = (
        "select json_extract(body, '$.customer'), count(*) from documents where kind = 'subscription' "
        "and json_extract(body, '$.status') not in (?, ?) group by 1"
    )
    return {"q": q, "customers": found, "live": dict(books.connection.execute(sql, ENDED).fetchall())}


def customer(books: Books, id: str) -> Facts | None:
    """One customer with their cards, subscriptions, invoices and payments, or None."""
    found = books.find("customer", id)
    if found is None:
        return None
    own = ("json_extract(body, '$.customer') = ?", (id,))
    return {
        "customer": found,
        "methods": _newest(books, "payment_method", *own),
        "subscriptions": [_subscription(books, one) for one in _newest(books, "subscription", *own)],
        "invoices": _newest(books, "invoice", *own),
        "charges": _newest(books, "charge", *own),
    }


def _subscription(books: Books, kept: Document) -> Document:
    whole = shown(books, kept)
    items = whole["items"]["data"]
    products = [books.find("product", item["price"]["product"]) or {} for item in items if item["price"]]
    names = [product.get("name") or "Product" for product in products]
    return {**whole, "lines": items, "name": ", ".join(names) or "Nothing"}


def subscriptions(books: Books, asked: Asked) -> Facts:
    """Subscriptions, of one status when it is chosen."""
    status = asked.get("status", "")
    where = ("json_extract(body, '$.status') = ?", (status,)) if status else ("1", ())
    found = [_subscription(books, one) for one in _newest(books, "subscription", *where)]
    sql = "select json_extract(body, '$.status'), count(*) from documents where kind = 'subscription' group by 1"
    counts = dict(books.connection.execute(sql).fetchall())
    return {"subscriptions": found, "chosen": status, "statuses": counts, "names": _names(books, found)}


def payments(books: Books, _: Asked) -> Facts:
    """Charges, and what became of them: refunds, disputes, warnings; invoices and slow debits."""
    charges, invoices = _newest(books, "charge"), _newest(books, "invoice", limit=25)
    return {
        "charges": charges,
        "refunds": _newest(books, "refund", limit=25),
        "disputes": _newest(books, "dispute", limit=25),
        "warnings": _newest(books, "radar.early_fraud_warning", limit=25),
        "invoices": invoices,
        "debits": _newest(books, "payment_intent", "json_extract(body, '$.status') = 'processing'"),
        "names": _names(books, charges + invoices),
        "closed": disputes.CLOSED,
    }


def catalogue(books: Books, _: Asked) -> Facts:
    """Products with their prices, coupons with their codes."""
    products = [
        {**one, "prices": books.select("price", "json_extract(body, '$.product') = ?", (one["id"],))}
        for one in _newest(books, "product", LIVE)
    ]
    codes = _newest(books, "promotion_code")
    return {"products": products, "coupons": _newest(books, "coupon", LIVE), "codes": codes}


def events(books: Books, asked: Asked) -> Facts:
    """Events, of one kind when it is named, older ones behind `before`."""
    pattern, before = asked.get("type", "").strip(), asked.get("before", "")
    where, values = ["1"], list[object]()
    if pattern:
        where.append("json_extract(body, '$.type') glob ?")
        values.append(pattern if "*" in pattern else f"*{pattern}*")
    if before:
        where.append("seq < (select seq from documents where id = ?)")
        values.append(before)
    found = _newest(books, "event", " and ".join(where), tuple(values))
    older = found[-1]["id"] if len(found) == SHOWN else None
    marks = ",".join("?" * len(found))
    sql = f"select event, group_concat(state) from deliveries where event in ({marks}) group by event"  # noqa: S608  only question marks
    states = dict(books.connection.execute(sql, [one["id"] for one in found]).fetchall())
    return {"events": found, "type": pattern, "older": older, "states": states}


def deliveries(books: Books, asked: Asked) -> Facts:
    """Deliveries, of one state when it is chosen, with the endpoints they go to."""
    state, before = asked.get("state", ""), asked.get("before", "")
    where, values = ["1"], list[object]()
    if state:
        where.append("deliveries.state = ?")
        values.append(state)
    if before.isdigit():
        where.append("deliveries.seq < ?")
        values.append(int(before))
    sql = f"{DELIVERIES} where {' and '.join(where)} order by deliveries.seq desc limit {SHOWN}"
    found = [dict(row) for row in books.connection.execute(sql, values).fetchall()]
    return {
        "deliveries": found,
        "state": state,
        "counts": _counts(books),
        "endpoints": [*books.select("webhook_endpoint", LIVE), *books.select("creem.webhook")],
        "older": found[-1]["seq"] if len(found) == SHOWN else None,
    }


SECTIONS: dict[str, Callable[[Books, Asked], Facts]] = {
    "": overview,
    "customers": customers,
    "subscriptions": subscriptions,
    "payments": payments,
    "catalogue": catalogue,
    "events": events,
    "deliveries": deliveries,
}
