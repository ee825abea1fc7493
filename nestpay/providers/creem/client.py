"""Creem's API behind `PaymentProvider`: each method one call, or a look and a call where Creem knows no repetition."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from nestpay.domain.errors import ProviderMissing, ProviderRefused
from nestpay.domain.facts import Fact, InvoicePaid, PaymentMade, ProviderEvent
from nestpay.domain.periods import Interval
from nestpay.domain.plans import PriceType
from nestpay.providers.base import (
    Capability,
    Checkout,
    CheckoutRequest,
    Coupon,
    NewPrice,
    ProviderPrice,
    Returned,
)
from nestpay.providers.creem import signature, translate
from nestpay.providers.creem.shapes import (
    PERIOD_WORDS,
    PERIODS,
    PROVIDER,
    REFUNDED,
    STANDS_FOR,
    TRIAL_PRODUCT,
    TYPE_WORDS,
    TYPES,
    id_of,
    payment_amounts,
    refund_status,
    thing_of,
)
from nestpay.providers.creem.subscriptions import SubscriptionCalls
from nestpay.providers.creem.wire import PRODUCTION, Unanswered, Wire

CURRENCIES = frozenset({"usd", "eur"})
LEAST_AMOUNT = 100
"""Creem's smallest price above nothing, in minor units."""

TAX_CATEGORY = "saas"
TEST_KEY = "creem_test_"
MOST_COUPONS = 100
_STATES = {"completed": "complete", "expired": "expired"}


class CreemProvider(SubscriptionCalls):
    """`api_key` and `webhook_secrets` as in Creem's dashboard; `api_base` is Creem or a sandbox; seconds of timeout."""

    name = PROVIDER
    title = "Creem"
    capabilities: frozenset[str] = frozenset({Capability.QUANTITY, Capability.PAUSE, Capability.PORTAL})

    def __init__(
        self,
        *,
        api_key: str,
        webhook_secrets: Sequence[str],
        api_base: str = PRODUCTION,
        timeout_seconds: float = 20.0,
    ) -> None:
        self._api_key = api_key
        self._webhook_secrets = tuple(webhook_secrets)
        self._wire = Wire(api_key, api_base, timeout_seconds)

    def ensure_customer(self, *, user_id: str, email: str, name: str, idempotency_key: str) -> str:
        """See PaymentProvider. Creem knows one customer an e-mail address, so it is looked for before and after."""
        known = self._customer_at(email)
        if known:
            return known
        wish = {"email": email, "name": name or email, "external_id": user_id}
        try:
            return self._wire.post("/customers", wish)["id"]
        except (Unanswered, ProviderRefused):
            made = self._customer_at(email)
            if made is None:
                raise
            return made

    def _customer_at(self, email: str) -> str | None:
        try:
            return self._wire.get("/customers", email=email)["id"]
        except ProviderMissing:
            return None

    def create_checkout(self, request: CheckoutRequest, *, idempotency_key: str) -> Checkout:
        """See PaymentProvider. A page whose address was lost on the way was shown to nobody: another one is opened.

        Creem has no address for customers who turn back, and adds its own parameters to `success_url`.
        """
        wish: dict[str, Any] = {
            "product_id": request.provider_price_id,
            "request_id": request.order_id,
            "units": request.quantity,
            "customer": {"id": request.customer_id},
            "success_url": request.success_url.split("?", 1)[0],
            "metadata": dict(request.metadata),
        }
        if request.trial_days:
            variant = self._trial_product(request.provider_price_id, request.trial_days)
            wish["product_id"] = variant
            wish["metadata"] |= {STANDS_FOR: request.provider_price_id, TRIAL_PRODUCT: variant}
        if request.coupon_id:
            wish["discount_code"] = request.coupon_id
        try:
            made = self._wire.post("/checkouts", wish, missing="product")
        except Unanswered:
            made = self._wire.post("/checkouts", wish, missing="product")
        except ProviderMissing:
            self._wire.get("/customers", missing="customer", customer_id=request.customer_id)
            raise
        return self._checkout(made)

    def _trial_product(self, product_id: str, days: int) -> str:
        """The same product with a trial: Creem's checkout knows none. It is made once for each number of days."""
        product = self._wire.get(f"/products/{product_id}", missing="price")
        alike = {name: product[name] for name in ("price", "currency", "billing_type", "billing_period")}
        wish = {**alike, "name": f"{product['name']} · {days}", "trial_period_days": days, "tax_category": TAX_CATEGORY}
        for each in self._wire.pages("/products/search", status="active"):
            if all(each.get(name) == value for name, value in wish.items()):
                return each["id"]
        wish["description"] = product.get("description") or product["name"]
        return self._wire.post("/products", wish, idempotency_key=f"trial:{product_id}:{days}")["id"]

    def retrieve_checkout(self, session_id: str) -> Checkout:
        """See PaymentProvider. A subscription's checkout says what was paid only together with its subscription."""
        found = self._wire.get("/checkouts", missing="checkout", checkout_id=session_id)
        subscription_id = id_of(found.get("subscription"))
        if found.get("status") == "completed" and subscription_id:
            found = {**found, "subscription": self._subscription(subscription_id)}
        return self._checkout(found)

    def read_return(self, query: Mapping[str, str]) -> Returned | None:
        """See PaymentProvider."""
        session_id = query.get("checkout_id", "")
        if not session_id:
            return None
        is_signed = signature.is_signed_address(query, self._api_key)
        return Returned(session_id, may_be_asked=is_signed)

    def create_price(self, price: NewPrice, *, idempotency_key: str) -> ProviderPrice:
        """See PaymentProvider. A product of Creem has one price, so each price is a product."""
        if price.currency not in CURRENCIES:
            raise ProviderRefused(reason=f"Creem sells in USD and EUR, not in {price.currency.upper()}")
        if 0 < price.amount_minor < LEAST_AMOUNT:
            raise ProviderRefused(reason="Creem's smallest price is 1.00")
        period = PERIOD_WORDS.get((price.interval, price.interval_count))
        if period is None:
            raise ProviderRefused(reason=f"Creem has no interval of {price.interval_count} {price.interval}")
        wish: dict[str, Any] = {
            "name": _product_name(price),
            "description": price.plan_title,
            "price": price.amount_minor,
            "currency": price.currency.upper(),
            "billing_type": TYPE_WORDS[price.type],
            "billing_period": period,
            "tax_category": TAX_CATEGORY,
        }
        return _price(self._wire.post("/products", wish, idempotency_key=idempotency_key))

    def verify_price(self, provider_price_id: str) -> ProviderPrice:
        """See PaymentProvider."""
        return _price(self._wire.get(f"/products/{provider_price_id}", missing="price"))

    def archive_price(self, provider_price_id: str) -> None:
        """See PaymentProvider."""
        try:
            self._wire.delete(f"/products/{provider_price_id}", missing="price")
        except ProviderMissing:
            return

    def list_coupons(self) -> list[Coupon]:
        """See PaymentProvider. A discount is named by its code."""
        found = self._wire.get("/discounts/search", page_number=1, page_size=MOST_COUPONS)
        return [_coupon(each) for each in found.get("items") or []]

    def verify_coupon(self, coupon_id: str) -> bool:
        """See PaymentProvider. Creem's discounts are known by their code."""
        try:
            found = self._wire.get("/discounts", missing="coupon", discount_code=coupon_id)
        except ProviderMissing:
            return False
        return _coupon(found).is_usable

    def refund(
        self, payment_intent_id: str, *, amount_minor: int | None, reason: str, idempotency_key: str
    ) -> tuple[Fact, ...]:
        """See PaymentProvider. Looked at first and afterwards: a payment is given back whole, and once."""
        payment = self._transaction(payment_intent_id)
        if payment.get("status") in REFUNDED:
            return _refund_facts(payment, "succeeded", reason)
        if amount_minor is not None and amount_minor != payment_amounts(payment).total:
            raise ProviderRefused(reason="Creem gives back whole payments only")
        try:
            answer = self._wire.post("/refunds", {"transaction_id": payment_intent_id}, missing="payment")
        except (Unanswered, ProviderRefused):
            if self._transaction(payment_intent_id).get("status") not in REFUNDED:
                raise
            return _refund_facts(payment, "succeeded", reason)
        return _refund_facts(payment, refund_status(answer.get("status")), reason)

    def _transaction(self, transaction_id: str) -> dict[str, Any]:
        return self._wire.get("/transactions", missing="payment", transaction_id=transaction_id)

    def read_payment(self, fact: PaymentMade) -> InvoicePaid:
        """See PaymentProvider."""
        return translate.with_amounts(fact.invoice, self._transaction(fact.invoice.invoice_id))

    def payment_of_invoice(self, invoice_id: str) -> str | None:
        """See PaymentProvider. A subscription's invoice is its payment; a purchase is known by Creem's order."""
        if not invoice_id.startswith("ord_"):
            return invoice_id
        found = self._wire.pages("/transactions/search", order_id=invoice_id)
        return next((payment["id"] for payment in found), None)

    def verify_event(self, body: bytes, headers: Mapping[str, str], now: datetime) -> ProviderEvent:
        """See PaymentProvider."""
        signature.verify(body, headers, self._webhook_secrets, now)
        return self.parse_event(body.decode(errors="replace"))

    def parse_event(self, payload: str) -> ProviderEvent:
        """See PaymentProvider."""
        return signature.read_event(payload, is_live=not self._api_key.startswith(TEST_KEY))

    def translate(self, event: ProviderEvent) -> tuple[Fact, ...]:
        """See PaymentProvider."""
        return translate.translate(event)

    def _checkout(self, checkout: Mapping[str, Any]) -> Checkout:
        now = datetime.now(UTC)
        subscription = thing_of(checkout.get("subscription"))
        is_known = bool(subscription) and "created_at" in subscription
        facts = translate.checkout_facts(checkout, now)
        if is_known and subscription.get("status") != "trialing":
            facts += translate.payment_facts(subscription, now)
        return Checkout(
            session_id=checkout["id"],
            url=checkout.get("checkout_url") or "",
            state=_STATES.get(checkout.get("status") or "", "open"),
            expires_at=None,
            facts=facts,
            subscription=translate.subscription_state(subscription) if is_known else None,
        )


def _product_name(price: NewPrice) -> str:
    return price.plan_title if price.type is PriceType.ONE_TIME else f"{price.plan_title} ({price.interval})"


def _price(product: Mapping[str, Any]) -> ProviderPrice:
    kind = TYPES.get(product.get("billing_type") or "", PriceType.ONE_TIME)
    interval, count = PERIODS.get(product.get("billing_period") or "once", (Interval.ONCE, 1))
    return ProviderPrice(
        price_id=product["id"],
        product_id=product["id"],
        type=kind,
        interval=interval,
        currency=str(product["currency"]).lower(),
        amount_minor=product["price"],
        active=product.get("status", "active") == "active",
        interval_count=count,
        is_live=product.get("mode") in signature.LIVE_MODES,
    )


def _coupon(discount: Mapping[str, Any]) -> Coupon:
    is_percentage = discount.get("type") == "percentage"
    return Coupon(
        coupon_id=discount["code"],
        name=discount.get("name") or discount["code"],
        is_usable=discount.get("status", "active") == "active",
        percent=str(discount.get("percentage") or "") if is_percentage else "",
        amount_minor=0 if is_percentage else discount.get("amount") or 0,
        currency=str(discount.get("currency") or "").lower(),
    )


def _refund_facts(payment: Mapping[str, Any], status: str, reason: str) -> tuple[Fact, ...]:
    amounts = payment_amounts(payment)
    return translate.refund_facts(
        refund_id="",
        amount=amounts.total,
        currency=amounts.currency,
        status=status,
        reason=reason,
        transaction=payment,
        at=datetime.now(UTC),
    )
