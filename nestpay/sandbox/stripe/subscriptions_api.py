"""Subscriptions, their items and their invoices as the API makes, changes and reads them."""

from nestpay.sandbox import tax
from nestpay.sandbox.books import Books
from nestpay.sandbox.documents import Document
from nestpay.sandbox.stripe import (
    customers,
    discounts,
    invoices,
    lists,
    payments,
    settlement,
    subscriptions,
    timetable,
)
from nestpay.sandbox.stripe.catalogue import check_currency, make_price
from nestpay.sandbox.stripe.errors import StripeError, invalid, required
from nestpay.sandbox.stripe.records import changed, fetch, items_of
from nestpay.sandbox.stripe.routes import Call, Route
from nestpay.sandbox.stripe.subscription_params import CREATE, LIST, LIST_ITEMS
from nestpay.sandbox.stripe.subscription_update import ending
from nestpay.sandbox.stripe.totals import line_of
from nestpay.sandbox.stripe.wire import merge_metadata

HAS_PRICE = (
    "id in (select json_extract(body, '$.subscription') from documents "
    "where kind = 'subscription_item' and json_extract(body, '$.price') = ?)"
)


def create(call: Call) -> Document:
    """POST /v1/subscriptions."""
    books, given = call.books, call.params
    customer = fetch(books, "customer", given["customer"], "customer")
    if not given.get("items"):
        raise required("items")
    wanted = [_wanted(books, item, f"items[{index}]") for index, item in enumerate(given["items"])]
    for one in wanted:
        if one.price["type"] != "recurring":
            raise invalid(
                "The price specified is set to `type=one_time` but this field only accepts prices with `type=recurring`.",
                "items[0][price]",
            )
    once = [
        _wanted(books, item, f"add_invoice_items[{index}]")
        for index, item in enumerate(given.get("add_invoice_items") or [])
    ]
    opening = subscriptions.Opening(customer, wanted, _currency(books, given, customer, wanted), once=once)
    opening.trial_end = _trial_end(books, given)
    _discount(books, given, opening)
    opening.automatic_tax = bool((given.get("automatic_tax") or {}).get("enabled"))
    opening.rate = tax.rate_for((customer["address"] or {}).get("country")) if opening.automatic_tax else None
    method = subscriptions.own_method(books, customer, given.get("default_payment_method"))
    behavior = given.get("payment_behavior") or "allow_incomplete"
    if method is None and opening.trial_end is None and behavior != "default_incomplete":
        raise StripeError(
            400,
            "This customer has no attached payment source or default payment method. Please consider adding a default payment method.",
            code="resource_missing",
        )
    opening.fields = _fields(given, method if given.get("default_payment_method") else None)
    subscription, invoice = subscriptions.open_subscription(books, opening, announce_now=False)
    if behavior != "default_incomplete" and invoice["status"] == "open" and method:
        _pay(books, invoice, method, behavior, bool(given.get("off_session")))
    subscription = fetch(books, "subscription", subscription["id"])
    subscriptions.announce_created(books, subscription)
    return _ending_later(books, subscription, given)


def _wanted(books: Books, item: Document, where: str) -> subscriptions.Wanted:
    if item.get("price_data"):
        price = make_price(books, item["price_data"], inline=True)
    else:
        price_id = item.get("price") or item.get("plan")
        if not price_id:
            raise required(f"{where}[price]")
        price = fetch(books, "price", price_id, f"{where}[price]")
        if not price["active"]:
            raise invalid("The price specified is inactive. This field only accepts active prices.", f"{where}[price]")
    quantity = 1 if item.get("quantity") is None else item["quantity"]
    return subscriptions.Wanted(price, quantity, merge_metadata({}, item.get("metadata") or {}))


def _currency(books: Books, given: Document, customer: Document, wanted: list[subscriptions.Wanted]) -> str:
    currency = check_currency(given.get("currency") or wanted[0].price["currency"])
    bound = customers.billing_currency(books, customer)
    if bound and bound != currency:
        raise invalid(
            "You cannot combine currencies on a single customer. This customer has an active subscription, subscription schedule, "
            f"discount, quote, or invoice item with currency {bound}.",
            "customer",
        )
    return currency


def _trial_end(books: Books, given: Document) -> int | None:
    if given.get("trial_period_days") and given.get("trial_end"):
        raise invalid("You may only specify one of these parameters: trial_period_days, trial_end.", "trial_end")
    if given.get("trial_period_days"):
        return books.now + given["trial_period_days"] * 86400
    if given.get("trial_end") in (None, "now"):
        return None
    if given["trial_end"] <= books.now:
        raise invalid("Invalid timestamp: must be an integer Unix timestamp in the future.", "trial_end")
    return given["trial_end"]


def _discount(books: Books, given: Document, opening: subscriptions.Opening) -> None:
    old_style = {"coupon": given.get("coupon"), "promotion_code": given.get("promotion_code")}
    wanted = (given.get("discounts") or [old_style])[0]
    code_id, coupon_id, code = wanted.get("promotion_code"), wanted.get("coupon"), None
    if code_id:
        code = fetch(books, "promotion_code", code_id, "discounts[0][promotion_code]")
        coupon_id = code["promotion"]["coupon"]
    if not coupon_id:
        return
    opening.coupon = fetch(books, "coupon", coupon_id, "discounts[0][coupon]")
    opening.promotion_code = code["id"] if code else None
    try:
        discounts.check_coupon(books, opening.coupon, opening.currency)
        if code:
            lines = [line_of(books, one.price, one.quantity, opening.currency) for one in opening.wanted]
            subtotal = sum(line.subtotal for line in lines)
            discounts.check_code(books, code, opening.currency, subtotal, opening.customer["id"])
    except discounts.Refused as refused:
        raise invalid(str(refused), "discounts") from None
    discounts.redeem(books, opening.coupon, code)


def _fields(given: Document, method: Document | None) -> Document:
    fields: Document = {
        "metadata": merge_metadata({}, given.get("metadata") or {}),
        "description": given.get("description"),
    }
    fields["default_payment_method"] = method["id"] if method else None
    behavior = (given.get("trial_settings") or {}).get("end_behavior") or {}
    if behavior:
        fields["trial_settings"] = {
            "end_behavior": {"billing_cycle_anchor": None, "missing_payment_method": "create_invoice", **behavior}
        }
    return fields


def _pay(books: Books, invoice: Document, method: Document, behavior: str, off_session: bool) -> None:
    intent = invoices.intent_of(books, invoice)
    if intent is None:
        return
    after = payments.confirm(books, intent, method, off_session)
    if behavior == "error_if_incomplete" and after["status"] not in ("succeeded", "processing"):
        error = (
            payments.refusal_of(after)
            if after["last_payment_error"]
            else StripeError(
                402,
                "This payment requires additional user action before it can be completed successfully.",
                type="card_error",
                code="subscription_payment_intent_requires_action",
            )
        )
        error.keep = False
        raise error
    settlement.follow(books, after)


def _ending_later(books: Books, subscription: Document, given: Document) -> Document:
    changes = ending(books, subscription, given)
    if not changes:
        return subscription
    subscription = changed(books, subscription, changes)
    timetable.plan(books, subscription)
    return subscription


def list_subscriptions(call: Call) -> Document:
    """GET /v1/subscriptions: everything that has not been canceled, unless a status says otherwise."""
    books, params = call.books, call.params
    where = lists.Filter().equal(params, "customer", "collection_method")
    status = params.get("status")
    if status is None:
        where.add("json_extract(body, '$.status') <> 'canceled'")
    elif status == "ended":
        where.add("json_extract(body, '$.status') in ('canceled', 'incomplete_expired')")
    elif status != "all":
        where.equal(params, "status")
    price = params.get("price") or params.get("plan")
    if price:
        where.add(HAS_PRICE, price)
    return lists.page(books, "subscription", params, "/v1/subscriptions", where)


def list_items(call: Call) -> Document:
    """GET /v1/subscription_items."""
    subscription = fetch(call.books, "subscription", call.params["subscription"], "subscription")
    return lists.page_of(items_of(call.books, subscription), call.params, "/v1/subscription_items")


ROUTES = [
    Route("POST", "/v1/subscriptions", create, CREATE),
    Route("GET", "/v1/subscriptions", list_subscriptions, LIST),
    Route("GET", "/v1/subscriptions/{id}", lambda call: fetch(call.books, "subscription", call.ids[0])),
    Route("GET", "/v1/subscription_items", list_items, LIST_ITEMS),
    Route("GET", "/v1/subscription_items/{id}", lambda call: fetch(call.books, "subscription_item", call.ids[0])),
]
