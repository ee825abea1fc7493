"""What the house does about early fraud warnings: give the money back, tell people, both, or nothing."""

from datetime import timedelta

import structlog
from sqlmodel import Session

from nestpay.billing import outbox, refunds
from nestpay.billing.clock import billing_now, real_now
from nestpay.domain import orders
from nestpay.domain.errors import ProviderMissing, ProviderRefused
from nestpay.domain.letters import Letter
from nestpay.domain.orders import Order
from nestpay.settings import DEFAULT_LOCALE, get_settings
from nestpay.store import audit, changes, emails, warnings
from nestpay.store.changes import Buyer, Wanted
from nestpay.store.session import reading, transaction
from nestpay.store.tables import FraudWarningRow

JOB = "fraud_warnings"
NOTHING, KEPT, REFUNDED, REFUSED = "none", "kept", "refunded", "refund_refused"
"""What was done: nothing at all, people were told, the money went back, the provider would not send it back."""

_SET = 20
_WAITS_FOR_ORDER = timedelta(minutes=10)

log = structlog.get_logger(__name__)


def work(limit: int = _SET) -> int:
    """Deal with warnings that nobody dealt with yet. Returns how many.

    One whose order is not known yet waits ten minutes for it. Raises ProviderTrouble; then the rest stays to be done.
    """
    with reading() as session:
        waiting = warnings.open_ones(session, limit)
    done = 0
    for warning in waiting:
        with transaction() as session:
            order, buyer = _order_of(session, warning)
        if order is None and real_now() < warning.created_at + _WAITS_FOR_ORDER:
            continue
        _settle(warning, order, buyer, _act(warning))
        done += 1
    return done


def _order_of(session: Session, warning: FraudWarningRow) -> tuple[Order | None, Buyer | None]:
    """The order that the suspicious payment paid, and its buyer."""
    payment, charge = warning.provider_payment_intent_id, warning.provider_charge_id
    payments, charges = {payment} if payment else set(), {charge} if charge else set()
    wanted = Wanted(providers={warning.provider}, payment_intent_ids=payments, charge_ids=charges)
    rows = changes.load(session, wanted, billing_now())
    order = rows.order_of_payment(warning.provider, payment, charge)
    return order, rows.buyers.get(order.user_id) if order else None


def _act(warning: FraudWarningRow) -> str:
    wish = get_settings().stripe_radar_early_fraud_warning_type
    if wish == "none":
        return NOTHING
    payment = warning.provider_payment_intent_id
    if wish == "email" or not warning.is_actionable or payment is None:
        return KEPT
    try:
        refunds.refund_payment(
            warning.provider,
            payment,
            amount_minor=None,
            reason="fraudulent",
            key=f"fraud:{warning.provider_warning_id}",
        )
    except (ProviderRefused, ProviderMissing) as error:
        log.warning("fraud.refund_refused", warning=warning.provider_warning_id, reason=str(error))
        return REFUSED
    return REFUNDED


def _settle(warning: FraudWarningRow, order: Order | None, buyer: Buyer | None, action: str) -> None:
    now = real_now()
    wants_mail = get_settings().stripe_radar_early_fraud_warning_type in ("email", "both")
    with transaction() as session:
        if not warnings.note(session, warning, action, order.id if order else None):
            return
        audit.append(
            session,
            at=now,
            actor_id=warning.provider,
            action=f"fraud_warning.{action}",
            subject=f"order:{order.id}" if order else f"payment:{warning.provider_payment_intent_id or ''}",
            after={"warning": warning.provider_warning_id, "type": warning.fraud_type},
        )
        letters = _letters(warning, order, buyer, is_refunded=action == REFUNDED) if wants_mail else []
        emails.enqueue(session, letters, now)
    outbox.wake()


def _letters(warning: FraudWarningRow, order: Order | None, buyer: Buyer | None, *, is_refunded: bool) -> list[Letter]:
    """One mail to the customer, if the payment's order is known, and one to the operator, if there is an address."""
    key = f"{warning.provider}:{warning.provider_warning_id}"
    known = {
        "order_number": orders.number(order.id) if order else "",
        "currency": order.currency if order else get_settings().default_currency,
        "amount": order.amount_total if order else "",
        "is_refunded": is_refunded,
    }
    letters = []
    if buyer:
        letters.append(
            Letter(
                dedupe_key=f"fraud_warning:{key}",
                recipient=buyer.email,
                template="fraud_warning",
                locale=buyer.locale,
                user_id=buyer.id,
                context={"name": buyer.name, **known},
            )
        )
    if admin := get_settings().admin_email:
        letters.append(
            Letter(
                dedupe_key=f"fraud_warning_admin:{key}",
                recipient=admin,
                template="fraud_warning_admin",
                locale=DEFAULT_LOCALE,
                context={**known, "customer": buyer.email if buyer else "", "reason": warning.fraud_type},
            )
        )
    return letters
