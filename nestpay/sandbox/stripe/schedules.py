"""Subscription schedules: phases that follow each other, each setting the subscription's prices at its instant."""

from nestpay.sandbox import calendar
from nestpay.sandbox.books import Books, new_id
from nestpay.sandbox.documents import Document
from nestpay.sandbox.stripe import (
    collection,
    lists,
    subscription_changes,
    subscription_update,
    subscriptions,
    timetable,
)
from nestpay.sandbox.stripe.catalogue import make_price
from nestpay.sandbox.stripe.errors import invalid, required
from nestpay.sandbox.stripe.objects import planning as objects
from nestpay.sandbox.stripe.records import changed, created, fetch, items_of
from nestpay.sandbox.stripe.routes import Call, Route
from nestpay.sandbox.stripe.schedule_params import CANCEL, CREATE, LIST, RELEASE, UPDATE
from nestpay.sandbox.stripe.wire import merge_metadata

KIND = "subscription_schedule"
URL = "/v1/subscription_schedules"
COPIED = ("billing_cycle_anchor", "default_payment_method", "description", "discounts", "proration_behavior")


def create(call: Call) -> Document:
    """POST /v1/subscription_schedules: of a running subscription, or with phases for a customer's new one."""
    books, given = call.books, call.params
    if given.get("from_subscription"):
        if given.get("phases"):
            raise invalid("You may not set `phases` when `from_subscription` is set.", "phases")
        return _of_running(books, given)
    if not given.get("customer"):
        raise required("customer")
    if not given.get("phases"):
        raise required("phases")
    customer = fetch(books, "customer", given["customer"], "customer")
    start = given.get("start_date") or books.now
    start = books.now if start == "now" else start
    schedule = objects.schedule(new_id("sub_sched"), books.now, customer["id"], **_fields(given))
    schedule |= {"status": "not_started", "test_clock": books.clock}
    first = fetch(books, "price", given["phases"][0]["items"][0].get("price") or "", "phases[0][items][0][price]")
    schedule["phases"] = _phases(books, given["phases"], start, first["currency"], "create_prorations")
    created(books, schedule)
    if start <= books.now:
        return begin_phase(books, schedule)
    books.appoint(start, "begin_phase", schedule["id"])
    return schedule


def _fields(given: Document) -> Document:
    return {
        "end_behavior": given.get("end_behavior") or "release",
        "metadata": merge_metadata({}, given.get("metadata") or {}),
    }


def _of_running(books: Books, given: Document) -> Document:
    subscription = fetch(books, "subscription", given["from_subscription"], "from_subscription")
    if subscription["status"] in subscriptions.ENDED:
        raise invalid("You cannot create a schedule from a subscription that has ended.", "from_subscription")
    if subscription["schedule"]:
        message = f"The subscription is already attached to a schedule: `{subscription['schedule']}`."
        raise invalid(message, "from_subscription")
    items = items_of(books, subscription)
    start, end = items[0]["current_period_start"], timetable.period_end(books, subscription)
    kept = [objects.phase_item(item["price"], item["quantity"], item["metadata"]) for item in items]
    phase = objects.phase(start, end, subscription["currency"], kept)
    schedule = objects.schedule(new_id("sub_sched"), books.now, subscription["customer"], **_fields(given))
    schedule |= {
        "current_phase": {"end_date": end, "start_date": start},
        "phases": [phase],
        "subscription": subscription["id"],
        "test_clock": books.clock,
    }
    created(books, schedule)
    books.appoint(end, "begin_phase", schedule["id"])
    changed(books, subscription, {"schedule": schedule["id"]}, "customer.subscription.updated")
    return schedule


def _phases(books: Books, given: list[Document], start: int, currency: str, prorations: str) -> list[Document]:
    phases: list[Document] = []
    for index, wanted in enumerate(given):
        where = f"phases[{index}]"
        begins = wanted.get("start_date") or (phases[-1]["end_date"] if phases else start)
        begins = books.now if begins == "now" else begins
        if phases and begins != phases[-1]["end_date"]:
            raise invalid("Each phase must begin where the phase before it ends.", f"{where}[start_date]")
        items = [_item(books, item, f"{where}[items][{place}]") for place, item in enumerate(wanted["items"])]
        ends = _end(books, wanted, begins, items)
        if ends <= begins:
            raise invalid("The phase's `end_date` must be after its `start_date`.", f"{where}[end_date]")
        more = {name: wanted[name] for name in COPIED if wanted.get(name) is not None}
        more["discounts"] = [
            {"coupon": None, "discount": None, "promotion_code": None, **one} for one in more.get("discounts", [])
        ]
        more["metadata"] = merge_metadata({}, wanted.get("metadata") or {})
        phases.append(objects.phase(begins, ends, currency, items, **{"proration_behavior": prorations, **more}))
    return phases


def _item(books: Books, given: Document, where: str) -> Document:
    if given.get("price_data"):
        price = make_price(books, given["price_data"], inline=True)
    else:
        price = fetch(books, "price", given.get("price") or given.get("plan") or "", f"{where}[price]")
    if price["type"] != "recurring":
        raise invalid("Phases take prices with `type=recurring` only.", f"{where}[price]")
    quantity = 1 if given.get("quantity") is None else given["quantity"]
    return objects.phase_item(price["id"], quantity, merge_metadata({}, given.get("metadata") or {}))


def _end(books: Books, given: Document, start: int, items: list[Document]) -> int:
    """Where a phase ends: its date, its duration, or a number of its price's intervals (one by default)."""
    if given.get("end_date"):
        return books.now if given["end_date"] == "now" else given["end_date"]
    if given.get("duration"):
        return calendar.after(start, given["duration"]["interval"], given["duration"].get("interval_count") or 1)
    interval, count = subscription_changes.rhythm(books, items)
    return calendar.after(start, interval, count * (given.get("iterations") or 1))


def set_phases(books: Books, schedule: Document, given: Document) -> Document:
    """Replace the phases from the running one on. Raises StripeError (400) when the running one is left out."""
    changes = {name: given[name] for name in ("end_behavior",) if given.get(name)}
    if "metadata" in given:
        changes["metadata"] = merge_metadata(schedule["metadata"], given["metadata"])
    if given.get("phases"):
        running = schedule["current_phase"]
        start = running["start_date"] if running else schedule["phases"][0]["start_date"]
        currency = schedule["phases"][0]["currency"]
        prorations = given.get("proration_behavior") or "create_prorations"
        changes["phases"] = _phases(books, given["phases"], start, currency, prorations)
        if running:
            now = next((one for one in changes["phases"] if one["start_date"] <= books.now < one["end_date"]), None)
            if now is None:
                raise invalid("The phases must cover the present moment.", "phases")
            changes["current_phase"] = {"end_date": now["end_date"], "start_date": now["start_date"]}
    after = changed(books, schedule, changes, "subscription_schedule.updated")
    upcoming = next_phase(after, books.now)
    at = upcoming["start_date"] if upcoming else after["phases"][-1]["end_date"]
    books.appoint(at, "begin_phase", after["id"])
    return after


def update(call: Call) -> Document:
    """POST /v1/subscription_schedules/{id}; what the running phase changes is changed at once."""
    books = call.books
    schedule = _open(call)
    after = set_phases(books, schedule, call.params)
    subscription = books.find("subscription", after["subscription"]) if after["subscription"] else None
    running = after["current_phase"]
    if subscription and running and call.params.get("phases"):
        phase = next(one for one in after["phases"] if one["start_date"] == running["start_date"])
        now = {(item["price"], item["quantity"]) for item in items_of(books, subscription)}
        if {(item["price"], item["quantity"]) for item in phase["items"]} != now:
            prorations = call.params.get("proration_behavior") or phase["proration_behavior"]
            _, invoice = begin(books, after, {**phase, "proration_behavior": prorations, "billing_cycle_anchor": None})
            if invoice and invoice["status"] == "open":
                collection.collect(books, invoice)
    return fetch(books, KIND, after["id"])


def next_phase(schedule: Document, now: int) -> Document | None:
    """The phase that begins next, if one does."""
    return next((phase for phase in schedule["phases"] if phase["start_date"] > now), None)


def begin_phase(books: Books, schedule: Document) -> Document:
    """The instant of a phase has come, or the end of the last one."""
    if schedule["status"] not in ("active", "not_started"):
        return schedule
    phase = next((one for one in schedule["phases"] if one["start_date"] <= books.now < one["end_date"]), None)
    if phase is None:
        return _finish(books, schedule)
    if schedule["subscription"] is None:
        schedule = _start(books, schedule, phase)
    else:
        _, invoice = begin(books, schedule, phase)
        if invoice and invoice["status"] == "open":
            collection.collect(books, invoice)
    current = {"end_date": phase["end_date"], "start_date": phase["start_date"]}
    books.appoint(phase["end_date"], "begin_phase", schedule["id"])
    changes = {"current_phase": current, "status": "active"}
    return changed(books, schedule, changes, "subscription_schedule.updated")


def _start(books: Books, schedule: Document, phase: Document) -> Document:
    customer = fetch(books, "customer", schedule["customer"], "customer")
    wanted = [
        subscriptions.Wanted(fetch(books, "price", item["price"]), item["quantity"], item["metadata"])
        for item in phase["items"]
    ]
    fields = {"metadata": phase["metadata"], "schedule": schedule["id"]}
    opening = subscriptions.Opening(customer, wanted, phase["currency"], fields=fields)
    subscription, invoice = subscriptions.open_subscription(books, opening, announce_now=True)
    if invoice["status"] == "open":
        collection.collect(books, invoice)
    return changed(books, schedule, {"subscription": subscription["id"]})


def begin(books: Books, schedule: Document, phase: Document) -> tuple[Document, Document | None]:
    """Set the subscription to a phase; returns it with the invoice this made, finalised and not yet paid."""
    subscription = fetch(books, "subscription", schedule["subscription"])
    if subscription["status"] in subscriptions.ENDED:
        return subscription, None
    plain: Document = {name: phase[name] for name in ("description", "default_payment_method") if phase[name]}
    if phase["metadata"]:
        plain["metadata"] = phase["metadata"]
    if phase["discounts"]:
        plain["discounts"] = phase["discounts"]
    subscription = changed(books, subscription, subscription_update.plain_changes(books, subscription, plain))
    wish = subscription_changes.Wish(
        books.now,
        _replacing(items_of(books, subscription), phase["items"]),
        reset=phase["billing_cycle_anchor"] == "phase_start",
        prorate=phase["proration_behavior"] != "none",
    )
    change = subscription_changes.work_out(books, subscription, wish)
    return subscription_changes.carry_out(books, subscription, change, phase["proration_behavior"] == "always_invoice")


def _replacing(present: list[Document], wanted: list[Document]) -> list[Document]:
    """The items of a phase as changes of the present ones: same prices stay, others take a free item or a new one."""
    kept = {item["price"]: item["id"] for item in present if item["price"] in {one["price"] for one in wanted}}
    free = [item["id"] for item in present if item["id"] not in kept.values()]
    changes: list[Document] = []
    for one in wanted:
        item_id = kept.get(one["price"]) or (free.pop(0) if free else None)
        change = {
            "id": item_id,
            "price": one["price"],
            "quantity": one["quantity"],
            "metadata": one["metadata"] or None,
        }
        changes.append(change)
    return changes + [{"id": item_id, "deleted": True} for item_id in free]


def _finish(books: Books, schedule: Document) -> Document:
    if schedule["end_behavior"] == "cancel":
        subscription = fetch(books, "subscription", schedule["subscription"])
        if subscription["status"] not in subscriptions.ENDED:
            subscriptions.end(books, changed(books, subscription, {"schedule": None}), "cancellation_requested")
        changes: Document = {"completed_at": books.now, "current_phase": None, "status": "completed"}
        after = changed(books, schedule, changes)
        books.announce("subscription_schedule.completed", after)
        return after
    return _let_go(books, schedule)


def _let_go(books: Books, schedule: Document) -> Document:
    """The subscription goes on as it is, without a schedule."""
    books.cancel_appointment("begin_phase", schedule["id"])
    subscription = books.find("subscription", schedule["subscription"]) if schedule["subscription"] else None
    if subscription:
        changed(books, subscription, {"schedule": None}, "customer.subscription.updated")
    changes = {
        "current_phase": None,
        "released_at": books.now,
        "released_subscription": schedule["subscription"],
        "status": "released",
        "subscription": None,
    }
    after = changed(books, schedule, changes)
    books.announce("subscription_schedule.released", after)
    return after


def _open(call: Call) -> Document:
    schedule = fetch(call.books, KIND, call.ids[0])
    if schedule["status"] not in ("active", "not_started"):
        raise invalid(f"You cannot change a subscription schedule that is `{schedule['status']}`.", "id")
    return schedule


def release(call: Call) -> Document:
    """POST /v1/subscription_schedules/{id}/release."""
    return _let_go(call.books, _open(call))


def cancel(call: Call) -> Document:
    """POST /v1/subscription_schedules/{id}/cancel: the subscription ends with it."""
    books = call.books
    schedule = _open(call)
    books.cancel_appointment("begin_phase", schedule["id"])
    subscription = books.find("subscription", schedule["subscription"]) if schedule["subscription"] else None
    if subscription and subscription["status"] not in subscriptions.ENDED:
        subscription = changed(books, subscription, {"schedule": None})
        subscription_update.end(books, subscription, {"invoice_now": True, "prorate": True, **call.params})
    after = changed(books, schedule, {"canceled_at": books.now, "current_phase": None, "status": "canceled"})
    books.announce("subscription_schedule.canceled", after)
    return after


def list_schedules(call: Call) -> Document:
    """GET /v1/subscription_schedules."""
    where = lists.Filter().equal(call.params, "customer")
    if call.params.get("scheduled"):
        where.add("json_extract(body, '$.status') = 'not_started'")
    return lists.page(call.books, KIND, call.params, URL, where)


ROUTES = [
    Route("POST", URL, create, CREATE),
    Route("GET", URL, list_schedules, LIST),
    Route("GET", f"{URL}/{{id}}", lambda call: fetch(call.books, KIND, call.ids[0])),
    Route("POST", f"{URL}/{{id}}", update, UPDATE),
    Route("POST", f"{URL}/{{id}}/release", release, RELEASE),
    Route("POST", f"{URL}/{{id}}/cancel", cancel, CANCEL),
]
