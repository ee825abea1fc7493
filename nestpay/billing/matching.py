"""Whose money a fact speaks of, what it is for, and the row that stands for what was not read yet."""

from typing import Any

from nestpay.domain.errors import OwnerUnknown, PriceUnknown
from nestpay.domain.facts import Amounts, InvoiceFact, InvoiceLine, InvoicePaid
from nestpay.domain.ledger import Stamp
from nestpay.domain.plans import PriceRow
from nestpay.domain.subscriptions import Subscription, SubscriptionStatus
from nestpay.store.changes import Buyer, Rows


def owner(provider: str, customer_id: str | None, hinted_user_id: str | None, rows: Rows) -> Buyer:
    """Whose money it is: the customer map decides, then our own ids in the metadata; never an e-mail address. Raises OwnerUnknown."""
    user_id = rows.customers.get((provider, customer_id or "")) or hinted_user_id or ""
    if user_id not in rows.buyers:
        raise OwnerUnknown(provider=provider, customer=customer_id or "?")
    return rows.buyers[user_id]


def price_of(rows: Rows, price_id: str | None, provider: str) -> PriceRow:
    """The price with this id of ours. Raises PriceUnknown."""
    price = rows.prices.get(price_id or "")
    if price is None:
        raise PriceUnknown(provider=provider, price=price_id or "?")
    return price


def main_line(lines: tuple[InvoiceLine, ...]) -> InvoiceLine | None:
    """The line that says what is paid for from now on: not a proration, else what is charged, and of those the last."""
    lasting = [line for line in lines if not line.proration] or [line for line in lines if line.amount > 0]
    lasting = lasting or list(lines)
    return max(lasting, key=lambda line: line.period_end, default=None)


def invoiced_price(fact: InvoicePaid | InvoiceFact, rows: Rows) -> tuple[PriceRow, InvoiceLine]:
    """What an invoice is for, and the line that says so. Raises PriceUnknown."""
    line = main_line(fact.lines)
    price = rows.price_at(fact.provider, line.provider_price_id if line else None)
    price = price or rows.prices.get(fact.price_id or "")
    if price is None or line is None:
        raise PriceUnknown(provider=fact.provider, price=line.provider_price_id if line else "")
    return price, line


def unread_subscription(fact: InvoicePaid | InvoiceFact, buyer: Buyer, price: PriceRow, stamp: Stamp) -> Subscription:
    """A subscription of which only an invoice is known: it opens nothing until it was read from the provider."""
    return Subscription(
        id=stamp.new_id(),
        user_id=buyer.id,
        provider=fact.provider,
        provider_subscription_id=fact.subscription_id or "",
        provider_customer_id=fact.customer_id,
        plan_id=price.plan_id,
        price_id=price.id,
        status=SubscriptionStatus.PENDING,
        sales_group=price.sales_group,
        created_at=stamp.now,
        updated_at=stamp.now,
    )


def amounts_of(amounts: Amounts) -> dict[str, Any]:
    """The columns of an order that hold these amounts."""
    return {
        "amount_subtotal": amounts.subtotal,
        "amount_discount": amounts.discount,
        "amount_tax": amounts.tax,
        "amount_total": max(0, amounts.total),  # what is given back stays with the provider, as the customer's balance
        "currency": amounts.currency,
    }
