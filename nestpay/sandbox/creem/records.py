"""How Creem's objects are made, fetched, listed and shown: the steps every noun shares."""

from datetime import UTC, datetime
from typing import Any

from nestpay.sandbox.books import Books, new_id
from nestpay.sandbox.creem.errors import bad, not_found
from nestpay.sandbox.creem.wire import Whole
from nestpay.sandbox.documents import Document

MODE = "test"
PAGING = {"page_number": Whole(1), "page_size": Whole(1, 100)}


def kind(object_name: str) -> str:
    """Under which kind an object stands in the books, which it shares with another company."""
    return f"creem.{object_name}"


def iso(seconds: int) -> str:
    """A moment as Creem writes it, such as `2024-10-12T11:58:33.000Z`."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def entity(prefix: str, object_name: str, **fields: Any) -> Document:
    """A new object with its id and mode; fields that are None are left out unless they were written as null."""
    return {"id": new_id(prefix, 22), "mode": MODE, "object": object_name, **fields}


def dates(books: Books) -> Document:
    """When an object was made and changed: now."""
    return {"created_at": iso(books.now), "updated_at": iso(books.now)}


def given_only(**fields: Any) -> Document:
    """The fields that have a value; Creem leaves the others out."""
    return {name: value for name, value in fields.items() if value is not None}


def add(books: Books, document: Document, **inner: Any) -> Document:
    """Write a new object."""
    return books.add(document, kind(document["object"]), **inner)


def find(books: Books, object_name: str, id: str | None) -> Document | None:
    """The object of that kind and id, or None."""
    return books.find(kind(object_name), id) if id else None


def fetch(books: Books, object_name: str, id: str) -> Document:
    """The object of that kind and id. Raises CreemError (404)."""
    found = books.find(kind(object_name), id)
    if found is None:
        raise not_found(object_name.capitalize())
    return found


def change(books: Books, document: Document, **changes: Any) -> Document:
    """Write changes onto an object; its `updated_at` follows."""
    after = {**document, **changes}
    if "updated_at" in after:
        after["updated_at"] = iso(books.now)
    return books.save(after)


def select(
    books: Books, object_name: str, where: str = "1", values: tuple[Any, ...] = (), tail: str = "order by seq desc"
) -> list[Document]:
    """Objects of a kind, newest first; see `Books.select`."""
    return books.select(kind(object_name), where, values, tail)


def page(books: Books, found: list[Document], params: Document, size: int = 10) -> Document:
    """One page of a list, as Creem shows it."""
    number, size = params.get("page_number", 1), params.get("page_size", size)
    pages = -(-len(found) // size)
    items = [shown(books, one) for one in found[(number - 1) * size : number * size]]
    return {
        "items": items,
        "pagination": {
            "total_records": len(found),
            "total_pages": pages,
            "current_page": number,
            "next_page": number + 1 if number < pages else None,
            "prev_page": number - 1 if number > 1 else None,
        },
    }


def shown(books: Books, document: Document) -> Document:
    """The object as the API answers it and events tell it: what it names is put in whole, ids stay below that."""
    name = document["object"]
    if name == "subscription":
        last = find(books, "transaction", document.get("last_transaction_id"))
        return {**document, **_whole(books, document, "product", "customer"), **given_only(last_transaction=last)}
    if name == "checkout":
        return {**document, **_whole(books, document, "product", "customer", "order", "subscription")}
    if name in ("refund", "dispute"):
        whole = _whole(books, document, "transaction", "customer", "order", "subscription", "checkout")
        if "checkout" in whole:
            whole["checkout"] = {**whole["checkout"], **_whole(books, whole["checkout"], "order")}
        return {**document, **whole}
    return document


def _whole(books: Books, document: Document, *names: str) -> Document:
    found = {name: find(books, name, document.get(name)) for name in names}
    return {name: one for name, one in found.items() if one is not None}


def only_one(params: Document, *names: str) -> str:
    """The name of the one parameter that was given. Raises CreemError (400) when there is none."""
    for name in names:
        if params.get(name):
            return name
    raise bad(f"One of {', '.join(names)} should not be empty")
