"""Every table, so that importing this package fills `SQLModel.metadata`."""

from nestpay.store.tables.access import ApiKeyRow, IdempotencyRow
from nestpay.store.tables.credits import (
    CreditDripRow,
    CreditGrantRow,
    CreditHoldRow,
    CreditLineageRow,
    CreditLogRow,
    FeatureCounterRow,
    TopUpRow,
    UsageRow,
)
from nestpay.store.tables.lifecycle import (
    DisputeRow,
    FraudWarningRow,
    PaymentLinkRow,
    QuoteRow,
    RefundRow,
    SeatRow,
    SubscriptionChangeRow,
    TrialClaimRow,
)
from nestpay.store.tables.outgoing import OutgoingDeliveryRow, OutgoingEndpointRow, OutgoingEventRow
from nestpay.store.tables.plans import PlanRow, PriceRecord
from nestpay.store.tables.sales import CustomerRow, OrderRow, SubscriptionRow
from nestpay.store.tables.traffic import AuditRow, BadDeliveryRow, EmailRow, LeaseRow, SettingRow, WebhookEventRow
from nestpay.store.tables.users import OneTimeTokenRow, SessionRow, UserRow

__all__ = [
    "ApiKeyRow",
    "AuditRow",
    "BadDeliveryRow",
    "CreditDripRow",
    "CreditGrantRow",
    "CreditHoldRow",
    "CreditLineageRow",
    "CreditLogRow",
    "CustomerRow",
    "DisputeRow",
    "EmailRow",
    "FeatureCounterRow",
    "FraudWarningRow",
    "IdempotencyRow",
    "LeaseRow",
    "OneTimeTokenRow",
    "OrderRow",
    "OutgoingDeliveryRow",
    "OutgoingEndpointRow",
    "OutgoingEventRow",
    "PaymentLinkRow",
    "PlanRow",
    "PriceRecord",
    "QuoteRow",
    "RefundRow",
    "SeatRow",
    "SessionRow",
    "SettingRow",
    "SubscriptionChangeRow",
    "SubscriptionRow",
    "TopUpRow",
    "TrialClaimRow",
    "UsageRow",
    "UserRow",
    "WebhookEventRow",
]
