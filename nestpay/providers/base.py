"""What nestpay asks of whoever moves money. Every provider passes the same contract suite.

No method is ever called inside a database transaction, and each may be called again with the same input after a crash:
`idempotency_key` is made from the business intent, so that the second call finds the first one's result. All raise
ProviderTrouble (out of reach or slow), ProviderRefused (it said no) or ProviderMissing (it knows no such object).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from nestpay.domain.facts import Fact, InvoiceLine, InvoicePaid, PaymentMade, ProviderEvent, SubscriptionState
from nestpay.domain.periods import Interval
from nestpay.domain.plans import PriceType

KEY_LIFE = timedelta(hours=23)
"""How long a call may be made again under its idempotency key: providers keep keys for a day, and then would act twice."""


class Capability(StrEnum):
    """What not every provider can do."""

    PREVIEW = "preview"
    QUANTITY = "quantity"
    SCHEDULE = "schedule"
    PAUSE = "pause"
    PORTAL = "portal"
    PARTIAL_REFUND = "partial_refund"
    OFF_SESSION = "off_session"
    KEEP_PERIOD = "keep_period"
    """A change within the same interval stays in its period; without it every change begins a new one."""
    MOVE_TRIAL = "move_trial"
    CLOSE_CHECKOUT = "close_checkout"
    LIST_EVENTS = "list_events"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutRequest:
    """One thing a customer wants to pay for on the provider's page. `success_url` may hold the provider's placeholder."""

    order_id: str
    customer_id: str
    provider_price_id: str
    type: PriceType
    quantity: int
    success_url: str
    cancel_url: str
    locale: str
    trial_days: int = 0
    coupon_id: str = ""
    allow_codes: bool = False
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeRequest:
    """A payment that the customer agreed to before, in minor units, by the card that the provider keeps."""

    order_id: str
    customer_id: str
    currency: str
    amount_minor: int
    description: str
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeResult:
    """How a charge without the customer went: paid, with the facts it proves, or not.

    Not, because they must be there (`needs_customer`), because nothing is saved that could be charged (`has_card`), or
    because the card was declined.
    """

    is_paid: bool
    facts: tuple[Fact, ...] = ()
    needs_customer: bool = False
    has_card: bool = True
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Checkout:
    """A checkout session at the provider. `facts` is what its present state proves, ready for the same handlers."""

    session_id: str
    url: str
    state: str
    """`open`, `complete` or `expired`."""
    expires_at: datetime | None
    facts: tuple[Fact, ...] = ()
    subscription: SubscriptionState | None = None


@dataclass(frozen=True, slots=True)
class Returned:
    """What the address says that a customer came back to. It proves nothing: a signature only saves a question."""

    session_id: str
    may_be_asked: bool
    """False when the address should bear the provider's signature and does not: then the webhook alone is believed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPrice:
    """A price to make at the provider, for the plan's product if it has one there, in minor units of `currency`."""

    provider_product_id: str | None
    plan_id: str
    plan_key: str
    plan_title: str
    type: PriceType
    interval: Interval
    interval_count: int
    currency: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class ProviderPrice:
    """A price as the provider has it."""

    price_id: str
    product_id: str
    type: PriceType
    interval: Interval
    currency: str
    amount_minor: int
    active: bool
    interval_count: int = 1
    is_live: bool = False
    """Whether it belongs to the environment where real money moves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coupon:
    """A reduction that the provider keeps: percent, or minor units of `currency`; `percent` is text such as "12.5"."""

    coupon_id: str
    name: str
    is_usable: bool
    percent: str = ""
    amount_minor: int = 0
    currency: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRequest:
    """Another price or quantity for a running subscription. `at` (UTC) is the instant its prorations are reckoned from."""

    subscription_id: str
    item_id: str
    provider_price_id: str
    quantity: int
    interval: Interval
    interval_count: int
    at: datetime
    is_trialing: bool = False


@dataclass(frozen=True, slots=True)
class Preview:
    """What a change would cost, in minor units with tax and discounts: now, line by line, and at each renewal after it."""

    currency: str
    due_now: int
    lines: tuple[InvoiceLine, ...]
    next_amount: int


@dataclass(frozen=True, slots=True)
class Changed:
    """A subscription after a change; while `is_pending` it is as before, and `url` is where the customer confirms it."""

    state: SubscriptionState
    is_pending: bool = False
    url: str = ""


@dataclass(frozen=True, slots=True)
class ProviderInvoice:
    """One invoice for the customer's own list: minor units, UTC, and the provider's word for its status."""

    number: str
    created_at: datetime
    amount: int
    currency: str
    status: str
    url: str
    pdf_url: str


class PaymentProvider(Protocol):
    """Moves money. Implementations keep no state of ours and never touch the database."""

    name: str
    title: str
    """What customers know it by."""
    capabilities: frozenset[str]
    """What this provider can do, in the words of `Capability`; pages hide the rest, and use cases refuse it."""

    def ensure_customer(self, *, user_id: str, email: str, name: str, idempotency_key: str) -> str:
        """Make the customer and return the provider's id. Called once a user, before their first checkout."""
        ...

    def create_checkout(self, request: CheckoutRequest, *, idempotency_key: str) -> Checkout:
        """Open a payment page. The order exists already; nothing may be charged before the customer confirms there."""
        ...

    def retrieve_checkout(self, session_id: str) -> Checkout:
        """Read a session with all that its completion proves, in one call."""
        ...

    def read_return(self, query: Mapping[str, str]) -> Returned | None:
        """The session in the address that a customer came back to; None when it names none of this provider.

        `query` is in the order of the address. Calls nobody.
        """
        ...

    def expire_checkout(self, session_id: str) -> None:
        """Close an open session. Raises ProviderRefused when it is no longer open. Capability `close_checkout`."""
        ...

    def retrieve_subscription(self, subscription_id: str) -> SubscriptionState:
        """Read one subscription as it is now."""
        ...

    def list_subscriptions(self, customer_id: str | None) -> list[SubscriptionState]:
        """All subscriptions of a customer, or of everybody (None), that have not ended."""
        ...

    def list_events(self, since: datetime) -> Iterator[ProviderEvent]:
        """All events since an instant (UTC) as they would have been delivered, in any order. Read page by page.

        Without the capability `list_events` there are none.
        """
        ...

    def preview_change(self, request: ChangeRequest) -> Preview:
        """What `change` with the same request would charge. Called before every change and again just before it is made.

        Changes nothing. Only with the capability `preview`; without it our own estimate is shown as one.
        """
        ...

    def change(self, request: ChangeRequest, *, idempotency_key: str) -> Changed:
        """Change price or quantity now and charge the difference now, or leave everything as it is until that is paid."""
        ...

    def schedule_change(self, request: ChangeRequest, *, idempotency_key: str) -> SubscriptionState:
        """Let the change happen when the present period ends, without proration. Capability `schedule`."""
        ...

    def unschedule(self, subscription_id: str, schedule_id: str, *, idempotency_key: str) -> SubscriptionState:
        """Forget what was scheduled; the subscription goes on as it is. One that is forgotten already is no error."""
        ...

    def cancel(
        self, subscription_id: str, *, at_once: bool, reason: str, comment: str, idempotency_key: str
    ) -> SubscriptionState:
        """End it with its period, or at once; `reason` is a CancelReason or "". Pays nothing back.

        One that has ended already is no error. A scheduled change must have been unscheduled before.
        """
        ...

    def resume(self, subscription_id: str, *, idempotency_key: str) -> SubscriptionState:
        """Take a scheduled cancellation back, before it happens."""
        ...

    def pause(self, subscription_id: str, *, idempotency_key: str) -> SubscriptionState:
        """Charge nothing more until `unpause`, and pay nothing back for the rest of the period. Capability `pause`."""
        ...

    def unpause(self, subscription_id: str, *, is_paid_for: bool, idempotency_key: str) -> Changed:
        """Let it run again: in the period that `is_paid_for` still, or with a new period that is charged now."""
        ...

    def set_trial_end(self, subscription_id: str, ends_at: datetime, *, idempotency_key: str) -> SubscriptionState:
        """Move the end of a trial to `ends_at` (UTC, in the future); the first payment is taken then.

        Capability `move_trial`.
        """
        ...

    def card_fingerprint(self, subscription_id: str) -> str | None:
        """What tells the card that will pay this subscription from all others; None when no card pays it."""
        ...

    def create_portal(self, customer_id: str, *, return_url: str, locale: str) -> str:
        """The address of the provider's own page for this customer, good for minutes. Capability `portal`."""
        ...

    def update_card(self, customer_id: str, *, return_url: str, locale: str) -> str:
        """The same, going straight to the form for another card. Capability `portal`."""
        ...

    def list_invoices(self, customer_id: str, *, limit: int) -> list[ProviderInvoice]:
        """The customer's newest invoices, drafts left out."""
        ...

    def create_price(self, price: NewPrice, *, idempotency_key: str) -> ProviderPrice:
        """Make the price, and the plan's product when it has none yet."""
        ...

    def verify_price(self, provider_price_id: str) -> ProviderPrice:
        """Read a price, to compare it with ours. It is active when its product is, too."""
        ...

    def archive_price(self, provider_price_id: str) -> None:
        """Sell a price no longer; who pays it already goes on. Called when another has taken its place.

        Does nothing where prices cannot be archived, and for one that is archived already.
        """
        ...

    def list_coupons(self) -> list[Coupon]:
        """The provider's newest coupons, up to a hundred; nothing where coupons cannot be listed."""
        ...

    def verify_coupon(self, coupon_id: str) -> bool:
        """Whether a coupon is there and can be used."""
        ...

    def refund(
        self, payment_intent_id: str, *, amount_minor: int | None, reason: str, idempotency_key: str
    ) -> tuple[Fact, ...]:
        """Send money back: `amount_minor`, or all that is left. Returns the facts that the refund proves so far."""
        ...

    def charge_off_session(self, request: ChargeRequest, *, idempotency_key: str) -> ChargeResult:
        """Charge the customer's card without them. A decline is a result, not an error. Capability `off_session`."""
        ...

    def read_payment(self, fact: PaymentMade) -> InvoicePaid:
        """The invoice of a payment whose event did not say how much was paid, with what was."""
        ...

    def payment_of_invoice(self, invoice_id: str) -> str | None:
        """The payment that paid an invoice, for orders that have not learned it from an event yet."""
        ...

    def verify_event(self, body: bytes, headers: Mapping[str, str], now: datetime) -> ProviderEvent:
        """Check the signature over the raw body. Raises BadSignature, EndpointClosed, MalformedEvent. Calls nobody."""
        ...

    def parse_event(self, payload: str) -> ProviderEvent:
        """A stored payload as the event it was. Raises MalformedEvent. Calls nobody."""
        ...

    def translate(self, event: ProviderEvent) -> tuple[Fact, ...]:
        """What the event means to us; nothing for a type we do not act on. Raises MalformedEvent. Calls nobody."""
        ...
