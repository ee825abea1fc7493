"""Test clocks: a time of their own for a few customers and all that is theirs."""

from collections.abc import Iterable

from nestpay.sandbox import calendar
from nestpay.sandbox.books import Books, new_id
from nestpay.sandbox.documents import Document
from nestpay.sandbox.stripe import lists
from nestpay.sandbox.stripe.errors import StripeError, invalid
from nestpay.sandbox.stripe.objects import planning as objects
from nestpay.sandbox.stripe.records import changed, deleted, fetch, items_of
from nestpay.sandbox.stripe.routes import Call, Route, expandable
from nestpay.sandbox.stripe.wire import Hash, Integer, Text

KIND = "test_helpers.test_clock"
HOPS = ("customer", "subscription", "invoice", "payment_intent", "charge")
OWNED = (
    "customer subscription invoice invoiceitem subscription_schedule payment_method payment_intent setup_intent charge checkout.session"
).split()
DAY = 86400
CREATE = Hash(
    expandable({"frozen_time": Integer(0), "name": Text(most=300), "customer": Text()}), needs=("frozen_time",)
)
ADVANCE = Hash(expandable({"frozen_time": Integer(0)}), needs=("frozen_time",))


def enter(books: Books, ids: Iterable[object]) -> None:
    """Let the work happen at the time of the test clock that the first of these objects lives on, if one does."""
    for given in ids:
        document = books.find_any(given) if isinstance(given, str) else None
        for _ in HOPS:
            if document is None:
                break
            clock_id = document["id"] if document.get("object") == KIND else document.get("test_clock")
            clock = books.find(KIND, clock_id) if clock_id else None
            if clock and not clock.get("deleted"):
                books.clock, books.now = clock["id"], clock["frozen_time"]
                return
            onward = next((document[name] for name in HOPS if isinstance(document.get(name), str)), None)
            document = books.find_any(onward) if onward else None


def create(call: Call) -> Document:
    """POST /v1/test_helpers/test_clocks."""
    books, given = call.books, call.params
    clock = objects.test_clock(new_id("clock"), books.now, given["frozen_time"], given.get("name"))
    books.add(clock)
    books.announce(f"{KIND}.created", clock)
    if given.get("customer"):
        customer = fetch(books, "customer", given["customer"], "customer")
        changed(books, customer, {"test_clock": clock["id"]}, "customer.updated")
    return clock


def advance(call: Call) -> Document:
    """POST /v1/test_helpers/test_clocks/{id}/advance: begins; the clock is `ready` again when all that was due is done."""
    books, target = call.books, call.params["frozen_time"]
    clock = fetch(books, KIND, call.ids[0])
    if clock["status"] != "ready":
        message = "Test clock advancement underway - cannot perform modifications."
        raise StripeError(429, message, code="test_clock_advancement_underway")
    if target <= clock["frozen_time"]:
        raise invalid("The frozen_time must be after the current frozen_time of the test clock.", "frozen_time")
    if target > _furthest(books, clock):
        message = "Cannot advance more than 2 intervals of the shortest subscription on the test clock at a time."
        raise invalid(message, "frozen_time")
    details = {"advancing": {"target_frozen_time": target}}
    clock = changed(books, clock, {"status": "advancing", "status_details": details})
    books.announce(f"{KIND}.advancing", clock)
    books.wakes = True
    return clock


def _furthest(books: Books, clock: Document) -> int:
    """Two intervals of the shortest subscription, or two years when there is none."""
    now = clock["frozen_time"]
    where = "json_extract(body, '$.test_clock') = ? and json_extract(body, '$.status') not in ('canceled', 'incomplete_expired')"
    ends = [calendar.after(now, "year", 2)]
    for subscription in books.select("subscription", where, [clock["id"]]):
        for item in items_of(books, subscription):
            repeats = fetch(books, "price", item["price"])["recurring"]
            ends.append(calendar.after(now, repeats["interval"], 2 * repeats["interval_count"]))
    return min(ends)


def delete(call: Call) -> Document:
    """DELETE /v1/test_helpers/test_clocks/{id}: its customers and their things go with it, without a word."""
    books = call.books
    clock = fetch(books, KIND, call.ids[0])
    books.connection.execute("delete from appointments where clock = ?", (clock["id"],))
    for customer in books.select("customer", "json_extract(body, '$.test_clock') = ?", [clock["id"]]):
        for kind in OWNED:
            for one in books.select(kind, "json_extract(body, '$.customer') = ?", [customer["id"]]):
                deleted(books, one)
        deleted(books, customer)
    return deleted(books, clock, f"{KIND}.deleted")


def reach(books: Books, clock_id: str, moment: int) -> None:
    """The clock is on its way and has come as far as `moment`."""
    clock = fetch(books, KIND, clock_id)
    books.save({**clock, "frozen_time": max(moment, clock["frozen_time"])})


def arrive(books: Books, clock_id: str) -> Document:
    """All that was due is done: the clock stands at the time it was sent to."""
    clock = fetch(books, KIND, clock_id)
    target = clock["status_details"]["advancing"]["target_frozen_time"]
    books.now = target
    clock = changed(books, clock, {"frozen_time": target, "status": "ready", "status_details": {"advancing": None}})
    books.announce(f"{KIND}.ready", clock)
    return clock


ROUTES = [
    Route("POST", "/v1/test_helpers/test_clocks", create, CREATE),
    Route(
        "GET",
        "/v1/test_helpers/test_clocks",
        lambda call: lists.page(call.books, KIND, call.params, "/v1/test_helpers/test_clocks"),
        Hash(lists.PAGING),
    ),
    Route("GET", "/v1/test_helpers/test_clocks/{id}", lambda call: fetch(call.books, KIND, call.ids[0])),
    Route("POST", "/v1/test_helpers/test_clocks/{id}/advance", advance, ADVANCE),
    Route("DELETE", "/v1/test_helpers/test_clocks/{id}", delete),
]
