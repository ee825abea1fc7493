"""What a provider says that cannot do everything: a base that refuses whatever is not written over."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import NoReturn

from nestpay.domain.errors import ProviderRefused
from nestpay.domain.facts import InvoicePaid, PaymentMade, ProviderEvent, SubscriptionState
from nestpay.providers.base import (
    Capability,
    Changed,
    ChangeRequest,
    ChargeRequest,
    ChargeResult,
    Coupon,
    Preview,
    ProviderInvoice,
    Returned,
)


class RefusesTheRest:
    """Answers every call that not each provider can answer: nothing where nothing is an answer, else with a refusal.

    A provider that derives from it defines what it can do, and names that in `capabilities`.
    """

    capabilities: frozenset[str] = frozenset()

    def expire_checkout(self, session_id: str) -> None:
        """See PaymentProvider."""
        self._refuse(Capability.CLOSE_CHECKOUT)

    def read_return(self, query: Mapping[str, str]) -> Returned | None:
        """See PaymentProvider."""
        return None

    def retrieve_subscription(self, subscription_id: str) -> SubscriptionState:
        """See PaymentProvider."""
        self._refuse("subscriptions")

    def list_subscriptions(self, customer_id: str | None) -> list[SubscriptionState]:
        """See PaymentProvider."""
        return []

    def list_events(self, since: datetime) -> Iterator[ProviderEvent]:
        """See PaymentProvider."""
        return iter(())

    def preview_change(self, request: ChangeRequest) -> Preview:
        """See PaymentProvider."""
        self._refuse(Capability.PREVIEW)

    def change(self, request: ChangeRequest, *, idempotency_key: str) -> Changed:
        """See PaymentProvider."""
        self._refuse("subscriptions")

    def schedule_change(self, request: ChangeRequest, *, idempotency_key: str) -> SubscriptionState:
        """See PaymentProvider."""
        self._refuse(Capability.SCHEDULE)

    def unschedule(self, subscription_id: str, schedule_id: str, *, idempotency_key: str) -> SubscriptionState:
        """See PaymentProvider. What cannot be scheduled need not be forgotten."""
        return self.retrieve_subscription(subscription_id)

    def cancel(
        self, subscription_id: str, *, at_once: bool, reason: str, comment: str, idempotency_key: str
    ) -> SubscriptionState:
        """See PaymentProvider."""
        self._refuse("subscriptions")

    def resume(self, subscription_id: str, *, idempotency_key: str) -> SubscriptionState:
        """See PaymentProvider."""
        self._refuse("subscriptions")

    def pause(self, subscription_id: str, *, idempotency_key: str) -> SubscriptionState:
        """See PaymentProvider."""
        self._refuse(Capability.PAUSE)

    def unpause(self, subscription_id: str, *, is_paid_for: bool, idempotency_key: str) -> Changed:
        """See PaymentProvider."""
        self._refuse(Capability.PAUSE)

    def set_trial_end(self, subscription_id: str, ends_at: datetime, *, idempotency_key: str) -> SubscriptionState:
        """See PaymentProvider."""
        self._refuse(Capability.MOVE_TRIAL)

    def card_fingerprint(self, subscription_id: str) -> str | None:
        """See PaymentProvider."""
        return None

    def create_portal(self, customer_id: str, *, return_url: str, locale: str) -> str:
        """See PaymentProvider."""
        self._refuse(Capability.PORTAL)

    def update_card(self, customer_id: str, *, return_url: str, locale: str) -> str:
        """See PaymentProvider."""
        self._refuse(Capability.PORTAL)

    def list_invoices(self, customer_id: str, *, limit: int) -> list[ProviderInvoice]:
        """See PaymentProvider."""
        return []

    def archive_price(self, provider_price_id: str) -> None:
        """See PaymentProvider."""

    def list_coupons(self) -> list[Coupon]:
        """See PaymentProvider."""
        return []

    def verify_coupon(self, coupon_id: str) -> bool:
        """See PaymentProvider."""
        return False

    def charge_off_session(self, request: ChargeRequest, *, idempotency_key: str) -> ChargeResult:
        """See PaymentProvider. Nobody is charged who is not there."""
        return ChargeResult(is_paid=False, needs_customer=True, reason="not offered")

    def read_payment(self, fact: PaymentMade) -> InvoicePaid:
        """See PaymentProvider."""
        return fact.invoice

    def payment_of_invoice(self, invoice_id: str) -> str | None:
        """See PaymentProvider."""
        return None

    def _refuse(self, what: str) -> NoReturn:
        raise ProviderRefused(reason=f"{getattr(self, 'title', 'this company')} does not offer {what}")
