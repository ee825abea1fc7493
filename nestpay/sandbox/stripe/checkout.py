"""Checkout sessions as the API makes, reads, lists and expires them, with the rules that refuse a wrong one."""

from typing import Any

from nestpay.sandbox.books import Books, new_id
from nestpay.sandbox.documents import Document
from nestpay.sandbox.money import minimum
from nestpay.sandbox.money import shown as money
from nestpay.sandbox.stripe import checkout_bill, checkout_flow, checkout_recovery, customers, discounts, lists
from nestpay.sandbox.stripe.catalogue import make_price
from nestpay.sandbox.stripe.checkout_params import CREATE, LIST, LIST_ITEMS, UPDATE
from nestpay.sandbox.stripe.errors import StripeError, invalid, required
from nestpay.sandbox.stripe.objects import checkout as objects
from nestpay.sandbox.stripe.records import fetch
from nestpay.sandbox.stripe.routes import Call, Route
from nestpay.sandbox.stripe.totals import line_of
from nestpay.sandbox.stripe.wire import merge_metadata

DAY = 86400
EXCLUSIVE = (("customer", "customer_email"), ("allow_promotion_codes", "discounts"), ("customer", "customer_creation"))
FORBIDDEN = {
    "payment": "subscription_data setup_intent_data payment_method_collection",
    "subscription": "payment_intent_data setup_intent_data customer_creation invoice_creation submit_type",
    "setup": "payment_intent_data subscription_data line_items discounts invoice_creation automatic_tax",
}
OLD_UI_MODES = {"hosted": "hosted_page", "embedded": "embedded_page", "custom": "elements"}
COPIED = (
    "allow_promotion_codes billing_address_collection cancel_url client_reference_id customer_email locale submit_type success_url "
    "return_url allowed_payment_method_types excluded_payment_method_types integration_identifier origin_context"
).split()


def create(call: Call) -> Document:
    """POST /v1/checkout/sessions."""
    books, given = call.books, call.params
    mode = given["mode"]
    check(given, mode, books.now)
    customer = fetch(books, "customer", given["customer"], "customer") if given.get("customer") else None
    _check_customer(given, customer)
    prices = [_price(books, line, index) for index, line in enumerate(given.get("line_items") or [])]
    _check_prices(prices, mode)
    session_id = "cs_test_" + new_id("a1", 58).replace("_", "")
    currency = _currency(books, given, mode, prices, customer)
    session = objects.session(session_id, books.now, mode, **_fields(books, given, mode, customer, currency))
    session |= _appearance(books, given, session_id)
    items = [
        _line_item(books, line, price, currency or "usd")
        for line, price in zip(given.get("line_items") or [], prices, strict=True)
    ]
    subtotal = sum(
        line_of(books, price, item["quantity"], currency).subtotal for price, item in zip(prices, items, strict=True)
    )
    inner = _inner(books, given, session, [item["id"] for item in items], subtotal)
    if customer and (customer["address"] or {}).get("country"):
        inner["country"] = customer["address"]["country"]
    books.add(session, **inner)
    session = checkout_bill.refresh(books, session)
    _check_amount(session)
    books.appoint(session["expires_at"], "expire_session", session_id)
    return session


def check(given: Document, mode: str, now: int) -> None:
    """Refuse parameters that do not go together. Raises StripeError (400)."""
    for pair in EXCLUSIVE:
        if all(given.get(name) is not None and given.get(name) != [] for name in pair):
            raise invalid(f"You may only specify one of these parameters: {', '.join(pair)}.", pair[0])
    for name in FORBIDDEN[mode].split():
        if given.get(name):
            raise invalid(f"You can not pass `{name}` in `{mode}` mode.", name)
    if mode != "setup" and not given.get("line_items"):
        raise required("line_items")
    ui_mode = OLD_UI_MODES.get(given.get("ui_mode") or "", given.get("ui_mode") or "hosted_page")
    if ui_mode == "hosted_page" and not given.get("success_url"):
        raise required("success_url")
    if ui_mode == "embedded_page" and not given.get("return_url") and given.get("redirect_on_completion") != "never":
        raise required("return_url")
    ends = (given.get("subscription_data") or {}).get("trial_end")
    if ends is not None and ends < now + 2 * DAY:
        raise invalid("The `trial_end` date has to be at least 2 days in the future.", "subscription_data[trial_end]")
    if len(given.get("discounts") or []) > 1:
        raise invalid("You can only pass one discount.", "discounts")
    _check_addresses(given)


def _check_customer(given: Document, customer: Document | None) -> None:
    """A known customer must be allowed to change where tax depends on what they type. Raises StripeError (400)."""
    changes = given.get("customer_update") or {}
    if customer is None:
        if changes:
            raise invalid("`customer_update` can only be used with `customer`.", "customer_update")
        return
    taxed = (given.get("automatic_tax") or {}).get("enabled")
    if taxed and changes.get("address") != "auto" and not (customer["address"] or {}).get("country"):
        raise invalid(
            "Automatic tax calculation in Checkout requires a valid address on the Customer. Add a valid address to the Customer or "
            "set either `customer_update[address]` to 'auto' or `customer_update[shipping]` to 'auto' to save the address entered "
            "in Checkout to the Customer.",
            "customer",
            "customer_tax_location_invalid",
        )
    if (given.get("tax_id_collection") or {}).get("enabled") and changes.get("name") != "auto":
        raise invalid(
            "Tax ID collection requires updating business name on the customer. To enable tax ID collection for an existing "
            "customer, please set `customer_update[name]` to `auto`.",
            "customer_update[name]",
        )


def _check_addresses(given: Document) -> None:
    for name in ("success_url", "cancel_url", "return_url"):
        if given.get(name) and not given[name].startswith(("http://", "https://")):
            raise invalid(f"Not a valid URL: {name}.", name, "url_invalid")
    if given.get("customer_email") and "@" not in given["customer_email"]:
        raise invalid(f"Invalid email address: {given['customer_email']}", "customer_email", "email_invalid")


def _price(books: Books, line: Document, index: int) -> Document:
    where = f"line_items[{index}]"
    if line.get("price_data"):
        price = make_price(books, line["price_data"], inline=True)
    elif line.get("price"):
        price = fetch(books, "price", line["price"], f"{where}[price]")
        if not price["active"]:
            raise invalid("The price specified is inactive. This field only accepts active prices.", f"{where}[price]")
    else:
        raise required(f"{where}[price]")
    if line.get("quantity") is None:
        raise required(f"{where}[quantity]")
    return price


def _check_prices(prices: list[Document], mode: str) -> None:
    recurring = [price for price in prices if price["type"] == "recurring"]
    if mode == "payment" and recurring:
        raise invalid(
            "You specified `payment` mode but passed a recurring price. Either switch to `subscription` mode or use only one-time prices.",
            "mode",
        )
    if mode == "subscription" and not recurring:
        raise invalid("You must provide at least one recurring price in `subscription` mode when using prices.", "mode")
    if len({(price["recurring"]["interval"], price["recurring"]["interval_count"]) for price in recurring}) > 1:
        raise invalid("Checkout does not support multiple prices with different billing intervals.", "line_items")


def _currency(
    books: Books, given: Document, mode: str, prices: list[Document], customer: Document | None
) -> str | None:
    bound = customers.billing_currency(books, customer) if customer and mode == "subscription" else None
    currency = (given.get("currency") or "").lower() or None
    if currency is None and prices:
        currency = prices[0]["currency"]
        if bound and all(bound in books.inner(price["id"])["options"] for price in prices):
            currency = bound
    if bound and currency != bound:
        raise invalid(
            "You cannot combine currencies on a single customer. This customer has an active subscription, subscription schedule, "
            f"discount, quote, or invoice item with currency {bound}.",
            "customer",
        )
    for price in prices:
        if currency not in books.inner(price["id"])["options"]:
            raise invalid(
                f"The line items must use the same currency. The price `{price['id']}` cannot be charged in `{currency}`.",
                "line_items",
            )
    return currency


def _fields(books: Books, given: Document, mode: str, customer: Document | None, currency: str | None) -> Document:
    fields: Document = {name: given.get(name) for name in COPIED}
    expires = given.get("expires_at") or books.now + DAY
    if given.get("expires_at") and not books.now + 1800 <= expires <= books.now + DAY:
        bound = "at least 30 minutes from" if expires < books.now + 1800 else "less than 24 hours from"
        raise invalid(f"The `expires_at` timestamp must be {bound} Checkout Session creation.", "expires_at")
    taxed = bool((given.get("automatic_tax") or {}).get("enabled"))
    email = customer["email"] if customer else given.get("customer_email")
    fields |= {
        "after_expiration": checkout_recovery.wanted(given.get("after_expiration")),
        "automatic_tax": {
            "enabled": taxed,
            "liability": {"account": None, "type": "self"} if taxed else None,
            "provider": "stripe" if taxed else None,
            "status": "requires_location_inputs" if taxed else None,
        },
        "consent_collection": _consent_collection(given.get("consent_collection")),
        "currency": currency,
        "customer": customer["id"] if customer else None,
        "customer_creation": (given.get("customer_creation") or "if_required")
        if mode == "payment" and not customer
        else None,
        "customer_details": objects.customer_details(email=email) if email else None,
        "expires_at": expires,
        "metadata": merge_metadata({}, given.get("metadata") or {}),
        "payment_method_collection": (given.get("payment_method_collection") or "always")
        if mode == "subscription"
        else None,
        "payment_method_types": ["card", "us_bank_account" if currency == "usd" else "sepa_debit"],
        "payment_status": "no_payment_required" if mode == "setup" else "unpaid",
        "phone_number_collection": {"enabled": bool((given.get("phone_number_collection") or {}).get("enabled"))},
        "tax_id_collection": {
            "enabled": bool((given.get("tax_id_collection") or {}).get("enabled")),
            "required": "never",
        },
    }
    if mode == "payment":
        wanted = given.get("invoice_creation") or {}
        data = {**objects.INVOICE_DATA, **(wanted.get("invoice_data") or {})}
        fields["invoice_creation"] = {"enabled": bool(wanted.get("enabled")), "invoice_data": data}
    return fields


def _consent_collection(given: Document | None) -> Document | None:
    if not given:
        return None
    return {"payment_method_reuse_agreement": None, "promotions": None, "terms_of_service": None, **given}


def _appearance(books: Books, given: Document, id: str) -> Document:
    ui_mode = OLD_UI_MODES.get(given.get("ui_mode") or "", given.get("ui_mode") or "hosted_page")
    hosted = ui_mode == "hosted_page"
    texts: Document = {
        name: {"message": value["message"]} for name, value in (given.get("custom_text") or {}).items() if value
    }
    looks = {
        name: value for name, value in (given.get("branding_settings") or {}).items() if name not in ("icon", "logo")
    }
    return {
        "branding_settings": {**objects.SESSION["branding_settings"], **looks},
        "client_secret": None if hosted else f"{id}_secret_{new_id('')[1:]}",
        "custom_fields": [_custom_field(field) for field in given.get("custom_fields") or []],
        "custom_text": {
            **dict.fromkeys(("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")),
            **texts,
        },
        "ui_mode": ui_mode,
        "url": f"{books.site}/stripe/checkout/{id}" if hosted else None,
    }


def _custom_field(given: Document) -> Document:
    kind = given["type"]
    own: Document = {"default_value": None, "value": None, **(given.get(kind) or {})}
    if kind != "dropdown":
        own = {"maximum_length": None, "minimum_length": None, **own}
    label = {"custom": (given.get("label") or {}).get("custom"), "type": "custom"}
    kinds: Document = {"dropdown": None, "numeric": None, "text": None, kind: own}
    return {"key": given["key"], "label": label, "optional": bool(given.get("optional")), "type": kind, **kinds}


def _line_item(books: Books, line: Document, price: Document, currency: str) -> Document:
    product = books.find("product", price["product"]) or {}
    item = objects.line_item(
        new_id("li"),
        currency,
        product.get("name") or "Product",
        price["id"],
        line["quantity"],
        metadata=merge_metadata({}, line.get("metadata") or {}),
    )
    wanted = line.get("adjustable_quantity")
    if wanted and wanted.get("enabled"):
        item["adjustable_quantity"] = {
            "enabled": True,
            "maximum": wanted.get("maximum") or 99,
            "minimum": wanted.get("minimum") or 0,
        }
    return books.add(item)


def _inner(books: Books, given: Document, session: Document, items: list[str], subtotal: int) -> dict[str, Any]:
    kept = ("subscription_data", "payment_intent_data", "setup_intent_data", "customer_update")
    inner: dict[str, Any] = {"line_items": items, **{name: given.get(name) or {} for name in kept}}
    wanted = (given.get("discounts") or [None])[0]
    if wanted:
        inner |= _discount(books, wanted, session, subtotal)
        session["discounts"] = [{"coupon": wanted.get("coupon"), "promotion_code": wanted.get("promotion_code")}]
    return inner


def _discount(books: Books, wanted: Document, session: Document, subtotal: int) -> Document:
    code = None
    try:
        if wanted.get("promotion_code"):
            code = fetch(books, "promotion_code", wanted["promotion_code"], "discounts[0][promotion_code]")
            discounts.check_code(books, code, session["currency"], subtotal, session["customer"])
        coupon_id = code["promotion"]["coupon"] if code else wanted.get("coupon")
        if not coupon_id:
            raise required("discounts[0][coupon]")
        coupon = fetch(books, "coupon", coupon_id, "discounts[0][coupon]")
        discounts.check_coupon(books, coupon, session["currency"])
    except discounts.Refused as refused:
        name = "promotion_code" if code else "coupon"
        raise invalid(
            f"This {name.replace('_', ' ')} cannot be redeemed: {refused}", f"discounts[0][{name}]", f"{name}_invalid"
        ) from None
    return {"coupon": coupon["id"], "promotion_code": code["id"] if code else None}


def _check_amount(session: Document) -> None:
    total, currency = session["amount_total"], session["currency"]
    if total and total < minimum(currency):
        least = money(minimum(currency), currency)
        raise StripeError(
            400,
            f"The Checkout Session's total amount due must add up to at least {least} {currency}",
            code="amount_too_small",
        )


def update(call: Call) -> Document:
    """POST /v1/checkout/sessions/{id}: its metadata."""
    session = fetch(call.books, "checkout.session", call.ids[0])
    if "metadata" in call.params:
        session["metadata"] = merge_metadata(session["metadata"], call.params["metadata"])
    return call.books.save(session)


def expire(call: Call) -> Document:
    """POST /v1/checkout/sessions/{id}/expire."""
    session = fetch(call.books, "checkout.session", call.ids[0])
    if session["status"] != "open":
        raise invalid(
            f'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of {session["status"]}.'
        )
    return checkout_flow.expire(call.books, session)


def list_sessions(call: Call) -> Document:
    """GET /v1/checkout/sessions."""
    where = lists.Filter().equal(call.params, "customer", "payment_intent", "subscription", "status", "payment_link")
    email = (call.params.get("customer_details") or {}).get("email")
    if email:
        where.add("json_extract(body, '$.customer_details.email') = ?", email)
    return lists.page(call.books, "checkout.session", call.params, "/v1/checkout/sessions", where)


def list_items(call: Call) -> Document:
    """GET /v1/checkout/sessions/{id}/line_items."""
    session = fetch(call.books, "checkout.session", call.ids[0])
    items = checkout_bill.items(call.books, session)
    return lists.page_of(items, call.params, f"/v1/checkout/sessions/{session['id']}/line_items")


ROUTES = [
    Route("POST", "/v1/checkout/sessions", create, CREATE),
    Route("GET", "/v1/checkout/sessions", list_sessions, LIST),
    Route("GET", "/v1/checkout/sessions/{id}", lambda call: fetch(call.books, "checkout.session", call.ids[0])),
    Route("POST", "/v1/checkout/sessions/{id}", update, UPDATE),
    Route("POST", "/v1/checkout/sessions/{id}/expire", expire),
    Route("GET", "/v1/checkout/sessions/{id}/line_items", list_items, LIST_ITEMS),
]
