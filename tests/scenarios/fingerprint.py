"""What a customer's life came to: everything that matters of one database, and one hash over it.

Left out are our own ids, instants of arrival and the order of log lines: those may differ between two tellings.
"""

import hashlib
import json
from collections.abc import Collection
from typing import Any

from nestpay.billing import credits, entitled
from nestpay.billing.clock import billing_now
from nestpay.store.session import reading
from nestpay.store.tables import (
    CreditDripRow,
    CreditGrantRow,
    CreditLogRow,
    DisputeRow,
    OrderRow,
    RefundRow,
    SubscriptionRow,
    UsageRow,
    WebhookEventRow,
)
from tests import builders

_ORDER = (
    "type status currency quantity amount_subtotal amount_discount amount_tax amount_total amount_refunded "
    "credits_revoked credits_owed price_id provider_session_id provider_payment_intent_id provider_invoice_id "
    "provider_charge_id provider_subscription_id granted invoice_url receipt_url paid_at"
).split()
_SUBSCRIPTION = (
    "provider_subscription_id status plan_id price_id quantity current_period_start current_period_end cancels_at "
    "canceled_at ended_at trial_start trial_end anchor_at past_due_at paused_at action_url provider_schedule_id"
).split()
_REVERSAL = "status amount_minor currency provider_payment_intent_id provider_charge_id".split()
_LOT = "key pool source amount remaining effective_at expires_at".split()
_USAGE = "held debt is_frozen".split()
_LAPSES = ("period_reset", "expire", "subscription_cancel_revoke")
_ACCESS = (
    "active_plan_id subscription_status total_available_credits subscription_credits_balance one_time_credits_balance"
).split()

State = dict[str, Any]


def state_of(user_id: str) -> State:
    """Everything that matters of this user's database, as plain sorted values."""
    orders = builders.rows_of(OrderRow, user_id=user_id)
    names = {order.id: f"{order.type}:{_order_id(order)}" for order in orders}
    open_lots = [lot for lot in builders.rows_of(CreditGrantRow, user_id=user_id) if lot.remaining]
    lots = [lot for lot in open_lots if lot.expires_at is None or lot.expires_at > billing_now()]
    drips = builders.rows_of(CreditDripRow, user_id=user_id, status="pending")
    lines = builders.rows_of(CreditLogRow, user_id=user_id)
    return {
        "orders": _rows(orders, _ORDER, names),
        "refunds": _rows(builders.rows_of(RefundRow), ["provider_refund_id", *_REVERSAL, "order_id"], names),
        "disputes": _rows(builders.rows_of(DisputeRow), ["provider_dispute_id", *_REVERSAL, "order_id"], names),
        "subscriptions": _rows(builders.rows_of(SubscriptionRow, user_id=user_id), _SUBSCRIPTION, names),
        "lots": _rows(lots, [*_LOT, "order_id"], names),
        "drips": _rows(drips, ["amount", "index", "due_at", "ends_at", "order_id"], names),
        "usage": _rows(builders.rows_of(UsageRow, user_id=user_id), _USAGE, names),
        "access": [*_plain(credits.get_user_benefits(user_id), _ACCESS, names), f"open={opens(user_id)}"],
        "given": _given(orders, lines, builders.rows_of(UsageRow, user_id=user_id)),
        "lapsed": _sum(lines, _LAPSES),
        "books": _books_agree(builders.rows_of(UsageRow, user_id=user_id), open_lots),
        "inbox": sorted({row.status for row in builders.rows_of(WebhookEventRow)} - {"done", "ignored"}),
    }


def opens(user_id: str) -> bool:
    """Whether some plan is open to this user."""
    with reading() as session:
        held = entitled.held(session, user_id, billing_now())
    return held is not None and entitled.opens(held, billing_now())


def hash_of(state: State) -> str:
    """One hash over a state."""
    return hashlib.sha256(json.dumps(state, sort_keys=True).encode()).hexdigest()


def differences(expected: State, found: State) -> list[str]:
    """What is only in one of the two, in words."""
    lines: list[str] = []
    for part, there in expected.items():
        here = found[part]
        if there == here:
            continue
        known = there if isinstance(there, list) else [there]
        seen = here if isinstance(here, list) else [here]
        lines += [f"{part} lost   {row}" for row in known if row not in seen]
        lines += [f"{part} gained {row}" for row in seen if row not in known]
    return lines


def _books_agree(usage: list[UsageRow], lots: list[CreditGrantRow]) -> bool:
    """Whether the balances are what is left in the lots, those that expired a moment ago included."""
    known = sum(row.subscription_credits_balance + row.one_time_credits_balance for row in usage)
    return known == sum(lot.remaining for lot in lots)


def _given(orders: list[OrderRow], lines: list[CreditLogRow], usage: list[UsageRow]) -> int:
    """Credits that were given and not taken back, whatever became of them: spent, lapsed, left, or kept for a debt."""
    balances = sum(row.subscription_credits_balance + row.one_time_credits_balance - row.debt for row in usage)
    gone = _sum(lines, {*_LAPSES, "feature_usage", "refund_revoke", "refund_return"})
    return balances + gone - sum(order.credits_revoked for order in orders)


def _sum(lines: list[CreditLogRow], types: Collection[str]) -> int:
    """Credits that left by lines of these types."""
    return -sum(line.amount for line in lines if line.type in types)


def _order_id(order: OrderRow) -> str:
    return order.provider_order_id or order.provider_session_id or order.provider_invoice_id or "?"


def _rows(rows: list[Any], names: list[str], order_names: dict[str, str]) -> list[list[str]]:
    return sorted(_plain(row, names, order_names) for row in rows)


def _plain(row: Any, names: list[str], order_names: dict[str, str]) -> list[str]:
    found = []
    for name in names:
        value = getattr(row, name)
        text = json.dumps(value, sort_keys=True) if isinstance(value, dict) else str(value)
        for order_id, order_name in order_names.items():
            text = text.replace(order_id, order_name)
        found.append(f"{name}={text}")
    return found
