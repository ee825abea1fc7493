"""What providers say beyond money: failed payments, reminders, warnings, and things of theirs that changed.

Final in such a fact is what it says of its own object: an invoice that failed, a customer that is gone. The state of a
subscription is not, so it is read again.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from nestpay.billing.matching import amounts_of, invoiced_price, main_line, owner, unread_subscription
from nestpay.domain import orders
from nestpay.domain.facts import (
    ActionRequired,
    BillingReason,
    CatalogueChanged,
    CustomerDeleted,
    CustomerUpdated,
    Fact,
    FraudWarned,
    InvoiceFact,
    InvoiceFinalized,
    InvoiceUncollectible,
    InvoiceVoided,
    PaymentFailed,
    PaymentMethodSeen,
    RenewalUpcoming,
    TrialEnding,
)
from nestpay.domain.ledger import Stamp
from nestpay.domain.letters import Letter
from nestpay.domain.orders import Order, OrderStatus
from nestpay.domain.plans import PriceRow
from nestpay.store.changes import Buyer, Changes, Rows
from nestpay.store.marks import CustomerCurrency, CustomerGone, PricesToCheck, WarningSeen

_PATIENCE = timedelta(minutes=1)
"""How long the other event of a refused payment may take."""


def payment_failed(fact: PaymentFailed, rows: Rows, stamp: Stamp) -> Changes:
    """A card was refused: the invoice's order is failed until it is paid, and the customer hears of each attempt.

    The mail waits a moment: when the bank only wants the customer's word, that is the mail to send.
    """
    if fact.reason is BillingReason.SUBSCRIPTION_CREATE:
        return _read_again(fact)
    changes = _end_unpaid(fact, OrderStatus.FAILED, rows, stamp)
    if not changes.orders:
        return changes
    price, buyer = invoiced_price(fact, rows)[0], rows.buyers[changes.orders[0].user_id]
    next_try = {"next_try": fact.next_attempt_at.isoformat()} if fact.next_attempt_at else {}
    letter = _letter("payment_failed", "", buyer, price, _owed(fact, changes.orders[0]) | next_try)
    return replace(changes, letters=(replace(letter, dedupe_key=_attempt(fact), waits=_PATIENCE),))


def action_required(fact: ActionRequired, rows: Rows, stamp: Stamp) -> Changes:
    """The bank asks the customer to confirm: a mail with the way there, unless the invoice is settled by now.

    At the first payment there is no mail: the customer is on the payment page.
    """
    known = rows.order_of_invoice(fact.provider, fact.invoice_id)
    is_settled = known is not None and (known.is_paid or known.status is OrderStatus.CANCELED)
    if fact.reason is BillingReason.SUBSCRIPTION_CREATE or is_settled:
        return _read_again(fact)
    price, buyer = invoiced_price(fact, rows)[0], _buyer(fact, rows)
    letter = _letter("action_required", "", buyer, price, _owed(fact, known))
    told = replace(letter, dedupe_key=_attempt(fact), overrules=True)
    return replace(_read_again(fact), letters=(told,), user_ids=(buyer.id,))


def invoice_finalized(fact: InvoiceFinalized, rows: Rows, stamp: Stamp) -> Changes:
    """The invoice has its page now: an order that lacks the link learns it."""
    known = rows.order_of_invoice(fact.provider, fact.invoice_id)
    if known is None or known.invoice_url or not fact.invoice_url:
        return Changes()
    return Changes(
        orders=(replace(known, invoice_url=fact.invoice_url, updated_at=stamp.now),), user_ids=(known.user_id,)
    )


def invoice_voided(fact: InvoiceVoided, rows: Rows, stamp: Stamp) -> Changes:
    """Nobody owes this invoice any more: its order is canceled."""
    return _end_unpaid(fact, OrderStatus.CANCELED, rows, stamp)


def invoice_uncollectible(fact: InvoiceUncollectible, rows: Rows, stamp: Stamp) -> Changes:
    """The provider gave this invoice up: its order is failed, unless it is paid after all."""
    return _end_unpaid(fact, OrderStatus.FAILED, rows, stamp)


def renewal_upcoming(fact: RenewalUpcoming, rows: Rows, stamp: Stamp) -> Changes:
    """A reminder before the renewal: not of a free one, and not when the subscription ends by then."""
    subscription = rows.subscription(fact.provider, fact.subscription_id)
    ends = subscription and subscription.cancels_at and subscription.cancels_at <= fact.due_at
    line = main_line(fact.lines)
    price = rows.price_at(fact.provider, line.provider_price_id if line else None)
    if fact.amounts.total <= 0 or ends or price is None:
        return Changes()
    context = {
        "currency": fact.amounts.currency,
        "amount": fact.amounts.total,
        "interval": str(price.interval),
        "next_date": fact.due_at.isoformat(),
    }
    key = f"{fact.provider}:{fact.subscription_id}:{fact.due_at:%Y-%m-%d}"
    return Changes(letters=(_letter("upcoming_renewal", key, _buyer(fact, rows), price, context),))


def trial_ending(fact: TrialEnding, rows: Rows, stamp: Stamp) -> Changes:
    """A reminder before a trial ends, with the plan's regular price; none when the customer has canceled."""
    price = rows.price_at(fact.provider, fact.provider_price_id)
    if not fact.renews or price is None:
        return Changes()
    context = {
        "currency": price.currency,
        "amount": price.amount_minor * fact.quantity,
        "interval": str(price.interval),
        "trial_end": fact.trial_end.isoformat(),
    }
    key = f"{fact.provider}:{fact.subscription_id}:{fact.trial_end:%Y-%m-%d}"
    return Changes(letters=(_letter("trial_ending", key, _buyer(fact, rows), price, context),))


def customer_updated(fact: CustomerUpdated, rows: Rows, stamp: Stamp) -> Changes:
    """The currency that a customer is billed in is remembered once it is known; an address never decides who is who."""
    if not fact.currency:
        return Changes()
    return Changes(marks=(CustomerCurrency(fact.provider, fact.customer_id, fact.currency),))


def customer_deleted(fact: CustomerDeleted, rows: Rows, stamp: Stamp) -> Changes:
    """The customer's row is retired: the next checkout makes a new one, late refunds still find their owner."""
    return Changes(marks=(CustomerGone(fact.provider, fact.customer_id),))


def fraud_warned(fact: FraudWarned, rows: Rows, stamp: Stamp) -> Changes:
    """The warning is kept, and a job does what the house wants done about it."""
    seen = WarningSeen(
        provider=fact.provider,
        warning_id=fact.warning_id,
        fraud_type=fact.fraud_type,
        is_actionable=fact.is_actionable,
        payment_intent_id=fact.payment_intent_id,
        charge_id=fact.charge_id,
        at=fact.at,
    )
    return Changes(marks=(seen,), jobs=("fraud_warnings",))


def catalogue_changed(fact: CatalogueChanged, rows: Rows, stamp: Stamp) -> Changes:
    """Our prices that stand on it are marked, and a job compares them with the provider's."""
    return Changes(marks=(PricesToCheck(fact.provider, fact.thing_id),), jobs=("catalogue_drift",))


def payment_method_seen(fact: PaymentMethodSeen, rows: Rows, stamp: Stamp) -> Changes:
    """The customer's pages show another card now, and a trial that had none may know which one will pay it."""
    user_id = rows.customers.get((fact.provider, fact.customer_id))
    return Changes(user_ids=(user_id,) if user_id else (), jobs=("trials",))


HANDLERS: Mapping[type[Fact], Callable[[Any, Rows, Stamp], Changes]] = {
    PaymentFailed: payment_failed,
    ActionRequired: action_required,
    InvoiceFinalized: invoice_finalized,
    InvoiceVoided: invoice_voided,
    InvoiceUncollectible: invoice_uncollectible,
    RenewalUpcoming: renewal_upcoming,
    TrialEnding: trial_ending,
    CustomerUpdated: customer_updated,
    CustomerDeleted: customer_deleted,
    FraudWarned: fraud_warned,
    CatalogueChanged: catalogue_changed,
    PaymentMethodSeen: payment_method_seen,
}


def _end_unpaid(fact: InvoiceFact, status: OrderStatus, rows: Rows, stamp: Stamp) -> Changes:
    """The invoice's order goes to `status` as far as it may; without one it is made, so that any order of facts agrees.

    The first invoice is left to its checkout, whose order waits for another card. No orders: nothing changes.
    """
    known = rows.order_of_invoice(fact.provider, fact.invoice_id)
    is_settled = known is not None and orders.next_invoice_status(known.status, status) is not status
    if fact.reason is BillingReason.SUBSCRIPTION_CREATE or is_settled:
        return _read_again(fact)
    price, _ = invoiced_price(fact, rows)
    buyer = _buyer(fact, rows)
    subscription = rows.subscription(fact.provider, fact.subscription_id)
    is_new = subscription is None
    subscription = subscription or unread_subscription(fact, buyer, price, stamp)
    base = known or Order(
        id=stamp.new_id(),
        user_id=buyer.id,
        provider=fact.provider,
        provider_order_id=fact.invoice_id,
        type=orders.type_for(fact.reason),
        status=OrderStatus.PENDING,
        currency=fact.amounts.currency,
        price_id=price.id,
        plan_id=price.plan_id,
        subscription_id=subscription.id,
        quantity=1,
        provider_invoice_id=fact.invoice_id,
        provider_product_id=price.provider_product_id,
        provider_price_id=price.provider_price_id,
        provider_subscription_id=fact.subscription_id,
        description=price.plan_title,
        created_at=stamp.now,
        updated_at=stamp.now,
    )
    ended = replace(
        base,
        **amounts_of(fact.amounts),
        status=status,
        invoice_url=fact.invoice_url or base.invoice_url,
        updated_at=stamp.now,
    )
    return replace(
        _read_again(fact), orders=(ended,), subscriptions=(subscription,) if is_new else (), user_ids=(buyer.id,)
    )


def _read_again(fact: InvoiceFact) -> Changes:
    return Changes(sync=((fact.provider, fact.subscription_id),) if fact.subscription_id else ())


def _buyer(fact: InvoiceFact | RenewalUpcoming | TrialEnding, rows: Rows) -> Buyer:
    """Whose subscription it is. Raises OwnerUnknown."""
    subscription = rows.subscription(fact.provider, fact.subscription_id)
    return owner(fact.provider, fact.customer_id, subscription.user_id if subscription else fact.user_id, rows)


def _attempt(fact: PaymentFailed | ActionRequired) -> str:
    """One mail an attempt, whichever of its events come."""
    return f"payment_attempt:{fact.provider}:{fact.invoice_id}:{fact.attempt}"


def _owed(fact: InvoiceFact, order: Order | None) -> dict[str, Any]:
    number = {"order_number": orders.number(order.id)} if order else {}
    return {"currency": fact.amounts.currency, "amount": fact.amounts.total, "url": fact.invoice_url, **number}


def _letter(template: str, key: str, buyer: Buyer, price: PriceRow, context: dict[str, Any]) -> Letter:
    return Letter(
        dedupe_key=f"{template}:{key}",
        recipient=buyer.email,
        template=template,
        locale=buyer.locale,
        user_id=buyer.id,
        context={"name": buyer.name, "plan": price.title_in(buyer.locale), **context},
    )
