"""Subscriptions as the API changes and ends them: items and prorations, cycle, trial, discount, collection, end."""

from nestpay.sandbox import calendar
from nestpay.sandbox.books import Books, changed_from, new_id
from nestpay.sandbox.documents import Document
from nestpay.sandbox.stripe import (
    collection,
    discounts,
    invoices,
    payments,
    pending_changes,
    subscription_bill,
    subscription_changes,
    subscriptions,
    timetable,
)
from nestpay.sandbox.stripe.catalogue import in_currency, make_price
from nestpay.sandbox.stripe.errors import StripeError, invalid, required
from nestpay.sandbox.stripe.objects import catalogue
from nestpay.sandbox.stripe.records import changed, deleted, fetch, items_of, shown
from nestpay.sandbox.stripe.routes import Call, Route
from nestpay.sandbox.stripe.subscription_changes import Change, Wish
from nestpay.sandbox.stripe.subscription_params import CANCEL, CREATE_ITEM, DELETE_ITEM, UPDATE, UPDATE_ITEM
from nestpay.sandbox.stripe.wire import merge_metadata


def update(call: Call) -> Document:
    """POST /v1/subscriptions/{id}."""
    books, given = call.books, call.params
    subscription = fetch(books, "subscription", call.ids[0])
    if subscription["status"] in subscriptions.ENDED and given.keys() - {"metadata", "cancellation_details", "expand"}:
        raise invalid("A canceled subscription can only update its cancellation_details and metadata.", "id")
    before = shown(books, subscription)
    announcements = len(books.announcements)
    subscription = changed(books, subscription, plain_changes(books, subscription, given))
    if given.get("items") or given.get("trial_end") or anchor_of(given) == "now":
        subscription = restructure(books, subscription, given)
    return _announced(books, before, subscription, announcements)


def _announced(books: Books, before: Document, subscription: Document, since: int) -> Document:
    """One updated event for the whole request: the one of the items carries the plain changes too."""
    said = next(
        (one for one in books.announcements[since:] if one and one.type == "customer.subscription.updated"), None
    )
    after = shown(books, subscription)
    if said is None:
        subscriptions.announce_difference(books, before, after)
    else:
        said.previous = changed_from(before, said.object)
    timetable.plan(books, fetch(books, "subscription", subscription["id"]))
    return fetch(books, "subscription", subscription["id"])


def plain_changes(books: Books, subscription: Document, given: Document) -> Document:
    """The new values that cost nothing: description, card, metadata, end, discount, collection, trial settings."""
    changes = {name: given[name] for name in ("description",) if name in given}
    if given.get("default_payment_method"):
        customer = fetch(books, "customer", subscription["customer"], "customer")
        changes["default_payment_method"] = (
            subscriptions.own_method(books, customer, given["default_payment_method"]) or {}
        )["id"]
    elif "default_payment_method" in given:
        changes["default_payment_method"] = None
    if "metadata" in given:
        changes["metadata"] = merge_metadata(subscription["metadata"], given["metadata"])
    if "pause_collection" in given:
        wanted = given["pause_collection"]
        changes["pause_collection"] = {"resumes_at": None, **wanted} if wanted else None
    if given.get("trial_settings"):
        end = {**subscription["trial_settings"]["end_behavior"], **(given["trial_settings"].get("end_behavior") or {})}
        changes["trial_settings"] = {"end_behavior": end}
    if given.get("automatic_tax"):
        enabled = bool(given["automatic_tax"].get("enabled"))
        liability = {"account": None, "type": "self"} if enabled else None
        changes["automatic_tax"] = {"disabled_reason": None, "enabled": enabled, "liability": liability}
    if "discounts" in given:
        changes["discounts"] = _discounts(books, subscription, given["discounts"])
    changes |= ending(books, subscription, given)
    if given.get("cancellation_details"):
        details = changes.get("cancellation_details", subscription["cancellation_details"])
        changes["cancellation_details"] = {**details, **given["cancellation_details"]}
    return changes


def _discounts(books: Books, subscription: Document, wanted: list[Document]) -> list[str]:
    ids: list[str] = []
    for index, one in enumerate(wanted):
        if one.get("discount"):
            ids.append(fetch(books, "discount", one["discount"], f"discounts[{index}][discount]")["id"])
            continue
        code = fetch(books, "promotion_code", one["promotion_code"], "discounts") if one.get("promotion_code") else None
        coupon_id = code["promotion"]["coupon"] if code else one.get("coupon")
        if not coupon_id:
            raise required(f"discounts[{index}][coupon]")
        coupon = fetch(books, "coupon", coupon_id, f"discounts[{index}][coupon]")
        try:
            discounts.check_coupon(books, coupon, subscription["currency"])
            if code:
                full = sum(
                    subscription_bill.net_of_items(
                        books, {**subscription, "discounts": []}, items_of(books, subscription)
                    ).values()
                )
                discounts.check_code(books, code, subscription["currency"], full, subscription["customer"])
        except discounts.Refused as refused:
            raise invalid(str(refused), "discounts") from None
        discounts.redeem(books, coupon, code)
        months = coupon["duration_in_months"] if coupon["duration"] == "repeating" else None
        discount = catalogue.discount(
            new_id("di"),
            coupon["id"],
            books.now,
            customer=subscription["customer"],
            end=calendar.after(books.now, "month", months) if months else None,
            promotion_code=code["id"] if code else None,
            subscription=subscription["id"],
        )
        ids.append(books.add(discount)["id"])
    return ids


def ending(books: Books, subscription: Document, given: Document) -> Document:
    """What changes when the end is set or taken back, by flag or by date."""
    end = timetable.period_end(books, subscription)
    if given.get("cancel_at_period_end") is not None:
        wanted = given["cancel_at_period_end"]
        at = end if wanted else None
        flag: Document = {"cancel_at_period_end": wanted}
    elif "cancel_at" in given:
        at = end if given["cancel_at"] in ("min_period_end", "max_period_end") else given["cancel_at"]
        if at is not None and at <= books.now:
            raise invalid("`cancel_at` must be in the future.", "cancel_at")
        flag = {"cancel_at_period_end": False}
    else:
        return {}
    if at == subscription["cancel_at"]:
        return flag
    reason = "cancellation_requested" if at else None
    details = {**subscription["cancellation_details"], "reason": reason}
    if not at:
        details |= {"comment": None, "feedback": None}
    return {**flag, "cancel_at": at, "canceled_at": books.now if at else None, "cancellation_details": details}


def anchor_of(given: Document) -> str | None:
    """`billing_cycle_anchor` as a word, whether it was sent as one or as a hash."""
    anchor = given.get("billing_cycle_anchor")
    return anchor.get("type") if isinstance(anchor, dict) else anchor


def wish_of(books: Books, subscription: Document, given: Document) -> Wish:
    """What the parameters of an update (or of a preview) ask for. Raises StripeError (400)."""
    anchor = anchor_of(given)
    at = given.get("proration_date") or books.now
    if given.get("proration_date"):
        if anchor == "now":
            message = "You cannot pass `proration_date` together with `billing_cycle_anchor=now`."
            raise invalid(message, "proration_date")
        start = max(item["current_period_start"] for item in items_of(books, subscription))
        if not start <= at <= timetable.period_end(books, subscription):
            message = "`proration_date` must be within the current billing period of the subscription."
            raise invalid(message, "proration_date")
    trial_end = given.get("trial_end")
    if isinstance(trial_end, int) and trial_end <= books.now:
        raise invalid("Invalid timestamp: must be an integer Unix timestamp in the future.", "trial_end")
    items = [_item(books, subscription, item, f"items[{index}]") for index, item in enumerate(given.get("items") or [])]
    return Wish(
        at, items, anchor == "now", (given.get("proration_behavior") or "create_prorations") != "none", trial_end
    )


def _item(books: Books, subscription: Document, given: Document, where: str) -> Document:
    item = {name: given[name] for name in ("id", "deleted", "quantity") if given.get(name) is not None}
    if given.get("deleted"):
        if not given.get("id"):
            raise required(f"{where}[id]")
        return item
    price_id = given.get("price") or given.get("plan")
    if given.get("price_data"):
        price = make_price(books, given["price_data"], inline=True)
    elif price_id:
        price = fetch(books, "price", price_id, f"{where}[price]")
        known = {one["price"] for one in items_of(books, subscription)}
        if not price["active"] and price["id"] not in known:
            raise invalid("The price specified is inactive. This field only accepts active prices.", f"{where}[price]")
    elif given.get("id"):
        price = None
    else:
        raise required(f"{where}[price]")
    if price is not None:
        _check_price(books, subscription, price, where)
        item["price"] = price["id"]
    if "metadata" in given:
        old = next((one["metadata"] for one in items_of(books, subscription) if one["id"] == given.get("id")), {})
        item["metadata"] = merge_metadata(old, given["metadata"])
    return item


def _check_price(books: Books, subscription: Document, price: Document, where: str) -> None:
    if price["type"] != "recurring":
        message = (
            "The price specified is set to `type=one_time` but this field only accepts prices with `type=recurring`."
        )
        raise invalid(message, f"{where}[price]")
    in_currency(books, price, subscription["currency"])


def restructure(books: Books, subscription: Document, given: Document) -> Document:
    """Change items, cycle or trial as the parameters say, with the invoice and the payment that follow."""
    if subscription["status"] in ("incomplete", "paused"):
        raise invalid(f"You cannot update a subscription in `{subscription['status']}` status in this way.", "id")
    if books.inner(subscription["id"]).get("pending"):
        pending_changes.expire(books, subscription)
        subscription = fetch(books, "subscription", subscription["id"])
    change = subscription_changes.work_out(books, subscription, wish_of(books, subscription, given))
    behavior = given.get("payment_behavior") or "allow_incomplete"
    at_once = given.get("proration_behavior") == "always_invoice"
    if behavior == "pending_if_incomplete" and (at_once or change.resets):
        return _pay_first(books, subscription, change)
    after, invoice = subscription_changes.carry_out(books, subscription, change, at_once)
    if invoice and invoice["status"] == "open":
        pay(books, invoice, behavior)
    return fetch(books, "subscription", after["id"])


def _pay_first(books: Books, subscription: Document, change: Change) -> Document:
    invoice = pending_changes.propose(books, subscription, change, pending_changes.UPDATE)
    if invoice is None:
        after, _ = subscription_changes.carry_out(books, subscription, change, invoice_now=False)
        return after
    if invoice["status"] == "open":
        collection.collect(books, invoice, automatic=False)
    subscription = fetch(books, "subscription", subscription["id"])
    return pending_changes.hold(books, subscription) if books.inner(subscription["id"]).get("pending") else subscription


def pay(books: Books, invoice: Document, behavior: str) -> None:
    """Pay the invoice of a change in the way `payment_behavior` says. Raises StripeError 402 for `error_if_incomplete`."""
    if behavior == "default_incomplete":
        subscription = fetch(books, "subscription", books.inner(invoice["id"])["subscription"])
        if subscription["status"] == "active":
            subscriptions.announce_change(books, subscription, {"status": "past_due"})
        return
    intent = collection.collect(books, invoice, automatic=False)
    if behavior != "error_if_incomplete" or (intent and intent["status"] in ("succeeded", "processing")):
        return
    error = invalid("This customer has no attached payment source or default payment method.", code="resource_missing")
    if intent and intent["last_payment_error"]:
        error = payments.refusal_of(intent)
    elif intent:
        message = "This payment requires additional user action before it can be completed successfully."
        error = StripeError(402, message, type="card_error", code="subscription_payment_intent_requires_action")
    error.keep = False
    raise error


def cancel(call: Call) -> Document:
    """DELETE /v1/subscriptions/{id}: at once; `prorate` credits the unused time, `invoice_now` settles what waits."""
    books, given = call.books, call.params
    subscription = fetch(books, "subscription", call.ids[0])
    if subscription["status"] in subscriptions.ENDED:
        raise StripeError(404, f"No such subscription: '{call.ids[0]}'", code="resource_missing", param="id")
    return end(books, subscription, given, given.get("cancellation_details"))


def end(books: Books, subscription: Document, given: Document, details: Document | None = None) -> Document:
    """End a subscription now, with `prorate` and `invoice_now` as given."""
    if given.get("prorate") and subscription["status"] != "trialing":
        for item in items_of(books, subscription):
            entry = subscription_bill.credit(books, subscription, item, books.now)
            if entry:
                subscription_bill.wait(books, subscription, entry)
    invoice = subscription_changes.bill(books, subscription, []) if given.get("invoice_now") else None
    if invoice:
        invoice = invoices.finalize(books, invoice)
        subscription = changed(books, subscription, {"latest_invoice": invoice["id"]})
        if invoice["status"] == "open":
            collection.collect(books, invoice, automatic=False)
            subscription = fetch(books, "subscription", subscription["id"])
    return subscriptions.end(books, subscription, "cancellation_requested", details)


def create_item(call: Call) -> Document:
    """POST /v1/subscription_items."""
    books, given = call.books, call.params
    subscription = fetch(books, "subscription", given["subscription"], "subscription")
    before = {item["id"] for item in items_of(books, subscription)}
    after = restructure(books, subscription, {**given, "items": [given]})
    return next(item for item in items_of(books, after) if item["id"] not in before)


def update_item(call: Call) -> Document:
    """POST /v1/subscription_items/{id}."""
    books, given = call.books, call.params
    item = fetch(books, "subscription_item", call.ids[0])
    subscription = fetch(books, "subscription", item["subscription"])
    restructure(books, subscription, {**given, "items": [{**given, "id": item["id"]}]})
    return fetch(books, "subscription_item", item["id"])


def delete_item(call: Call) -> Document:
    """DELETE /v1/subscription_items/{id}."""
    books, given = call.books, call.params
    item = fetch(books, "subscription_item", call.ids[0])
    subscription = fetch(books, "subscription", item["subscription"])
    restructure(books, subscription, {**given, "items": [{"id": item["id"], "deleted": True}]})
    return deleted(books, item)


ROUTES = [
    Route("POST", "/v1/subscriptions/{id}", update, UPDATE),
    Route("DELETE", "/v1/subscriptions/{id}", cancel, CANCEL),
    Route("POST", "/v1/subscription_items", create_item, CREATE_ITEM),
    Route("POST", "/v1/subscription_items/{id}", update_item, UPDATE_ITEM),
    Route("DELETE", "/v1/subscription_items/{id}", delete_item, DELETE_ITEM),
]
