"""Every table, so that importing this package fills `SQLModel.metadata`."""

from nestpay.store.tables.credits import CreditGrantRow, CreditLineageRow, CreditLogRow, UsageRow
from nestpay.store.tables.plans import PlanRow, PriceRecord
from nestpay.store.tables.sales import CustomerRow, OrderRow, SubscriptionRow
from nestpay.store.tables.traffic import AuditRow, EmailRow, LeaseRow, SettingRow, WebhookEventRow
from nestpay.store.tables.users import OneTimeTokenRow, SessionRow, UserRow

__all__ = [
    "AuditRow",
    "CreditGrantRow",
    "CreditLineageRow",
    "CreditLogRow",
    "CustomerRow",
    "EmailRow",
    "LeaseRow",
    "OneTimeTokenRow",
    "OrderRow",
    "PlanRow",
    "PriceRecord",
    "SessionRow",
    "SettingRow",
    "SubscriptionRow",
    "UsageRow",
    "UserRow",
    "WebhookEventRow",
]
