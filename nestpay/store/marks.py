"""What a fact leaves behind beyond orders, subscriptions and credits: small idempotent writes, each one statement or two."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy import or_, select, update
from sqlmodel import Session, col

from nestpay.store.columns import new_id
from nestpay.store.ledger import insert_for
from nestpay.store.tables import CustomerRow, FraudWarningRow, PriceRecord


class Mark(Protocol):
    """Something to write in the commit of the fact that asks for it."""

    def write(self, session: Session, now: datetime) -> None:
        """Write it; a second time changes nothing."""
        ...


@dataclass(frozen=True, slots=True)
class CustomerGone:
    """The provider forgot a customer: make room for a new one, and keep the old for late refunds."""

    provider: str
    customer_id: str

    def write(self, session: Session, now: datetime) -> None:
        """See Mark."""
        session.execute(
            update(CustomerRow)
            .where(
                col(CustomerRow.provider) == self.provider,
                col(CustomerRow.provider_customer_id) == self.customer_id,
                col(CustomerRow.retired_at).is_(None),
            )
            .values(retired_at=now)
        )


@dataclass(frozen=True, slots=True)
class CustomerCurrency:
    """A provider bills a customer in one currency, which never changes once it is there."""

    provider: str
    customer_id: str
    currency: str

    def write(self, session: Session, now: datetime) -> None:
        """See Mark."""
        session.execute(
            update(CustomerRow)
            .where(
                col(CustomerRow.provider) == self.provider,
                col(CustomerRow.provider_customer_id) == self.customer_id,
                col(CustomerRow.currency) == "",
            )
            .values(currency=self.currency)
        )


@dataclass(frozen=True, slots=True)
class WarningSeen:
    """An early fraud warning. Once it asks for nothing any more, it never does again."""

    provider: str
    warning_id: str
    fraud_type: str
    is_actionable: bool
    payment_intent_id: str | None
    charge_id: str | None
    at: datetime

    def write(self, session: Session, now: datetime) -> None:
        """See Mark."""
        row = {
            "id": new_id(),
            "provider": self.provider,
            "provider_warning_id": self.warning_id,
            "provider_payment_intent_id": self.payment_intent_id,
            "provider_charge_id": self.charge_id,
            "fraud_type": self.fraud_type,
            "is_actionable": self.is_actionable,
            "action": "",
            "created_at": self.at,
        }
        insert = insert_for(session, FraudWarningRow).values(row)
        session.execute(insert.on_conflict_do_nothing(index_elements=["provider", "provider_warning_id"]))
        if not self.is_actionable:
            session.execute(
                update(FraudWarningRow)
                .where(
                    col(FraudWarningRow.provider) == self.provider,
                    col(FraudWarningRow.provider_warning_id) == self.warning_id,
                )
                .values(is_actionable=False)
            )


@dataclass(frozen=True, slots=True)
class PricesToCheck:
    """A product, price or coupon changed at the provider: the prices that stand on it are to be compared again."""

    provider: str
    thing_id: str

    def write(self, session: Session, now: datetime) -> None:
        """See Mark."""
        stands_on_it = or_(
            col(PriceRecord.provider_price_id) == self.thing_id,
            col(PriceRecord.provider_product_id) == self.thing_id,
            col(PriceRecord.coupon_id) == self.thing_id,
        )
        found = select(col(PriceRecord.id)).where(col(PriceRecord.provider) == self.provider, stands_on_it)
        for price_id in sorted(session.scalars(found)):
            session.execute(update(PriceRecord).where(col(PriceRecord.id) == price_id).values(check_asked_at=now))
