"""The door of the Stripe API: key, address, parameters, idempotency, answer."""

import hashlib
import logging
from base64 import b64decode
from binascii import Error as NotBase64
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from nestpay.sandbox.books import Books, Cause, dump, new_id
from nestpay.sandbox.documents import Document
from nestpay.sandbox.door import Door, pass_through
from nestpay.sandbox.stripe import (
    API_VERSION,
    account,
    balances,
    catalogue,
    checkout,
    checkout_bill,
    credit_notes,
    customers,
    discounts,
    disputes,
    events,
    fraud_warnings,
    intents_api,
    invoice_items,
    invoices,
    invoices_api,
    pauses,
    payment_methods,
    portal,
    previews,
    refunds,
    schedules,
    setup_intents,
    subscription_update,
    subscriptions_api,
    test_clocks,
)
from nestpay.sandbox.stripe.errors import REFUSALS, StripeError
from nestpay.sandbox.stripe.expand import Fill, expand
from nestpay.sandbox.stripe.objects import listing
from nestpay.sandbox.stripe.records import shown
from nestpay.sandbox.stripe.routes import Call, Route
from nestpay.sandbox.stripe.wire import Raw, read_form
from nestpay.sandbox.world import World

NOUNS = (
    account, balances, catalogue, checkout, credit_notes, customers, discounts, disputes, events, fraud_warnings,
    intents_api, invoice_items, previews, invoices_api, pauses, payment_methods, portal, refunds, schedules,
    setup_intents, subscription_update, subscriptions_api, test_clocks,
)  # fmt: skip
NAMING = "test_clock customer subscription from_subscription schedule invoice payment_intent charge".split()
ROUTES: list[Route] = [route for noun in NOUNS for route in noun.ROUTES]
FILLS: dict[tuple[str, str], Fill] = {
    ("charge", "refunds"): refunds.refunds_of,
    ("checkout.session", "line_items"): checkout_bill.line_items,
    ("checkout.session", "total_details.breakdown"): checkout_bill.breakdown,
    ("coupon", "applies_to"): discounts.applies_to,
    ("customer", "sources"): lambda _, customer: listing([], f"/v1/customers/{customer['id']}/sources"),
    ("customer", "subscriptions"): customers.subscriptions_of,
    ("customer", "tax_ids"): lambda _, customer: listing([], f"/v1/customers/{customer['id']}/tax_ids"),
    ("invoice", "confirmation_secret"): invoices.confirmation_secret,
    ("invoice", "payments"): invoices.payments_of,
    ("price", "currency_options"): catalogue.currency_options,
}
log = logging.getLogger("nestpay.sandbox")


def refuse(status: int) -> Response:
    """What the API answers when a fault makes it fail."""
    headers = {"Request-Id": new_id("req", 14), "Cache-Control": "no-cache, no-store"}
    return Response(dump({"error": REFUSALS[status]}), status, headers, media_type="application/json")


DOOR = Door("stripe", refuse)


@dataclass(slots=True)
class Answer:
    """What goes back: status and JSON text."""

    status: int
    body: str
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it came over the wire."""

    id: str
    method: str
    path: str
    form: dict[str, Raw]
    fingerprint: str
    key: str | None


class StripeApi:
    """The ASGI endpoint under `/stripe/v1`."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._busy: set[str] = set()

    async def __call__(self, scope, receive, send) -> None:
        """Answer one request, unless the fault board breaks the line."""
        request = Request(scope, receive)
        path = "/v1/" + request.path_params["rest"]
        response = await pass_through(
            self._world.board, DOOR, request.method, path, scope, lambda: self.answer(request)
        )
        if response is not None:
            await response(scope, receive, send)

    async def answer(self, request: Request) -> Response:
        """The response to one request, errors included."""
        body = (await request.body()).decode("utf-8", "replace")
        query = str(request.url.query)
        path = "/v1/" + request.path_params["rest"]
        key = request.headers.get("idempotency-key") if request.method == "POST" else None
        fingerprint = hashlib.sha256("\n".join((request.method, path, query, body)).encode()).hexdigest()
        form = read_form(body if request.method == "POST" else query)
        asked = Asked(new_id("req", 14), request.method, path, form, fingerprint, key)
        try:
            check_key(request)
            answer = await self._once(asked)
        except StripeError as error:
            answer = self._refusal(error, asked)
        except Exception:
            log.exception("%s %s failed inside the sandbox", asked.method, asked.path)
            answer = self._refusal(
                StripeError(500, "An unknown error occurred in the sandbox.", type="api_error"), asked
            )
        headers = {"Request-Id": asked.id, "Stripe-Version": API_VERSION, "Cache-Control": "no-cache, no-store"}
        if key:
            headers["Idempotency-Key"] = key
        if answer.replayed:
            headers["Idempotent-Replayed"] = "true"
        return Response(answer.body, answer.status, headers, media_type="application/json")

    async def _once(self, asked: Asked) -> Answer:
        """Do the work, unless another request with the same idempotency key is doing it right now (409)."""
        if asked.key is None:
            return await self._world.work(lambda books: self._perform(books, asked), Cause(asked.id))
        if len(asked.key) > 255:
            raise StripeError(400, "Idempotency keys can be at most 255 characters.", type="idempotency_error")
        if asked.key in self._busy:
            message = "There is currently another in-progress request using this Idempotent Key (that probably means you submitted twice)."
            raise StripeError(409, message, type="idempotency_error", code="idempotency_key_in_use")
        self._busy.add(asked.key)
        try:
            return await self._world.work(lambda books: self._remembered(books, asked), Cause(asked.id, asked.key))
        finally:
            self._busy.discard(asked.key)

    def _remembered(self, books: Books, asked: Asked) -> Answer:
        row = books.connection.execute("select * from answers where key = ?", (asked.key,)).fetchone()
        if row is None:
            return self._perform(books, asked)
        if row["fingerprint"] != asked.fingerprint:
            message = (
                "Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key "
                f"other than '{asked.key}' if you meant to execute a different request."
            )
            raise StripeError(400, message, type="idempotency_error")
        return Answer(row["status"], row["body"], replayed=True)

    def _perform(self, books: Books, asked: Asked) -> Answer:
        books.connection.execute("savepoint call")
        started = True
        try:
            answer = Answer(200, dump(handle(books, asked.method, asked.path, asked.form)))
        except StripeError as error:
            started = error.started
            if not error.keep:
                books.connection.execute("rollback to call")
                books.announcements.clear()
            answer = self._refusal(error, asked)
        if asked.key and started:
            books.connection.execute(
                "insert into answers(key, fingerprint, status, body, at) values (?, ?, ?, ?, ?)",
                (asked.key, asked.fingerprint, answer.status, answer.body, self._world.clock.real()),
            )
        return answer

    def _refusal(self, error: StripeError, asked: Asked) -> Answer:
        log_url = f"{self._world.site}/?request={asked.id}"
        return Answer(error.status, dump({"error": {**error.body, "request_log_url": log_url}}))


def check_key(request: Request) -> None:
    """Only test keys open the sandbox. Raises StripeError (401), also and above all for a live key."""
    header = request.headers.get("authorization", "")
    scheme, _, value = header.partition(" ")
    key = value.strip()
    if scheme.lower() == "basic":
        try:
            key = b64decode(key).decode().partition(":")[0]
        except (NotBase64, UnicodeDecodeError):
            key = ""
    if not key:
        message = (
            "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth "
            "(e.g. 'Authorization: Bearer YOUR_SECRET_KEY')."
        )
        raise StripeError(401, message, started=False)
    hidden = key[:8] + "*" * max(len(key) - 12, 4) + key[-4:]
    if key.startswith(("sk_live_", "rk_live_")):
        message = f"Invalid API Key provided: {hidden}. This is the sandbox, which moves no real money: a live key has no place here."
        raise StripeError(401, message, started=False)
    if key.startswith("pk_"):
        message = "This API call cannot be made with a publishable API key. Please use a secret API key."
        raise StripeError(401, message, code="secret_key_required", started=False)
    if not key.startswith(("sk_test_", "rk_test_")):
        raise StripeError(401, f"Invalid API Key provided: {hidden}", started=False)


def handle(books: Books, method: str, path: str, form: Document) -> Document:
    """Find who answers, read the parameters, do it, and show the result expanded."""
    for route in ROUTES:
        match = route.pattern.match(path) if route.method == method else None
        if match is None:
            continue
        params = route.accepts.read(form, "") or {}
        test_clocks.enter(books, [*match.groups(), *(params.get(name) for name in NAMING)])
        result = route.handler(Call(books, match.groups(), params))
        return expand(books, shown(books, result), params.get("expand") or [], FILLS)
    message = f"Unrecognized request URL ({method}: {path}). Please see https://stripe.com/docs or we can help at https://support.stripe.com/."
    raise StripeError(404, message, started=False)
