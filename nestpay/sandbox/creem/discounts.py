"""Discounts: codes that take a share or an amount off, once, for some months, or for good."""

import secrets
from datetime import UTC, datetime
from typing import Any

from nestpay.sandbox.books import Books
from nestpay.sandbox.creem import records
from nestpay.sandbox.creem.errors import bad, not_found
from nestpay.sandbox.creem.routes import Call, Route
from nestpay.sandbox.creem.wire import Listing, Shape, Text, Whole
from nestpay.sandbox.documents import Document

LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
CREATE = Shape(
    {
        "name": Text(),
        "code": Text(most=50),
        "type": Text(("percentage", "fixed")),
        "amount": Whole(1),
        "currency": Text(("USD", "EUR")),
        "percentage": Whole(1, 100),
        "expiry_date": Text(),
        "max_redemptions": Whole(1),
        "duration": Text(("forever", "once", "repeating")),
        "duration_in_months": Whole(1),
        "applies_to_products": Listing(Text()),
    },
    needs=("name", "type", "duration", "applies_to_products"),
)
RETRIEVE = Shape({"discount_id": Text(), "discount_code": Text()})
SEARCH = Shape(
    {
        **records.PAGING,
        "product_id": Text(),
        "status": Text(("deleted", "active", "draft", "expired", "scheduled")),
        "type": Text(("percentage", "fixed")),
        "created_after": Text(),
        "created_before": Text(),
    }
)


def create(call: Call) -> Document:
    """POST /v1/discounts."""
    books, given = call.books, dict(call.params)
    if given["type"] == "fixed" and not (given.get("amount") and given.get("currency")):
        raise bad("amount should not be empty", "currency should not be empty")
    if given["type"] == "percentage" and not given.get("percentage"):
        raise bad("percentage should not be empty")
    if given["duration"] == "repeating" and not given.get("duration_in_months"):
        raise bad("duration_in_months should not be empty")
    if given.get("expiry_date"):
        given["expiry_date"] = records.iso(_moment(given["expiry_date"]))
    for product in given["applies_to_products"]:
        records.fetch(books, "product", product)
    code = (given.pop("code", None) or "".join(secrets.choice(LETTERS) for _ in range(10))).upper()
    if by_code(books, code):
        raise bad("A discount with this code already exists")
    return records.add(books, records.entity("dis", "discount", status="active", code=code, redeem_count=0, **given))


def _moment(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise bad("expiry_date must be a valid ISO 8601 date string") from None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def by_code(books: Books, code: str) -> Document | None:
    """The discount behind a code that was not deleted, however it is written, or None."""
    where = "json_extract(body, '$.code') = ? collate nocase and json_extract(body, '$.status') <> 'deleted'"
    found = records.select(books, "discount", where, (code.strip(),))
    return found[0] if found else None


def redeemable(books: Books, code: str, product: Document) -> Document:
    """The discount behind a code that is typed for a product. Raises CreemError (400) when it cannot be used."""
    found = by_code(books, code)
    if found is None:
        raise bad("Discount code not found")
    expiry, most = found.get("expiry_date"), found.get("max_redemptions")
    if expiry and _moment(expiry) <= books.now:
        raise bad("Discount code is expired")
    if most is not None and found["redeem_count"] >= most:
        raise bad("Discount code has reached its maximum number of redemptions")
    if found["applies_to_products"] and product["id"] not in found["applies_to_products"]:
        raise bad("Discount code does not apply to this product")
    if found["type"] == "fixed" and found["currency"] != product["currency"]:
        raise bad("Discount code does not apply to this currency")
    return found


def redeemed(books: Books, discount: Document) -> None:
    """Count one use."""
    records.change(books, discount, redeem_count=discount["redeem_count"] + 1)


def summary(discount: Document) -> dict[str, Any]:
    """How a checkout or a subscription shows its discount, in the one place where Creem writes camel case."""
    return records.given_only(
        id=discount["id"],
        discountCode=discount["code"],
        name=discount["name"],
        type=discount["type"],
        amount=discount["percentage"] if discount["type"] == "percentage" else discount["amount"],
        duration=discount["duration"],
        durationInMonths=discount.get("duration_in_months"),
    )


def retrieve(call: Call) -> Document:
    """GET /v1/discounts by id or code."""
    name = records.only_one(call.params, "discount_id", "discount_code")
    if name == "discount_id":
        return records.fetch(call.books, "discount", call.params[name])
    found = by_code(call.books, call.params[name])
    if found is None:
        raise not_found("Discount")
    return found


def search(call: Call) -> Document:
    """GET /v1/discounts/search."""
    given = call.params
    found = [
        one
        for one in records.select(call.books, "discount")
        if given.get("status") in (None, one["status"])
        and given.get("type") in (None, one["type"])
        and (not given.get("product_id") or given["product_id"] in one["applies_to_products"])
    ]
    return records.page(call.books, found, given)


def delete(call: Call) -> Document:
    """DELETE /v1/discounts/{id}/delete."""
    return records.change(call.books, records.fetch(call.books, "discount", call.ids[0]), status="deleted")


ROUTES = [
    Route("POST", "/v1/discounts", create, CREATE),
    Route("GET", "/v1/discounts", retrieve, RETRIEVE),
    Route("GET", "/v1/discounts/search", search, SEARCH),
    Route("DELETE", "/v1/discounts/{id}/delete", delete),
]
