"""Subscriptions, their items and their invoices as the API makes, changes and reads them."""

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
    tax,
)
from nestpay.sandbox.stripe.catalogue import PRICE_DATA, check_currency, make_price
from nestpay.sandbox.stripe.checkout_params import DISCOUNT, ENABLED, SUBSCRIPTION_DATA
from nestpay.sandbox.stripe.errors import StripeError, invalid, required
from nestpay.sandbox.stripe.records import changed, fetch, items_of
from nestpay.sandbox.stripe.routes import Call, Route, expandable
from nestpay.sandbox.stripe.totals import line_of
from nestpay.sandbox.stripe.wire import Flag, Hash, Integer, Listing, Metadata, OrWord, Text, merge_metadata

BEHAVIORS = ("allow_incomplete", "default_incomplete", "error_if_incomplete", "pending_if_incomplete")
ITEM = Hash(
    {
        "price": Text(),
        "price_data": PRICE_DATA,
        "quantity": Integer(0),
        "metadata": Metadata(),
        "id": Text(),
        "plan": Text(),
    },
    ignores="billing_thresholds discounts tax_rates clear_usage deleted current_trial",
)
FEEDBACK = Text(
    tuple(
        "customer_service low_quality missing_features other switched_service too_complex too_expensive unused".split()
    )
)
CANCELLATION = Hash({"comment": Text(), "feedback": FEEDBACK}, ignores="feedback_option")
COMMON = {
    "automatic_tax": ENABLED,
    "cancel_at": OrWord(("min_period_end", "max_period_end"), Integer()),
    "cancel_at_period_end": Flag(),
    "default_payment_method": Text(),
    "description": Text(most=500),
    "metadata": Metadata(),
    "off_session": Flag(),
    "payment_behavior": Text(BEHAVIORS),
}
CREATE = Hash(
    expandable(
        {
            **COMMON,
            "customer": Text(),
            "currency": Text(),
            "items": Listing(ITEM),
            "add_invoice_items": Listing(
                Hash(
                    {"price": Text(), "price_data": PRICE_DATA, "quantity": Integer(1)},
                    ignores="discounts tax_rates metadata period",
                )
            ),
            "discounts": Listing(DISCOUNT),
            "coupon": Text(),
            "promotion_code": Text(),
            "trial_period_days": Integer(0, 730),
            "trial_end": Integer(words=("now",)),
            "trial_settings": SUBSCRIPTION_DATA.known["trial_settings"],
        }
    ),
    needs=("customer",),
    ignores=(
        "application_fee_percent backdate_start_date billing_cycle_anchor billing_cycle_anchor_config billing_mode billing_schedules "
        "billing_thresholds collection_method customer_account days_until_due default_source default_tax_rates invoice_settings "
        "on_behalf_of payment_settings pending_invoice_item_interval proration_behavior transfer_data trial_from_plan"
    ),
)
UPDATE = Hash(
    expandable(
        {**COMMON, "cancellation_details": CANCELLATION, "trial_settings": SUBSCRIPTION_DATA.known["trial_settings"]}
    ),
    ignores="collection_method days_until_due default_source default_tax_rates invoice_settings payment_settings proration_behavior",
)
CANCEL = Hash(expandable({"cancellation_details": CANCELLATION, "invoice_now": Flag(), "prorate": Flag()}))
STATUSES = (
    "active",
    "all",
    "canceled",
    "ended",
    "incomplete",
    "incomplete_expired",
    "past_due",
    "paused",
    "trialing",
    "unpaid",
)
LIST = Hash(
    {
        **lists.PAGING,
        "customer": Text(),
        "price": Text(),
        "plan": Text(),
        "status": Text(STATUSES),
        "collection_method": Text(),
    },
    ignores="automatic_tax current_period_end current_period_start customer_account test_clock",
)
HAS_PRICE = (
    "id in (select json_extract(body, '$.subscription') from documents "
    "where kind = 'subscription_item' and json_extract(body, '$.price') = ?)"
)
LIST_ITEMS = Hash({**lists.PAGING, "subscription": Text()}, needs=("subscription",))
UPDATE_ITEM = Hash(expandable({"metadata": Metadata()}))


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
    method = _method(books, given, customer)
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


def _method(books: Books, given: Document, customer: Document) -> Document | None:
    method_id = given.get("default_payment_method") or customer["invoice_settings"]["default_payment_method"]
    if not method_id:
        return None
    method = fetch(books, "payment_method", method_id, "default_payment_method")
    if method["customer"] != customer["id"]:
        raise invalid(
            f"The customer does not have a payment method with the ID {method_id}.",
            "default_payment_method",
            "resource_missing",
        )
    return method


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
    changes = _ending(books, subscription, given)
    return changed(books, subscription, changes) if changes else subscription


def _ending(books: Books, subscription: Document, given: Document) -> Document:
    """What changes when the end is set or taken back, by flag or by date."""
    end = subscriptions.period_end(books, subscription)
    if given.get("cancel_at_period_end") is not None:
        ending = given["cancel_at_period_end"]
        at = end if ending else None
        flag: Document = {"cancel_at_period_end": ending}
    elif "cancel_at" in given:
        at = end if given["cancel_at"] in ("min_period_end", "max_period_end") else given["cancel_at"]
        flag = {"cancel_at_period_end": False}
    else:
        return {}
    reason = "cancellation_requested" if at else None
    details = {**subscription["cancellation_details"], "reason": reason}
    if not at:
        details |= {"comment": None, "feedback": None}
    return {**flag, "cancel_at": at, "canceled_at": books.now if at else None, "cancellation_details": details}


def update(call: Call) -> Document:
    """POST /v1/subscriptions/{id}."""
    books, given = call.books, call.params
    subscription = fetch(books, "subscription", call.ids[0])
    if subscription["status"] in subscriptions.ENDED:
        raise invalid("A canceled subscription can only update its cancellation_details and metadata.", "id")
    changes = {name: given[name] for name in ("description", "default_payment_method") if name in given}
    if given.get("default_payment_method"):
        customer = fetch(books, "customer", subscription["customer"])
        changes["default_payment_method"] = (_method(books, given, customer) or {})["id"]
    if "metadata" in given:
        changes["metadata"] = merge_metadata(subscription["metadata"], given["metadata"])
    changes |= _ending(books, subscription, given)
    if given.get("cancellation_details"):
        details = changes.get("cancellation_details", subscription["cancellation_details"])
        changes["cancellation_details"] = {**details, **given["cancellation_details"]}
    return changed(books, subscription, changes, "customer.subscription.updated")


def cancel(call: Call) -> Document:
    """DELETE /v1/subscriptions/{id}: at once."""
    subscription = fetch(call.books, "subscription", call.ids[0])
    if subscription["status"] in subscriptions.ENDED:
        raise StripeError(404, f"No such subscription: '{call.ids[0]}'", code="resource_missing", param="id")
    return subscriptions.end(
        call.books, subscription, "cancellation_requested", call.params.get("cancellation_details")
    )


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


def update_item(call: Call) -> Document:
    """POST /v1/subscription_items/{id}: its metadata."""
    item = fetch(call.books, "subscription_item", call.ids[0])
    changes = (
        {"metadata": merge_metadata(item["metadata"], call.params["metadata"])} if "metadata" in call.params else {}
    )
    return changed(call.books, item, changes)


ROUTES = [
    Route("POST", "/v1/subscriptions", create, CREATE),
    Route("GET", "/v1/subscriptions", list_subscriptions, LIST),
    Route("GET", "/v1/subscriptions/{id}", lambda call: fetch(call.books, "subscription", call.ids[0])),
    Route("POST", "/v1/subscriptions/{id}", update, UPDATE),
    Route("DELETE", "/v1/subscriptions/{id}", cancel, CANCEL),
    Route("GET", "/v1/subscription_items", list_items, LIST_ITEMS),
    Route("GET", "/v1/subscription_items/{id}", lambda call: fetch(call.books, "subscription_item", call.ids[0])),
    Route("POST", "/v1/subscription_items/{id}", update_item, UPDATE_ITEM),
]
