"""List calls: filters, cursors and pages, newest first."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from nestpay.sandbox.books import Books
from nestpay.sandbox.documents import Document
from nestpay.sandbox.stripe.errors import invalid, no_such
from nestpay.sandbox.stripe.objects import listing
from nestpay.sandbox.stripe.wire import Integer, Listing, Moments, Parameter, Text

COMPARE = {"eq": "=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
PAGING: dict[str, Parameter] = {
    "limit": Integer(1, 100),
    "starting_after": Text(),
    "ending_before": Text(),
    "created": Moments(),
    "expand": Listing(),
}


@dataclass(slots=True)
class Filter:
    """The conditions of one list call, as SQL over the documents table."""

    clauses: list[str] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)

    def add(self, clause: str, *values: Any) -> "Filter":
        """One more condition."""
        self.clauses.append(clause)
        self.values.extend(values)
        return self

    def equal(self, params: Document, *names: str) -> "Filter":
        """Each named parameter that was sent must equal the field of that name."""
        for name in names:
            if params.get(name) is not None:
                value = params[name]
                self.add(f"json_extract(body, '$.{name}') = ?", int(value) if isinstance(value, bool) else value)
        return self

    def moment(self, sql: str, span: dict[str, int] | None) -> "Filter":
        """A time, or a range of times, for a column or JSON path."""
        for word, value in (span or {}).items():
            self.add(f"{sql} {COMPARE[word]} ?", value)
        return self


def page(books: Books, kind: str, params: Document, url: str, where: Filter | None = None) -> Document:
    """One page of documents of a kind as Stripe's list object. Raises StripeError (400) for an unknown cursor."""
    found = where or Filter()
    found.moment("created", params.get("created"))
    limit = params.get("limit") or 10
    backwards = params.get("ending_before") is not None
    if backwards and params.get("starting_after"):
        raise invalid("You cannot parameterize both starting_after and ending_before.", "starting_after")
    for name, sign in (("starting_after", "<"), ("ending_before", ">")):
        if params.get(name):
            found.add(f"seq {sign} ?", _place(books, kind, params[name], name))
    order = f"order by seq {'asc' if backwards else 'desc'} limit {limit + 1}"
    entries = books.select(kind, _live(found.clauses), found.values, order)
    data = entries[:limit]
    return listing(data[::-1] if backwards else data, url, has_more=len(entries) > limit)


def page_of(entries: Iterable[Document], params: Document, url: str) -> Document:
    """One page of a list that is already in memory, in its own order."""
    data = list(entries)
    ids = [entry["id"] for entry in data]
    for name in ("starting_after", "ending_before"):
        if params.get(name) and params[name] not in ids:
            raise no_such("object", params[name], name)
    if params.get("starting_after"):
        data = data[ids.index(params["starting_after"]) + 1 :]
    if params.get("ending_before"):
        data = data[: ids.index(params["ending_before"])]
    limit = params.get("limit") or 10
    return listing(data[:limit], url, has_more=len(data) > limit)


def _live(clauses: list[str]) -> str:
    return " and ".join(["json_extract(body, '$.deleted') is null", *clauses])


def _place(books: Books, kind: str, id: str, param: str) -> int:
    row = books.connection.execute("select seq, body from documents where id = ? and kind = ?", (id, kind)).fetchone()
    if row is None or json.loads(row["body"]).get("deleted"):
        raise no_such(kind, id, param)
    return row["seq"]
