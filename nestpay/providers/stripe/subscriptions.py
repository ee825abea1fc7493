"""What Stripe does with a running subscription: previews, changes, schedules, pauses, ends, and shows to its customer."""

from datetime import UTC, datetime
from typing import Any

from nestpay.domain.errors import ProviderMissing, ProviderRefused
from nestpay.domain.facts import SubscriptionState
from nestpay.domain.subscriptions import ENDED
from nestpay.providers.base import Capability, Changed, ChangeRequest, Preview, ProviderInvoice
from nestpay.providers.stripe import translate
from nestpay.providers.stripe.requests import asked, is_replayed
from nestpay.providers.stripe.shapes import id_of, invoice_line

LOCALES = {"en": "en", "zh": "zh", "fr": "fr"}
_WITH_INVOICE = ["latest_invoice"]


class SubscriptionCalls:
    """The part of `StripeProvider` that acts on subscriptions. See PaymentProvider for what each call promises."""

    capabilities: frozenset[str] = frozenset(Capability)
    _v1: Any
    """The SDK's `client.v1`; its parameters are plain dicts here, checked by Stripe and by the sandbox."""
    _portal_url: str
    """The address of Stripe's no-code portal, which wins when it is a full one; or empty."""

    def preview_change(self, request: ChangeRequest) -> Preview:
        """See PaymentProvider. Two previews: the invoice that the change makes now, and the one that renews it."""
        renewal = self._preview(request, {"proration_behavior": "none"})
        if request.is_trialing:
            return Preview(renewal["currency"], 0, (), renewal["total"])
        now = {"proration_behavior": "always_invoice", "proration_date": _seconds(request.at)}
        due = self._preview(request, now)
        lines = tuple(invoice_line(line) for line in due["lines"]["data"])
        return Preview(due["currency"], max(0, due["amount_due"]), lines, renewal["total"])

    def _preview(self, request: ChangeRequest, details: dict[str, Any]) -> dict[str, Any]:
        params = {
            "subscription": request.subscription_id,
            "subscription_details": {"items": [_item(request)], **details},
        }
        return asked(lambda: self._v1.invoices.create_preview(params)).to_dict()

    def change(self, request: ChangeRequest, *, idempotency_key: str) -> Changed:
        """See PaymentProvider. `pending_if_incomplete`: nothing changes before the difference is paid."""
        params = {
            "items": [_item(request)],
            "proration_behavior": "always_invoice",
            "proration_date": _seconds(request.at),
            "payment_behavior": "pending_if_incomplete",
            "expand": _WITH_INVOICE,
        }
        if request.is_trialing:
            del params["proration_date"]
        return _changed(self._update(request.subscription_id, params, idempotency_key))

    def schedule_change(self, request: ChangeRequest, *, idempotency_key: str) -> SubscriptionState:
        """See PaymentProvider. A schedule made from the subscription: its present phase, then one with the new price."""
        made = asked(
            lambda: self._v1.subscription_schedules.create(
                {"from_subscription": request.subscription_id}, {"idempotency_key": f"{idempotency_key}:schedule"}
            )
        ).to_dict()
        then = {
            "items": [{"price": request.provider_price_id, "quantity": request.quantity}],
            "duration": {"interval": str(request.interval), "interval_count": request.interval_count},
            "proration_behavior": "none",
        }
        params = {
            "end_behavior": "release",
            "proration_behavior": "none",
            "phases": [_present_phase(made["phases"][0]), then],
        }
        key = {"idempotency_key": f"{idempotency_key}:phases"}
        asked(lambda: self._v1.subscription_schedules.update(made["id"], params, key))
        return self._state(request.subscription_id)

    def unschedule(self, subscription_id: str, schedule_id: str, *, idempotency_key: str) -> SubscriptionState:
        """See PaymentProvider."""
        try:
            asked(
                lambda: self._v1.subscription_schedules.release(schedule_id, {}, {"idempotency_key": idempotency_key})
            )
        except (ProviderRefused, ProviderMissing):
            state = self._state(subscription_id)
            if state.schedule_id == schedule_id:
                raise
            return state
        return self._state(subscription_id)

    def cancel(
        self, subscription_id: str, *, at_once: bool, reason: str, comment: str, idempotency_key: str
    ) -> SubscriptionState:
        """See PaymentProvider."""
        said = {"feedback": reason, "comment": comment}
        details = (
            {"cancellation_details": {name: value for name, value in said.items() if value}}
            if any(said.values())
            else {}
        )
        try:
            if not at_once:
                params = {"cancel_at_period_end": True, "expand": _WITH_INVOICE, **details}
                return translate.subscription_state(self._update(subscription_id, params, idempotency_key))
            params = {"expand": _WITH_INVOICE, **details}
            asked(lambda: self._v1.subscriptions.cancel(subscription_id, params))
        except (ProviderRefused, ProviderMissing):
            state = self._state(subscription_id)
            if state.status not in ENDED:
                raise
            return state
        return self._state(subscription_id)

    def resume(self, subscription_id: str, *, idempotency_key: str) -> SubscriptionState:
        """See PaymentProvider. An end set by date is taken back by its date, one set by flag by its flag."""
        before = self._state(subscription_id)
        end = {"cancel_at_period_end": False} if before.cancel_at_period_end else {"cancel_at": ""}
        params = {**end, "expand": _WITH_INVOICE}
        return translate.subscription_state(self._update(subscription_id, params, idempotency_key))

    def pause(self, subscription_id: str, *, idempotency_key: str) -> SubscriptionState:
        """See PaymentProvider. New with endive; needs Stripe's flexible billing mode, the default since clover."""
        params = {"bill_for": {"unused_time_from": {"type": "none"}}, "expand": _WITH_INVOICE}
        options = {"idempotency_key": idempotency_key}
        answer = asked(lambda: self._v1.subscriptions.pause(subscription_id, params, options))
        return translate.subscription_state(self._fresh(answer))

    def unpause(self, subscription_id: str, *, is_paid_for: bool, idempotency_key: str) -> Changed:
        """See PaymentProvider."""
        params = {
            "billing_cycle_anchor": {"type": "unchanged" if is_paid_for else "now"},
            "proration_behavior": "none",
            "payment_behavior": "resume_on_payment_success",
            "expand": _WITH_INVOICE,
        }
        options = {"idempotency_key": idempotency_key}
        answer = asked(lambda: self._v1.subscriptions.resume(subscription_id, params, options))
        found = self._fresh(answer)
        state = translate.subscription_state(found)
        return Changed(state, is_pending=found["status"] == "paused", url=state.action_url or "")

    def set_trial_end(self, subscription_id: str, ends_at: datetime, *, idempotency_key: str) -> SubscriptionState:
        """See PaymentProvider."""
        params = {"trial_end": _seconds(ends_at), "proration_behavior": "none", "expand": _WITH_INVOICE}
        return translate.subscription_state(self._update(subscription_id, params, idempotency_key))

    def card_fingerprint(self, subscription_id: str) -> str | None:
        """See PaymentProvider. The subscription's own payment method counts before its customer's."""
        expand = ["default_payment_method", "customer.invoice_settings.default_payment_method"]
        found = asked(lambda: self._v1.subscriptions.retrieve(subscription_id, {"expand": expand})).to_dict()
        of_customer = (found["customer"].get("invoice_settings") or {}).get("default_payment_method")
        method = found.get("default_payment_method") or of_customer or {}
        return (method.get("card") or {}).get("fingerprint")

    def create_portal(self, customer_id: str, *, return_url: str, locale: str) -> str:
        """See PaymentProvider."""
        if self._portal_url.startswith(("https://", "http://")):
            return self._portal_url
        return self._portal(customer_id, return_url, locale, {})

    def update_card(self, customer_id: str, *, return_url: str, locale: str) -> str:
        """See PaymentProvider. The form sends its customer back by itself when it is done."""
        done = {"type": "redirect", "redirect": {"return_url": return_url}}
        flow = {"flow_data": {"type": "payment_method_update", "after_completion": done}}
        return self._portal(customer_id, return_url, locale, flow)

    def _portal(self, customer_id: str, return_url: str, locale: str, flow: dict[str, Any]) -> str:
        params = {"customer": customer_id, "return_url": return_url, "locale": LOCALES.get(locale, "auto"), **flow}
        return asked(lambda: self._v1.billing_portal.sessions.create(params)).url

    def list_invoices(self, customer_id: str, *, limit: int) -> list[ProviderInvoice]:
        """See PaymentProvider."""
        found = asked(lambda: self._v1.invoices.list({"customer": customer_id, "limit": limit})).to_dict()
        return [_invoice(each) for each in found["data"] if each["status"] != "draft"]

    def _state(self, subscription_id: str) -> SubscriptionState:
        return translate.subscription_state(self._read(subscription_id))

    def _read(self, subscription_id: str) -> dict[str, Any]:
        return asked(lambda: self._v1.subscriptions.retrieve(subscription_id, {"expand": _WITH_INVOICE})).to_dict()

    def _update(self, subscription_id: str, params: dict[str, Any], key: str) -> dict[str, Any]:
        return self._fresh(
            asked(lambda: self._v1.subscriptions.update(subscription_id, params, {"idempotency_key": key}))
        )

    def _fresh(self, answer: Any) -> dict[str, Any]:
        """The answer, or, when it was given once before, the subscription as it is now."""
        return self._read(answer.id) if is_replayed(answer) else answer.to_dict()


def _changed(subscription: dict[str, Any]) -> Changed:
    state = translate.subscription_state(subscription)
    return Changed(state, is_pending=state.has_pending_change, url=state.action_url or "")


def _item(request: ChangeRequest) -> dict[str, Any]:
    return {"id": request.item_id, "price": request.provider_price_id, "quantity": request.quantity}


def _present_phase(phase: dict[str, Any]) -> dict[str, Any]:
    """The phase that is running, said again as it is: whatever is left out of it would be changed."""
    said: dict[str, Any] = {
        "items": [{"price": id_of(item["price"]), "quantity": item.get("quantity") or 1} for item in phase["items"]],
        "start_date": phase["start_date"],
        "end_date": phase["end_date"],
        "proration_behavior": "none",
    }
    if phase.get("trial_end"):
        said["trial_end"] = phase["trial_end"]
    discounts = [_discount(each) for each in phase.get("discounts") or []]
    return {**said, "discounts": discounts} if discounts else said


def _discount(discount: dict[str, Any]) -> dict[str, str]:
    kept = {name: id_of(discount.get(name)) for name in ("discount", "promotion_code", "coupon")}
    return next({name: value} for name, value in kept.items() if value)


def _invoice(invoice: dict[str, Any]) -> ProviderInvoice:
    return ProviderInvoice(
        number=invoice.get("number") or "",
        created_at=datetime.fromtimestamp(invoice["created"], UTC),
        amount=invoice["total"],
        currency=invoice["currency"],
        status=invoice.get("status") or "",
        url=invoice.get("hosted_invoice_url") or "",
        pdf_url=invoice.get("invoice_pdf") or "",
    )


def _seconds(at: datetime) -> int:
    return int(at.timestamp())
