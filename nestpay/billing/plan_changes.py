"""What the paid invoice of a change of plan does to the subscription's credits, by the new plan's policy."""

from datetime import datetime

from nestpay.domain.change_credits import WITHIN_PERIOD, book
from nestpay.domain.facts import BillingReason, InvoiceLine, InvoicePaid
from nestpay.domain.ledger import Account, Grant, LogType, Pool, Posting, Stamp
from nestpay.domain.orders import Order
from nestpay.domain.periods import RENEWAL_GRACE
from nestpay.domain.plans import PriceRow
from nestpay.domain.proration import CreditChange, CreditLine, CreditMove, credits_on_change
from nestpay.domain.subscriptions import Subscription
from nestpay.store.changes import Rows


def credit_line(line: InvoiceLine, price: PriceRow | None) -> CreditLine:
    """A line as credits see it; a price that is not ours moves none."""
    credits = price.benefits.monthly_for(line.quantity) if price else 0
    return CreditLine(line.amount, line.proration, credits, line.period_start, line.period_end)


def of_invoice(fact: InvoicePaid, price: PriceRow, rows: Rows) -> CreditChange:
    """What an invoice for a change does, from its lines alone; nothing for one that exists for another reason."""
    if fact.reason is not BillingReason.SUBSCRIPTION_UPDATE:
        return CreditChange(CreditMove.NOTHING)
    lines = [credit_line(line, rows.price_at(fact.provider, line.provider_price_id)) for line in fact.lines]
    return credits_on_change(lines, price.benefits.change_credits)


def postings(
    change: CreditChange,
    order: Order,
    subscription: Subscription,
    price: PriceRow,
    account: Account,
    since: datetime | None,
    stamp: Stamp,
) -> tuple[Posting, ...]:
    """The posting for a change inside a period. Its grant's key comes from the invoice, which is paid once.

    `since` is when the subscription's newest period began whose credits were granted, if there was one.
    """
    if change.end is None:
        return ()
    is_beginning = change.move is CreditMove.REPLACE  # what was granted before it is over, however late it is heard of
    wish = Grant(
        pool=Pool.SUBSCRIPTION,
        source=LogType.SUBSCRIPTION_GRANT,
        key=f"{order.provider}:{order.provider_invoice_id}{':replacement' if is_beginning else WITHIN_PERIOD}",
        amount=change.credits,
        expires_at=change.end + RENEWAL_GRACE,
        order_id=order.id,
        subscription_id=subscription.id,
        note=price.plan_title,
    )
    booked = book(account, change, wish, stamp, current_since=since)
    return (booked.posting,) if booked.posting else ()
