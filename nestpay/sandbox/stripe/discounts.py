"""Coupons and promotion codes: making them, and the rules that refuse them."""

import secrets
from decimal import Decimal

from nestpay.sandbox.books import Books, new_id
from nestpay.sandbox.documents import Document
from nestpay.sandbox.money import shown as money
from nestpay.sandbox.stripe import lists
from nestpay.sandbox.stripe.catalogue import check_currency
from nestpay.sandbox.stripe.errors import StripeError, invalid, required
from nestpay.sandbox.stripe.objects import catalogue as objects
from nestpay.sandbox.stripe.records import changed, created, deleted, fetch
from nestpay.sandbox.stripe.routes import Call, Route, expandable
from nestpay.sandbox.stripe.wire import Anything, Flag, Hash, Integer, Listing, Metadata, Number, Text, merge_metadata

CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
CREATE_COUPON = Hash(
    expandable(
        {
            "id": Text(),
            "amount_off": Integer(1),
            "applies_to": Hash({"products": Listing()}),
            "currency": Text(),
            "currency_options": Anything(),
            "duration": Text(("forever", "once", "repeating")),
            "duration_in_months": Integer(1),
            "max_redemptions": Integer(1),
            "metadata": Metadata(),
            "name": Text(most=40),
            "percent_off": Number(),
            "redeem_by": Integer(),
        }
    )
)
UPDATE_COUPON = Hash(expandable({"metadata": Metadata(), "name": Text(most=40)}), ignores="currency_options")
RESTRICTIONS = Hash(
    {"first_time_transaction": Flag(), "minimum_amount": Integer(1), "minimum_amount_currency": Text()},
    ignores="currency_options",
)
CREATE_CODE = Hash(
    expandable(
        {
            "promotion": Hash({"type": Text(("coupon",)), "coupon": Text()}, needs=("type", "coupon")),
            "coupon": Text(),
            "active": Flag(),
            "code": Text(most=500),
            "customer": Text(),
            "expires_at": Integer(),
            "max_redemptions": Integer(1),
            "metadata": Metadata(),
            "restrictions": RESTRICTIONS,
        }
    ),
    ignores="customer_account",
)
UPDATE_CODE = Hash(expandable({"active": Flag(), "metadata": Metadata(), "restrictions": Anything()}))
LIST_CODES = Hash(
    {**lists.PAGING, "active": Flag(), "code": Text(), "coupon": Text(), "customer": Text()}, ignores="customer_account"
)


class Refused(Exception):
    """A discount that cannot be used here; the text is for the customer."""


def create_coupon(call: Call) -> Document:
    """POST /v1/coupons."""
    books, given = call.books, call.params
    if (given.get("percent_off") is None) == (given.get("amount_off") is None):
        raise invalid("You must pass either `percent_off` or `amount_off`, but not both.", "percent_off")
    if given.get("amount_off") and not given.get("currency"):
        raise required("currency")
    percentage = given.get("percent_off")
    if percentage is not None and not 0 < Decimal(percentage) <= 100:
        raise invalid("Invalid percent_off: must be greater than 0 and at most 100", "percent_off")
    if (given.get("duration") == "repeating") != (given.get("duration_in_months") is not None):
        raise invalid(
            "You must pass `duration_in_months` with a `duration` of `repeating`, and only then.", "duration_in_months"
        )
    coupon_id = given.get("id") or new_id("", 8)[1:]
    if books.find_any(coupon_id):
        raise StripeError(400, "Coupon already exists.", code="resource_already_exists", param="id")
    kept = ("amount_off", "duration_in_months", "max_redemptions", "name", "redeem_by")
    coupon = objects.coupon(
        coupon_id,
        books.now,
        **{name: given.get(name) for name in kept},
        currency=check_currency(given["currency"]) if given.get("amount_off") else None,
        duration=given.get("duration") or "once",
        metadata=merge_metadata({}, given.get("metadata") or {}),
        percent_off=float(percentage) if percentage else None,
    )
    return created(books, coupon, products=(given.get("applies_to") or {}).get("products") or [])


def update_coupon(call: Call) -> Document:
    """POST /v1/coupons/{id}."""
    coupon = fetch(call.books, "coupon", call.ids[0])
    changes: Document = {"name": call.params["name"]} if "name" in call.params else {}
    if "metadata" in call.params:
        changes["metadata"] = merge_metadata(coupon["metadata"], call.params["metadata"])
    return changed(call.books, coupon, changes, "coupon.updated")


def delete_coupon(call: Call) -> Document:
    """DELETE /v1/coupons/{id}; who has it already keeps it."""
    return deleted(call.books, fetch(call.books, "coupon", call.ids[0]), "coupon.deleted")


def applies_to(books: Books, coupon: Document) -> Document | None:
    """What `expand[]=applies_to` shows."""
    products = books.inner(coupon["id"]).get("products")
    return {"products": products} if products else None


def create_code(call: Call) -> Document:
    """POST /v1/promotion_codes; the older `coupon` parameter is still taken."""
    books, given = call.books, call.params
    coupon_id = (given.get("promotion") or {}).get("coupon") or given.get("coupon")
    if not coupon_id:
        raise required("promotion")
    param = "promotion[coupon]" if given.get("promotion") else "coupon"
    coupon = fetch(books, "coupon", coupon_id, param)
    code = given.get("code") or "".join(secrets.choice(CODE_LETTERS) for _ in range(8))
    if _by_code(books, code, active=True):
        raise invalid("An active promotion code with `code: " + code + "` already exists.", "code")
    if given.get("customer"):
        fetch(books, "customer", given["customer"], "customer")
    restrictions = given.get("restrictions") or {}
    if restrictions.get("minimum_amount") and not restrictions.get("minimum_amount_currency"):
        raise required("restrictions[minimum_amount_currency]")
    promotion_code = objects.promotion_code(
        new_id("promo"),
        books.now,
        code,
        coupon["id"],
        active=given.get("active") is not False,
        customer=given.get("customer"),
        expires_at=given.get("expires_at"),
        max_redemptions=given.get("max_redemptions"),
        metadata=merge_metadata({}, given.get("metadata") or {}),
    )
    promotion_code["restrictions"] |= {name: value for name, value in restrictions.items() if value is not None}
    return created(books, promotion_code)


def update_code(call: Call) -> Document:
    """POST /v1/promotion_codes/{id}."""
    code = fetch(call.books, "promotion_code", call.ids[0])
    changes: Document = {"active": call.params["active"]} if call.params.get("active") is not None else {}
    if "metadata" in call.params:
        changes["metadata"] = merge_metadata(code["metadata"], call.params["metadata"])
    return changed(call.books, code, changes, "promotion_code.updated")


def list_codes(call: Call) -> Document:
    """GET /v1/promotion_codes."""
    where = lists.Filter().equal(call.params, "active", "customer")
    if call.params.get("code"):
        where.add("json_extract(body, '$.code') = ? collate nocase", call.params["code"])
    if call.params.get("coupon"):
        where.add("json_extract(body, '$.promotion.coupon') = ?", call.params["coupon"])
    return lists.page(call.books, "promotion_code", call.params, "/v1/promotion_codes", where)


def _by_code(books: Books, code: str, active: bool) -> Document | None:
    where = "json_extract(body, '$.code') = ? collate nocase" + (
        " and json_extract(body, '$.active')" if active else ""
    )
    return next(iter(books.select("promotion_code", where, [code])), None)


def typed_code(books: Books, code: str) -> Document:
    """The promotion code a customer typed, whatever its case. Raises Refused with a sentence for the customer."""
    found = _by_code(books, code.strip(), active=True)
    if found is None:
        raise Refused(
            "This code is invalid."
            if _by_code(books, code.strip(), active=False) is None
            else "This code is no longer active."
        )
    return found


def check_coupon(books: Books, coupon: Document, currency: str) -> None:
    """Raises Refused when the coupon is spent, over, or in another currency."""
    if coupon["redeem_by"] and coupon["redeem_by"] <= books.now:
        raise Refused("This code has expired.")
    if not coupon["valid"]:
        raise Refused("This code has already been redeemed as often as it can be.")
    if coupon["currency"] and coupon["currency"] != currency:
        raise Refused(f"This code only works for purchases in {coupon['currency'].upper()}.")


def check_code(books: Books, code: Document, currency: str, subtotal: int, customer: str | None) -> None:
    """Raises Refused when the promotion code cannot be used by this customer for this purchase."""
    restrictions = code["restrictions"]
    if not code["active"]:
        raise Refused("This code is no longer active.")
    if code["expires_at"] and code["expires_at"] <= books.now:
        raise Refused("This code has expired.")
    if code["max_redemptions"] and code["times_redeemed"] >= code["max_redemptions"]:
        raise Refused("This code has already been redeemed as often as it can be.")
    if code["customer"] and code["customer"] != customer:
        raise Refused("This code belongs to another customer.")
    least = restrictions["minimum_amount"]
    if least and (restrictions["minimum_amount_currency"] or currency) == currency and subtotal < least:
        raise Refused(f"This code needs a purchase of at least {money(least, currency)}.")
    if restrictions["first_time_transaction"] and customer and _has_paid(books, customer):
        raise Refused("This code is only for first purchases.")


def _has_paid(books: Books, customer: str) -> bool:
    where = "json_extract(body, '$.customer') = ? and json_extract(body, '$.status') = ?"
    return bool(
        books.select("charge", where, [customer, "succeeded"]) or books.select("invoice", where, [customer, "paid"])
    )


def redeem(books: Books, coupon: Document, code: Document | None) -> None:
    """Count one use of the coupon, and of the code that led to it."""
    used = coupon["times_redeemed"] + 1
    spent = coupon["max_redemptions"] is not None and used >= coupon["max_redemptions"]
    changed(books, coupon, {"times_redeemed": used, "valid": coupon["valid"] and not spent}, "coupon.updated")
    if code is not None:
        used = code["times_redeemed"] + 1
        spent = code["max_redemptions"] is not None and used >= code["max_redemptions"]
        changed(books, code, {"times_redeemed": used, "active": code["active"] and not spent}, "promotion_code.updated")


ROUTES = [
    Route("POST", "/v1/coupons", create_coupon, CREATE_COUPON),
    Route(
        "GET",
        "/v1/coupons",
        lambda call: lists.page(call.books, "coupon", call.params, "/v1/coupons"),
        Hash(lists.PAGING),
    ),
    Route("GET", "/v1/coupons/{id}", lambda call: fetch(call.books, "coupon", call.ids[0])),
    Route("POST", "/v1/coupons/{id}", update_coupon, UPDATE_COUPON),
    Route("DELETE", "/v1/coupons/{id}", delete_coupon),
    Route("POST", "/v1/promotion_codes", create_code, CREATE_CODE),
    Route("GET", "/v1/promotion_codes", list_codes, LIST_CODES),
    Route("GET", "/v1/promotion_codes/{id}", lambda call: fetch(call.books, "promotion_code", call.ids[0])),
    Route("POST", "/v1/promotion_codes/{id}", update_code, UPDATE_CODE),
]
