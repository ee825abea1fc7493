"""What Creem does with a running subscription: changes, pauses, ends, and shows to its customer.

Creem keeps no idempotency keys here. So each act looks first whether it is done already, and after an answer that got
lost looks again before it says that it failed.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from nestpay.domain.errors import ProviderMissing, ProviderRefused
from nestpay.domain.facts import SubscriptionState
from nestpay.domain.subscriptions import ENDED, SubscriptionStatus
from nestpay.providers.base import Changed, ChangeRequest, ProviderInvoice
from nestpay.providers.creem import translate
from nestpay.providers.creem.shapes import INVOICE_STATUSES, instant, item_id_of, payment_amounts
from nestpay.providers.creem.wire import Unanswered, Wire
from nestpay.providers.refusals import RefusesTheRest

_CHARGE_NOW, _CHARGE_NOTHING = "proration-charge-immediately", "proration-none"


class SubscriptionCalls(RefusesTheRest):
    """The part of `CreemProvider` that acts on subscriptions. See PaymentProvider for what each call promises."""

    _wire: Wire

    def retrieve_subscription(self, subscription_id: str) -> SubscriptionState:
        """See PaymentProvider."""
        return translate.subscription_state(self._subscription(subscription_id))

    def list_subscriptions(self, customer_id: str | None) -> list[SubscriptionState]:
        """See PaymentProvider."""
        path = "/subscriptions/search" if customer_id is None else f"/customers/{customer_id}/subscriptions"
        found = (translate.subscription_state(each) for each in self._wire.pages(path, missing="customer"))
        return [state for state in found if state.status not in ENDED]

    def change(self, request: ChangeRequest, *, idempotency_key: str) -> Changed:
        """See PaymentProvider. The difference is charged at once, and a new period begins."""
        path = f"/subscriptions/{request.subscription_id}"
        held = self._subscription(request.subscription_id)
        before = translate.subscription_state(held)
        how = _CHARGE_NOTHING if request.is_trialing else _CHARGE_NOW
        if before.quantity == request.quantity:
            path, wish = f"{path}/upgrade", {"product_id": request.provider_price_id, "update_behavior": how}
        else:
            item = {"id": item_id_of(held), "product_id": request.provider_price_id, "units": request.quantity}
            wish = {"items": [item], "update_behavior": how}
        wanted = (request.provider_price_id, request.quantity)
        return Changed(self._act(before, path, wish, lambda now: (now.provider_price_id, now.quantity) == wanted))

    def cancel(
        self, subscription_id: str, *, at_once: bool, reason: str, comment: str, idempotency_key: str
    ) -> SubscriptionState:
        """See PaymentProvider. Creem keeps no reason; ours does."""
        wish = {"mode": "immediate" if at_once else "scheduled", "onExecute": "cancel"}

        def is_done(now: SubscriptionState) -> bool:
            return now.status in ENDED or (not at_once and now.cancel_at_period_end)

        before = self.retrieve_subscription(subscription_id)
        return self._act(before, f"/subscriptions/{subscription_id}/cancel", wish, is_done)

    def resume(self, subscription_id: str, *, idempotency_key: str) -> SubscriptionState:
        """See PaymentProvider."""
        before = self.retrieve_subscription(subscription_id)
        return self._act(before, _resume(subscription_id), {}, lambda now: not now.cancel_at_period_end)

    def pause(self, subscription_id: str, *, idempotency_key: str) -> SubscriptionState:
        """See PaymentProvider."""
        before = self.retrieve_subscription(subscription_id)
        path = f"/subscriptions/{subscription_id}/pause"
        return self._act(before, path, {}, lambda now: now.status == SubscriptionStatus.PAUSED)

    def unpause(self, subscription_id: str, *, is_paid_for: bool, idempotency_key: str) -> Changed:
        """See PaymentProvider. Creem itself knows whether the period is still paid for."""
        before, path = self.retrieve_subscription(subscription_id), _resume(subscription_id)
        return Changed(self._act(before, path, {}, lambda now: now.status != SubscriptionStatus.PAUSED))

    def create_portal(self, customer_id: str, *, return_url: str, locale: str) -> str:
        """See PaymentProvider. Creem's page knows no way back."""
        answer = self._wire.post("/customers/billing", {"customer_id": customer_id}, missing="customer")
        return answer["customer_portal_link"]

    def update_card(self, customer_id: str, *, return_url: str, locale: str) -> str:
        """See PaymentProvider. The card is changed on the same page."""
        return self.create_portal(customer_id, return_url=return_url, locale=locale)

    def list_invoices(self, customer_id: str, *, limit: int) -> list[ProviderInvoice]:
        """See PaymentProvider. What Creem has instead are payments."""
        found = self._wire.get("/transactions/search", customer_id=customer_id, page_number=1, page_size=limit)
        return [_invoice(each) for each in found.get("items") or []]

    def _act(
        self, before: SubscriptionState, path: str, wish: dict[str, Any], is_done: Callable[[SubscriptionState], bool]
    ) -> SubscriptionState:
        """Ask for a change unless it is done, and judge a lost or refused answer by what is there then."""
        subscription_id = before.subscription_id
        if is_done(before):
            return before
        try:
            self._wire.post(path, wish, missing="subscription")
        except (Unanswered, ProviderRefused, ProviderMissing):
            after = self.retrieve_subscription(subscription_id)
            if not is_done(after):
                raise
            return after
        return self.retrieve_subscription(subscription_id)

    def _subscription(self, subscription_id: str) -> dict[str, Any]:
        return self._wire.get("/subscriptions", missing="subscription", subscription_id=subscription_id)


def _resume(subscription_id: str) -> str:
    return f"/subscriptions/{subscription_id}/resume"


def _invoice(payment: dict[str, Any]) -> ProviderInvoice:
    amounts = payment_amounts(payment)
    return ProviderInvoice(
        number=payment["id"],
        created_at=instant(payment.get("created_at")) or datetime.fromtimestamp(0, UTC),
        amount=amounts.total,
        currency=amounts.currency,
        status=INVOICE_STATUSES.get(payment.get("status") or "", "uncollectible"),
        url="",
        pdf_url="",
    )
