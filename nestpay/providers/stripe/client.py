"""Stripe's API behind `PaymentProvider`: each method one call, its objects turned into plain values at once."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import stripe

from nestpay.domain.errors import ProviderMissing
from nestpay.domain.facts import Fact, InvoicePaid, PaymentMade, ProviderEvent, SubscriptionState
from nestpay.domain.periods import Interval
from nestpay.domain.plans import PriceType
from nestpay.providers.base import (
    ChargeRequest,
    ChargeResult,
    Checkout,
    CheckoutRequest,
    Coupon,
    NewPrice,
    ProviderPrice,
    Returned,
)
from nestpay.providers.stripe import signature, translate
from nestpay.providers.stripe.requests import asked as _asked
from nestpay.providers.stripe.requests import failure
from nestpay.providers.stripe.shapes import TOP_UP
from nestpay.providers.stripe.subscriptions import LOCALES, SubscriptionCalls

API_VERSION = "2026-10-28.endive"
_NETWORK_RETRIES = 2
_REFUND_REASONS = frozenset({"duplicate", "fraudulent", "requested_by_customer"})


class StripeProvider(SubscriptionCalls):
    """`secret_key` and `webhook_secrets` as in Stripe's dashboard; `api_base` is Stripe or a sandbox; seconds of timeout."""

    name = "stripe"
    title = "Stripe"

    def __init__(
        self,
        *,
        secret_key: str,
        webhook_secrets: Sequence[str],
        api_base: str = "https://api.stripe.com",
        timeout_seconds: float = 20.0,
        automatic_tax: bool = False,
        tax_id_collection: bool = False,
        save_cards: bool = True,
        portal_url: str = "",
    ) -> None:
        self._webhook_secrets = tuple(webhook_secrets)
        self._automatic_tax = automatic_tax
        self._tax_id_collection = tax_id_collection
        self._save_cards = save_cards
        self._portal_url = portal_url
        self._v1 = stripe.StripeClient(
            secret_key,
            stripe_version=API_VERSION,
            base_addresses={"api": api_base},
            max_network_retries=_NETWORK_RETRIES,
            http_client=stripe.RequestsClient(timeout=timeout_seconds),
        ).v1

    def ensure_customer(self, *, user_id: str, email: str, name: str, idempotency_key: str) -> str:
        """See PaymentProvider."""
        params: Any = {"email": email, "metadata": {"user_id": user_id}}
        if name:
            params["name"] = name
        customer = _asked(lambda: self._v1.customers.create(params, {"idempotency_key": idempotency_key}))
        return customer.id

    def create_checkout(self, request: CheckoutRequest, *, idempotency_key: str) -> Checkout:
        """See PaymentProvider. Sends either a discount or the box for codes, never both: Stripe refuses the two together."""
        params: Any = self._checkout_params(request)
        session = _asked(lambda: self._v1.checkout.sessions.create(params, {"idempotency_key": idempotency_key}))
        return self._checkout(session.to_dict())

    def retrieve_checkout(self, session_id: str) -> Checkout:
        """See PaymentProvider."""
        expand = ["subscription", "invoice", "invoice.payments"]
        session = _asked(lambda: self._v1.checkout.sessions.retrieve(session_id, {"expand": expand}))
        return self._checkout(session.to_dict())

    def read_return(self, query: Mapping[str, str]) -> Returned | None:
        """See PaymentProvider. Stripe writes the session into the address where we asked for it, and signs nothing."""
        session_id = query.get("session_id", "")
        return Returned(session_id, may_be_asked=True) if session_id else None

    def expire_checkout(self, session_id: str) -> None:
        """See PaymentProvider."""
        _asked(lambda: self._v1.checkout.sessions.expire(session_id))

    def retrieve_subscription(self, subscription_id: str) -> SubscriptionState:
        """See PaymentProvider."""
        params: Any = {"expand": ["latest_invoice"]}
        found = _asked(lambda: self._v1.subscriptions.retrieve(subscription_id, params))
        return translate.subscription_state(found.to_dict())

    def list_subscriptions(self, customer_id: str | None) -> list[SubscriptionState]:
        """See PaymentProvider. Stripe's default list leaves out those that are canceled."""
        params: Any = {"limit": 100, "expand": ["data.latest_invoice"]}
        if customer_id is not None:
            params["customer"] = customer_id
        found = _asked(lambda: list(self._v1.subscriptions.list(params).auto_paging_iter()))
        return [translate.subscription_state(subscription.to_dict()) for subscription in found]

    def list_events(self, since: datetime) -> Iterator[ProviderEvent]:
        """See PaymentProvider. Stripe lists thirty days of events."""
        params: Any = {"created": {"gte": int(since.timestamp())}, "limit": 100}
        pages = _asked(lambda: self._v1.events.list(params)).auto_paging_iter()
        while (event := _asked(lambda: next(pages, None))) is not None:
            yield signature.read_event(json.dumps(event.to_dict(), default=str))

    def create_price(self, price: NewPrice, *, idempotency_key: str) -> ProviderPrice:
        """See PaymentProvider."""
        product_id = price.provider_product_id or self._create_product(price)
        params: Any = {
            "product": product_id,
            "currency": price.currency,
            "unit_amount": price.amount_minor,
            "metadata": {"plan_key": price.plan_key},
        }
        if price.type is PriceType.RECURRING:
            params["recurring"] = {"interval": str(price.interval), "interval_count": price.interval_count}
        made = _asked(lambda: self._v1.prices.create(params, {"idempotency_key": idempotency_key}))
        return _price(made.to_dict())

    def _create_product(self, price: NewPrice) -> str:
        params: Any = {"name": price.plan_title, "metadata": {"plan_key": price.plan_key}}
        options: Any = {"idempotency_key": f"product:{price.plan_id}"}
        return _asked(lambda: self._v1.products.create(params, options)).id

    def verify_price(self, provider_price_id: str) -> ProviderPrice:
        """See PaymentProvider."""
        return _price(_asked(lambda: self._v1.prices.retrieve(provider_price_id, {"expand": ["product"]})).to_dict())

    def archive_price(self, provider_price_id: str) -> None:
        """See PaymentProvider."""
        params: Any = {"active": False}
        _asked(lambda: self._v1.prices.update(provider_price_id, params))

    def list_coupons(self) -> list[Coupon]:
        """See PaymentProvider."""
        found = _asked(lambda: self._v1.coupons.list({"limit": 100}))
        return [_coupon(coupon.to_dict()) for coupon in found.data]

    def verify_coupon(self, coupon_id: str) -> bool:
        """See PaymentProvider."""
        try:
            coupon = _asked(lambda: self._v1.coupons.retrieve(coupon_id)).to_dict()
        except ProviderMissing:
            return False
        return bool(coupon["valid"])

    def refund(
        self, payment_intent_id: str, *, amount_minor: int | None, reason: str, idempotency_key: str
    ) -> tuple[Fact, ...]:
        """See PaymentProvider."""
        params: Any = {"payment_intent": payment_intent_id}
        if amount_minor is not None:
            params["amount"] = amount_minor
        if reason in _REFUND_REASONS:
            params["reason"] = reason
        options: Any = {"idempotency_key": idempotency_key}
        refund = _asked(lambda: self._v1.refunds.create(params, options)).to_dict()
        return translate.refund_facts(refund, datetime.fromtimestamp(refund["created"], UTC))

    def charge_off_session(self, request: ChargeRequest, *, idempotency_key: str) -> ChargeResult:
        """See PaymentProvider. Charges the card that was saved last."""
        cards = _asked(lambda: self._v1.payment_methods.list({"customer": request.customer_id, "limit": 1})).data
        if not cards:
            return ChargeResult(is_paid=False, needs_customer=True, has_card=False, reason="no saved card")
        params: Any = {
            "amount": request.amount_minor,
            "currency": request.currency,
            "customer": request.customer_id,
            "payment_method": cards[0].id,
            "off_session": True,
            "confirm": True,
            "description": request.description,
            "metadata": {**request.metadata, "kind": TOP_UP},
        }
        try:
            intent = self._v1.payment_intents.create(params, {"idempotency_key": idempotency_key}).to_dict()
        except stripe.CardError as error:
            needs_customer = error.code == "authentication_required"
            return ChargeResult(is_paid=False, needs_customer=needs_customer, reason=error.code or "declined")
        except stripe.StripeError as error:
            raise failure(error) from error
        facts = translate.charge_facts(intent, datetime.fromtimestamp(intent["created"], UTC))
        return ChargeResult(is_paid=bool(facts), facts=facts, needs_customer=not facts)

    def read_payment(self, fact: PaymentMade) -> InvoicePaid:
        """See PaymentProvider. Stripe's events always say it."""
        return fact.invoice

    def payment_of_invoice(self, invoice_id: str) -> str | None:
        """See PaymentProvider."""
        payments = _asked(lambda: self._v1.invoice_payments.list({"invoice": invoice_id, "status": "paid"}))
        intents = (translate.id_of(each.to_dict()["payment"].get("payment_intent")) for each in payments.data)
        return next((intent for intent in intents if intent), None)

    def verify_event(self, body: bytes, headers: Mapping[str, str], now: datetime) -> ProviderEvent:
        """See PaymentProvider."""
        signature.verify(body, headers.get("stripe-signature", ""), self._webhook_secrets, now)
        return signature.read_event(body.decode())

    def parse_event(self, payload: str) -> ProviderEvent:
        """See PaymentProvider."""
        return signature.read_event(payload)

    def translate(self, event: ProviderEvent) -> tuple[Fact, ...]:
        """See PaymentProvider."""
        return translate.translate(event)

    def _checkout_params(self, request: CheckoutRequest) -> dict[str, Any]:
        metadata = dict(request.metadata)
        params: dict[str, Any] = {
            "mode": "subscription" if request.type is PriceType.RECURRING else "payment",
            "customer": request.customer_id,
            "client_reference_id": metadata.get("user_id", ""),
            "line_items": [{"price": request.provider_price_id, "quantity": request.quantity}],
            "metadata": metadata,
            "success_url": request.success_url,
            "cancel_url": request.cancel_url,
            "locale": LOCALES.get(request.locale, "auto"),
        }
        if request.type is PriceType.RECURRING:
            trial = {"trial_period_days": request.trial_days} if request.trial_days else {}
            params["subscription_data"] = {"metadata": metadata, **trial}
        else:
            keeping = {"setup_future_usage": "off_session"} if self._save_cards else {}
            params["payment_intent_data"] = {"metadata": metadata, **keeping}
        if request.coupon_id:
            params["discounts"] = [{"coupon": request.coupon_id}]
        elif request.allow_codes:
            params["allow_promotion_codes"] = True
        if self._automatic_tax:
            params["automatic_tax"] = {"enabled": True}
            params["customer_update"] = {"address": "auto", "name": "auto"}
        if self._tax_id_collection:
            params["tax_id_collection"] = {"enabled": True}
            params["customer_update"] = {"address": "auto", "name": "auto"}
        return params

    def _checkout(self, session: Mapping[str, Any]) -> Checkout:
        now = datetime.now(UTC)
        subscription = session.get("subscription")
        invoice = session.get("invoice")
        facts = translate.checkout_facts(session, now)
        if session.get("mode") == "subscription" and isinstance(invoice, Mapping):
            facts += translate.invoice_facts(invoice, now)
        return Checkout(
            session_id=session["id"],
            url=session.get("url") or "",
            state=session["status"],
            expires_at=translate.instant(session.get("expires_at")),
            facts=facts,
            subscription=translate.subscription_state(subscription) if isinstance(subscription, Mapping) else None,
        )


def _price(price: Mapping[str, Any]) -> ProviderPrice:
    recurring = price.get("recurring") or {}
    product = price["product"]
    is_sold = product.get("active", False) if isinstance(product, Mapping) else True
    return ProviderPrice(
        price_id=price["id"],
        product_id=translate.id_of(product) or "",
        type=PriceType(price["type"]),
        interval=Interval(recurring["interval"]) if recurring else Interval.ONCE,
        currency=price["currency"],
        amount_minor=price["unit_amount"] or 0,
        active=price["active"] and is_sold,
        interval_count=recurring.get("interval_count") or 1,
        is_live=bool(price.get("livemode")),
    )


def _coupon(coupon: Mapping[str, Any]) -> Coupon:
    percent = coupon.get("percent_off")
    return Coupon(
        coupon_id=coupon["id"],
        name=coupon.get("name") or "",
        is_usable=bool(coupon["valid"]),
        percent="" if percent is None else f"{percent:g}",
        amount_minor=coupon.get("amount_off") or 0,
        currency=coupon.get("currency") or "",
    )
