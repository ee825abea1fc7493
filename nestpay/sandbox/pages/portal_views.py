"""What each step of the billing portal shows."""

from collections.abc import Callable
from typing import Any

from nestpay.sandbox import tax
from nestpay.sandbox.books import Books
from nestpay.sandbox.documents import Document
from nestpay.sandbox.pages.card_buttons import KEEP
from nestpay.sandbox.pages.portal_steps import Given, Visit, change_form, own_subscription, paying
from nestpay.sandbox.stripe import catalogue, invoices
from nestpay.sandbox.stripe.api import handle
from nestpay.sandbox.stripe.errors import invalid
from nestpay.sandbox.stripe.records import fetch, items_of
from nestpay.sandbox.stripe.subscriptions import live

SHOWN_INVOICES = 24
Facts = dict[str, Any]


def flow_query(flow: Document) -> Given:
    """What the address of a flow's step would say."""
    own = flow.get(flow["type"]) or {}
    query = {"subscription": own.get("subscription") or ""}
    if own.get("items"):
        item = own["items"][0]
        query |= {name: str(item[name]) for name in ("price", "quantity") if item[name] is not None}
    return query


def _plan(books: Books, price: Document, quantity: int, currency: str) -> Document:
    """A price as the page names it: product, amount per period and quantity."""
    product = books.find("product", price["product"]) or {}
    amount = int(catalogue.in_currency(books, price, currency)[1] * quantity)
    repeats = price["recurring"] or {"interval": "month", "interval_count": 1}
    return {
        "id": price["id"],
        "name": product.get("name") or "Product",
        "details": product.get("description"),
        "nickname": price["nickname"],
        "amount": amount,
        "currency": currency,
        "interval": repeats["interval"],
        "count": repeats["interval_count"],
        "quantity": quantity,
    }


def described(books: Books, visit: Visit, subscription: Document) -> Document:
    """A subscription with the plans it holds, the card that pays and what can be done with it."""
    items = items_of(books, subscription)
    plans = [
        _plan(books, books.find("price", item["price"]) or {}, item["quantity"] or 1, subscription["currency"])
        for item in items
    ]
    method_id = subscription["default_payment_method"] or visit.customer["invoice_settings"]["default_payment_method"]
    running = subscription["status"] in ("active", "trialing", "past_due")
    return {
        **subscription,
        "plans": plans,
        "period_end": max((item["current_period_end"] for item in items), default=None),
        "method": books.find("payment_method", method_id) if method_id else None,
        "can_change": visit.features["subscription_update"]["enabled"]
        and len(items) == 1
        and running
        and not subscription["cancel_at"]
        and not subscription["schedule"],
        "can_cancel": visit.features["subscription_cancel"]["enabled"] and running and not subscription["cancel_at"],
    }


def home(books: Books, visit: Visit, given: Given) -> Facts:
    """Everything at a glance."""
    customer = visit.customer
    own = ("json_extract(body, '$.customer') = ?", [customer["id"]])
    found = books.select("invoice", *own, f"order by seq desc limit {SHOWN_INVOICES}")
    default = customer["invoice_settings"]["default_payment_method"]
    return {
        "subscriptions": [
            described(books, visit, one) for one in live(books, customer["id"]) if one["status"] != "incomplete"
        ],
        "methods": books.select("payment_method", *own),
        "default": default,
        "paying": paying(books, visit),
        "invoices": [one for one in found if one["status"] != "draft"],
        "open_invoices": [one for one in found if one["status"] == "open" and invoices.intent_of(books, one)],
        "done": given.get("done"),
        "countries": tax.COUNTRIES,
    }


def cancel(books: Books, visit: Visit, given: Given) -> Facts:
    """Why the customer leaves, until when they keep what is paid, and what is offered for staying."""
    visit.allows("subscription_cancel")
    subscription = own_subscription(books, visit, given)
    flow = (visit.session["flow"] or {}).get("subscription_cancel") or {}
    offer = ((flow.get("retention") or {}).get("coupon_offer") or {}).get("coupon")
    feature = visit.features["subscription_cancel"]
    return {
        "subscription": described(books, visit, subscription),
        "reasons": feature["cancellation_reason"]["options"] if feature["cancellation_reason"]["enabled"] else [],
        "at_once": feature["mode"] == "immediately",
        "offer": books.find("coupon", offer) if offer else None,
    }


def choices(books: Books, visit: Visit, currency: str) -> list[Document]:
    """The prices a customer may change to: those of the configuration, else everything for sale that comes back."""
    listed = visit.features["subscription_update"]["products"]
    if listed is not None:
        allowed = [price for product in listed for price in product["prices"]]
        prices = [books.find("price", price) for price in allowed]
    else:
        where = "json_extract(body, '$.active') = 1 and json_extract(body, '$.type') = 'recurring'"
        prices = books.select("price", where, tail="order by seq")
        prices = [one for one in prices if (books.find("product", one["product"]) or {}).get("active")]
    return [
        price
        for price in prices
        if price and price["active"] and price["recurring"] and currency in books.inner(price["id"])["options"]
    ]


def plan(books: Books, visit: Visit, given: Given) -> Facts:
    """The plans to choose from, by how often they come back."""
    visit.allows("subscription_update")
    subscription = own_subscription(books, visit, given)
    whole = described(books, visit, subscription)
    current = items_of(books, subscription)[0]
    quantity = current["quantity"] or 1
    plans = [
        _plan(books, price, 1, subscription["currency"]) for price in choices(books, visit, subscription["currency"])
    ]
    rhythms = sorted(
        {(one["interval"], one["count"]) for one in plans},
        key=lambda one: ("day week month year".index(one[0]), one[1]),
    )
    return {
        "subscription": whole,
        "groups": [(rhythm, [one for one in plans if (one["interval"], one["count"]) == rhythm]) for rhythm in rhythms],
        "current": current["price"],
        "quantity": quantity,
        "asks_quantity": "quantity" in visit.features["subscription_update"]["default_allowed_updates"],
    }


def confirm(books: Books, visit: Visit, given: Given) -> Facts:
    """What the change costs today and from then on, reckoned by the same code that will charge it."""
    visit.allows("subscription_update")
    subscription = own_subscription(books, visit, given)
    item = items_of(books, subscription)[0]
    price = fetch(books, "price", given.get("price") or item["price"], "price")
    chosen = {name: given.get(name, "") for name in ("quantity", "at")}
    quantity = int(chosen["quantity"]) if chosen["quantity"].isdigit() else item["quantity"] or 1
    if quantity < 1:
        raise invalid("Choose at least one.", "quantity")
    if price["id"] not in {one["id"] for one in choices(books, visit, subscription["currency"])} | {item["price"]}:
        raise invalid("This plan cannot be chosen here.", "price")
    at = chosen["at"] if chosen["at"].isdigit() else str(books.now)
    change = change_form(books, visit, subscription, {"price": price["id"], "quantity": str(quantity), "at": at})
    form = {"subscription": subscription["id"], "subscription_details": change}
    preview = handle(books, "POST", "/v1/invoices/create_preview", form)
    now_plan = described(books, visit, subscription)
    new_plan = _plan(books, price, quantity, subscription["currency"])
    same_rhythm = (new_plan["interval"], new_plan["count"]) == (
        now_plan["plans"][0]["interval"],
        now_plan["plans"][0]["count"],
    )
    at_once = visit.features["subscription_update"]["proration_behavior"] == "always_invoice" or not same_rhythm
    return {
        "subscription": now_plan,
        "new": new_plan,
        "same": price["id"] == item["price"] and quantity == item["quantity"],
        "preview": preview,
        "due": max(preview["amount_due"], 0) if at_once else 0,
        "at_once": at_once,
        "at": at,
        "quantity": quantity,
    }


def card(books: Books, visit: Visit, given: Given) -> Facts:
    """The form for a new card."""
    visit.allows("payment_method_update")
    return {"buttons": KEEP, "refused": given.get("refused")}


def details(books: Books, visit: Visit, given: Given) -> Facts:
    """The form for name and address."""
    visit.allows("customer_update")
    allowed = visit.features["customer_update"]["allowed_updates"]
    return {"allowed": allowed, "countries": tax.COUNTRIES, "address": visit.customer["address"] or {}}


def finished(books: Books, visit: Visit, given: Given) -> Facts:
    """The end of a flow that wanted its own last words."""
    after = (visit.session["flow"] or {}).get("after_completion") or {}
    return {"words": (after.get("hosted_confirmation") or {}).get("custom_message")}


VIEWS: dict[str, Callable[[Books, Visit, Given], Facts]] = {
    "": home,
    "cancel": cancel,
    "card": card,
    "confirm": confirm,
    "details": details,
    "finished": finished,
    "plan": plan,
}
