"""What providers tell us, in our own words: a closed set of neutral facts that handlers act on.

A fact that is final (money that arrived) carries everything needed to act. A fact that something later can overtake
(the state of a subscription) carries only whose state to read again.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class BillingReason(StrEnum):
    """Why an invoice exists. Source: Stripe, Invoice.billing_reason; Creem's payments map to the first two.

    `trial_start` is ours: nothing was paid, and the credits come with the first payment.
    """

    SUBSCRIPTION_CREATE = "subscription_create"
    SUBSCRIPTION_CYCLE = "subscription_cycle"
    SUBSCRIPTION_UPDATE = "subscription_update"
    MANUAL = "manual"
    TRIAL_START = "trial_start"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Amounts:
    """One payment in minor units of `currency`; total = subtotal - discount + tax."""

    subtotal: int
    discount: int
    tax: int
    total: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Every fact says which provider told it and when it happened there (UTC)."""

    provider: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutFact(Fact):
    """Something about one checkout session. The ids from its metadata are hints and may be missing or foreign."""

    session_id: str
    customer_id: str | None = None
    order_id: str | None = None
    user_id: str | None = None
    price_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutPaid(CheckoutFact):
    """A one-time checkout whose money arrived, or that needed none."""

    amounts: Amounts
    payment_intent_id: str | None = None
    invoice_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutSubscribed(CheckoutFact):
    """A subscription checkout that was completed: ties the session to the subscription and grants nothing."""

    subscription_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutProcessing(CheckoutFact):
    """Completed by the customer, but the money is still on its way (a bank debit)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutFailed(CheckoutFact):
    """The money that was on its way did not arrive."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutExpired(CheckoutFact):
    """Nobody paid in time."""


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """One line of an invoice; the period is half-open UTC, `text` is the provider's own."""

    provider_price_id: str | None
    provider_product_id: str | None
    quantity: int
    amount: int
    proration: bool
    period_start: datetime
    period_end: datetime
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoicePaid(Fact):
    """Money for a subscription arrived (or a trial's invoice of zero was settled)."""

    invoice_id: str
    subscription_id: str | None
    customer_id: str | None
    reason: BillingReason
    amounts: Amounts
    lines: tuple[InvoiceLine, ...] = ()
    payment_intent_id: str | None = None
    invoice_url: str = ""
    order_id: str | None = None
    user_id: str | None = None
    price_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentMade(Fact):
    """A subscription was paid for, but not how much was paid: `invoice` has everything else, its amounts are to be read."""

    invoice: InvoicePaid


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentLinked(Fact):
    """What belongs to a payment: its invoice, its charge, its receipt. Each fact may know only some of it.

    A paid invoice no longer says which payment paid it, and a paid checkout knows no receipt.
    """

    payment_intent_id: str
    invoice_id: str = ""
    charge_id: str = ""
    receipt_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargePaid(Fact):
    """A payment without a page went through: the customer had agreed to it before (an automatic top-up)."""

    payment_intent_id: str
    order_id: str | None
    user_id: str | None
    customer_id: str | None
    price_id: str | None
    amounts: Amounts


@dataclass(frozen=True, slots=True, kw_only=True)
class Refunded(Fact):
    """Money went back, is on its way back, or did not arrive, as `status` (RefundStatus) says. Minor units."""

    refund_id: str
    amount: int
    currency: str
    status: str
    reason: str = ""
    payment_intent_id: str | None = None
    charge_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Disputed(Fact):
    """The customer's bank contests a payment, or has decided about it, as `status` (DisputeStatus) says."""

    dispute_id: str
    amount: int
    currency: str
    status: str
    reason: str = ""
    payment_intent_id: str | None = None
    charge_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionChanged(Fact):
    """The subscription is no longer what it was: read it again."""

    subscription_id: str
    customer_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceFact(Fact):
    """Something about one invoice that is not paid. The ids from its subscription's metadata are hints."""

    invoice_id: str
    subscription_id: str | None
    customer_id: str | None
    reason: BillingReason
    amounts: Amounts
    lines: tuple[InvoiceLine, ...] = ()
    invoice_url: str = ""
    user_id: str | None = None
    price_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentFailed(InvoiceFact):
    """The customer's card was refused, the `attempt`th time. The provider tries again at `next_attempt_at`, or never."""

    attempt: int
    next_attempt_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionRequired(InvoiceFact):
    """The customer's bank wants to hear from the customer before it pays (3D Secure), at the `attempt`th time."""

    attempt: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceFinalized(InvoiceFact):
    """An invoice got its number and its page, and will be collected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceVoided(InvoiceFact):
    """An invoice was taken back: nobody owes it any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceUncollectible(InvoiceFact):
    """An invoice was given up, though it is still owed and may still be paid."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewalUpcoming(Fact):
    """A subscription renews at `due_at` for about this much. The invoice does not exist yet and has no id."""

    subscription_id: str
    customer_id: str | None
    amounts: Amounts
    due_at: datetime
    lines: tuple[InvoiceLine, ...] = ()
    user_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialEnding(Fact):
    """A trial ends soon; `renews` when the customer is charged then."""

    subscription_id: str
    customer_id: str | None
    trial_end: datetime
    renews: bool
    provider_price_id: str | None = None
    quantity: int = 1
    user_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerUpdated(Fact):
    """What the provider knows of a customer changed; `currency` is "" until something was billed."""

    customer_id: str
    currency: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerDeleted(Fact):
    """The provider forgot a customer: the next checkout needs a new one."""

    customer_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentMethodSeen(Fact):
    """A customer's way to pay. `fingerprint` is the same for the same card wherever it is typed, "" when there is none."""

    payment_method_id: str
    customer_id: str
    fingerprint: str = ""
    brand: str = ""
    last_digits: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FraudWarned(Fact):
    """The card's network expects that a payment will be disputed; not `is_actionable` when it was given back already."""

    warning_id: str
    fraud_type: str
    is_actionable: bool
    payment_intent_id: str | None = None
    charge_id: str | None = None


class CatalogueKind(StrEnum):
    """What of a provider's catalogue changed."""

    PRODUCT = "product"
    PRICE = "price"
    COUPON = "coupon"


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueChanged(Fact):
    """Something that our prices stand on is no longer what it was at the provider: compare them anew."""

    kind: CatalogueKind
    thing_id: str


@dataclass(frozen=True, slots=True)
class SubscriptionState:
    """A subscription as its provider has it right now. Instants are UTC, the price is the provider's id."""

    provider: str
    subscription_id: str
    customer_id: str
    status: str
    provider_price_id: str | None
    quantity: int
    current_period_start: datetime | None
    current_period_end: datetime | None
    cancel_at_period_end: bool
    cancels_at: datetime | None
    canceled_at: datetime | None
    ended_at: datetime | None
    trial_start: datetime | None
    trial_end: datetime | None
    anchor_at: datetime | None
    created_at: datetime
    order_id: str | None = None
    user_id: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    action_url: str | None = None
    """Where the customer pays what is owed; "" when nothing is, None when that was not asked."""
    unpaid_since: datetime | None = None
    ended_because: str = ""
    """Why it ends or ended, in the provider's word, such as `payment_failed`."""
    item_id: str | None = None
    schedule_id: str | None = None
    paused_at: datetime | None = None
    """When its customer paused it; None also when the provider did, because no money came."""
    has_pending_change: bool = False
    """A change waits for its payment to be confirmed."""
    newest_payment: InvoicePaid | None = field(default=None, compare=False)
    """What was paid last, where the provider says it here: there a missed event can be made up for."""


@dataclass(frozen=True, slots=True)
class ProviderEvent:
    """One verified webhook delivery. `payload` is the raw body as text, `body` the same parsed once."""

    provider: str
    id: str
    type: str
    livemode: bool
    api_version: str
    object_id: str
    occurred_at: datetime
    payload: str = field(repr=False)
    body: dict[str, Any] = field(repr=False, compare=False)
