"""How a payment goes: a payment intent meets a card and succeeds, is refused, is challenged or takes its time."""

from nestpay.sandbox.books import Books, new_id
from nestpay.sandbox.documents import Document
from nestpay.sandbox.money import minimum, percent
from nestpay.sandbox.money import shown as money
from nestpay.sandbox.stripe import cards, payment_methods
from nestpay.sandbox.stripe.errors import StripeError, declined, invalid
from nestpay.sandbox.stripe.objects import payments as objects
from nestpay.sandbox.stripe.records import changed, created

TROUBLE_COMES_AFTER = 2  # seconds: a dispute is news of its own, never part of the payment
CONFIRMABLE = ("requires_payment_method", "requires_confirmation", "requires_action")


def open_intent(books: Books, amount: int, currency: str, fields: Document, **inner: object) -> Document:
    """A new payment intent. Raises StripeError (400) below the least amount of the currency."""
    if amount < minimum(currency):
        least = money(minimum(currency), currency)
        raise invalid(f"Amount must be at least {least} {currency}", "amount", "amount_too_small")
    intent_id = new_id("pi")
    secret = f"{intent_id}_secret_{new_id('')[1:]}"
    return created(books, objects.payment_intent(intent_id, books.now, amount, currency, secret, **fields), **inner)


def confirm(
    books: Books, intent: Document, method: Document, off_session: bool = False, return_url: str | None = None
) -> Document:
    """Try to take the money; how it went is in the answer's `status` and `last_payment_error`.

    Raises StripeError (400) when the intent cannot be confirmed any more.
    """
    if intent["status"] not in CONFIRMABLE:
        raise _unexpected(intent, "confirm")
    card = payment_methods.behaviour(books, method)
    intent = {
        **intent,
        "payment_method": method["id"],
        "payment_method_types": sorted({*intent["payment_method_types"], method["type"]}),
    }
    if _must_challenge(books, card, method):
        if off_session:
            return fail(books, intent, method, cards.NOT_AUTHENTICATED)
        return _challenge(books, intent, return_url)
    return _take(books, intent, method, card)


def _must_challenge(books: Books, card: cards.TestCard, method: Document) -> bool:
    if card.challenge == "once":
        return not books.inner(method["id"]).get("set_up")
    return card.challenge == "always"


def _challenge(books: Books, intent: Document, return_url: str | None) -> Document:
    url = f"{books.site}/stripe/authenticate/{intent['id']}"
    books.remember(intent["id"], return_url=return_url)
    redirect = {"redirect_to_url": {"return_url": return_url, "url": url}, "type": "redirect_to_url"}
    by_script = {"type": "use_stripe_sdk", "use_stripe_sdk": {"type": "three_d_secure_redirect", "stripe_js": url}}
    before = books.find("payment_intent", intent["id"]) or intent
    after = {
        **intent,
        "status": "requires_action",
        "last_payment_error": None,
        "next_action": redirect if return_url else by_script,
    }
    after = changed(books, before, after)
    books.announce("payment_intent.requires_action", after)
    return after


def _take(books: Books, intent: Document, method: Document, card: cards.TestCard, challenged: bool = False) -> Document:
    if card.bank:
        return _debit(books, intent, method)
    if card.refusal:
        return fail(books, intent, method, card.refusal)
    return succeed(books, intent, method, challenged)


def authenticate(books: Books, intent: Document, approved: bool) -> Document:
    """The customer answered the challenge of an intent that asked for one. Raises StripeError (400) otherwise."""
    if intent["status"] != "requires_action":
        raise _unexpected(intent, "authenticate")
    method = payment_methods.take(books, intent["payment_method"], "payment_method")
    if not approved:
        return fail(books, intent, method, cards.AUTHENTICATION, charged=False)
    if intent["setup_future_usage"] == "off_session":
        books.remember(method["id"], set_up=True)
    return _take(books, intent, method, payment_methods.behaviour(books, method), challenged=True)


def _new_charge(books: Books, intent: Document, method: Document, fields: Document) -> Document:
    charge_id = new_id("ch")
    return objects.charge(charge_id, books.now, intent, method, f"{books.site}/stripe/receipts/{charge_id}", **fields)


def succeed(books: Books, intent: Document, method: Document, challenged: bool = False) -> Document:
    """The bank pays: a succeeded charge, a line in the balance, a succeeded intent."""
    amount = intent["amount"]
    pending = books.find("charge", intent["latest_charge"]) if intent["status"] == "processing" else None
    charge = pending or _new_charge(books, intent, method, {})
    if challenged:
        charge["payment_method_details"]["card"]["three_d_secure"] = objects.three_d_secure("authenticated")
    fee = percent(amount, "2.9") + 30
    line = books.add(
        objects.balance_transaction(
            new_id("txn"), books.now, amount, min(fee, amount), intent["currency"], charge["id"], "charge"
        )
    )
    charge |= {
        "amount_captured": amount,
        "balance_transaction": line["id"],
        "captured": True,
        "paid": True,
        "status": "succeeded",
    }
    charge["outcome"] = objects.outcome("authorized")
    (books.save if pending else books.add)(charge)
    books.announce("charge.succeeded", charge)
    before = books.find("payment_intent", intent["id"]) or intent
    done = {
        "amount_received": amount,
        "last_payment_error": None,
        "latest_charge": charge["id"],
        "next_action": None,
        "status": "succeeded",
    }
    after = changed(books, before, {**intent, **done})
    books.announce("payment_intent.succeeded", after)
    trouble = payment_methods.behaviour(books, method).trouble
    if trouble:
        books.appoint(books.now + TROUBLE_COMES_AFTER, trouble, charge["id"])
    return after


def fail(books: Books, intent: Document, method: Document, refusal: cards.Refusal, charged: bool = True) -> Document:
    """The bank refuses: a failed charge (unless it was never asked) and an intent that waits for another way to pay."""
    charge_id = None
    if charged:
        pending = books.find("charge", intent["latest_charge"]) if intent["status"] == "processing" else None
        charge = pending or _new_charge(books, intent, method, {})
        charge |= {"failure_code": refusal.code, "failure_message": refusal.message, "status": "failed"}
        charge["outcome"] = objects.outcome(
            "issuer_declined",
            advice_code="try_again_later",
            network_status="declined_by_network",
            reason=refusal.decline_code,
            seller_message=f"The bank returned the decline code `{refusal.decline_code}`.",
        )
        (books.save if pending else books.add)(charge)
        books.announce("charge.failed", charge)
        charge_id = charge["id"]
    before = books.find("payment_intent", intent["id"]) or intent
    error = objects.payment_error(refusal.message, refusal.code, refusal.decline_code, method, charge_id)
    undone = {
        "last_payment_error": error,
        "next_action": None,
        "payment_method": None,
        "status": "requires_payment_method",
    }
    after = changed(books, before, {**intent, **undone, "latest_charge": charge_id or intent["latest_charge"]})
    books.announce("payment_intent.payment_failed", after)
    return after


def _debit(books: Books, intent: Document, method: Document) -> Document:
    charge = books.add(_new_charge(books, intent, method, {"outcome": objects.outcome("authorized")}))
    books.announce("charge.pending", charge)
    before = books.find("payment_intent", intent["id"]) or intent
    changes = {"last_payment_error": None, "latest_charge": charge["id"], "next_action": None, "status": "processing"}
    after = changed(books, before, {**intent, **changes})
    books.announce("payment_intent.processing", after)
    return after


def settle(books: Books, intent: Document, paid: bool) -> Document:
    """A bank debit that was under way arrived or bounced. Raises StripeError (400) when none is under way."""
    if intent["status"] != "processing":
        raise _unexpected(intent, "settle")
    method = payment_methods.take(books, intent["payment_method"], "payment_method")
    return succeed(books, intent, method) if paid else fail(books, intent, method, cards.BANK)


def cancel(books: Books, intent: Document, reason: str | None) -> Document:
    """Give an intent up. Raises StripeError (400) once it is paid, canceled or under way."""
    if intent["status"] not in (*CONFIRMABLE, "requires_capture"):
        raise _unexpected(intent, "cancel")
    changes = {"canceled_at": books.now, "cancellation_reason": reason, "next_action": None, "status": "canceled"}
    after = changed(books, intent, changes)
    books.announce("payment_intent.canceled", after)
    return after


def refusal_of(intent: Document) -> StripeError:
    """The 402 that a failed confirmation answers."""
    error = intent["last_payment_error"]
    extra = {"payment_intent": intent, "payment_method": error["payment_method"]}
    if error["charge"]:
        extra["charge"] = error["charge"]
    if error["advice_code"]:
        extra["advice_code"] = error["advice_code"]
    return declined(error["message"], error["code"], error["decline_code"], **extra)


def _unexpected(intent: Document, verb: str) -> StripeError:
    return StripeError(
        400,
        f"You cannot {verb} this PaymentIntent because it has a status of {intent['status']}.",
        code="payment_intent_unexpected_state",
        payment_intent=intent,
    )
