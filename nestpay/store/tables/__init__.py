"""Every table, so that importing this package fills `SQLModel.metadata`."""

from nestpay.store.tables.access import ApiKeyRow, IdempotencyRow
from nestpay.store.tables.content import ArticleRow, DeliveryRow, ProductRow, SpaceRow, Ware
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
from nestpay.store.tables.extensions import ReactionRow
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
    "ArticleRow",
    "AuditRow",
    "BadDeliveryRow",
    "CreditDripRow",
    "CreditGrantRow",
    "CreditHoldRow",
    "CreditLineageRow",
    "CreditLogRow",
    "CustomerRow",
    "DeliveryRow",
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
    "ProductRow",
    "QuoteRow",
    "ReactionRow",
    "RefundRow",
    "SeatRow",
    "SessionRow",
    "SettingRow",
    "SpaceRow",
    "SubscriptionChangeRow",
    "SubscriptionRow",
    "TopUpRow",
    "TrialClaimRow",
    "UsageRow",
    "UserRow",
    "Ware",
    "WebhookEventRow",
]
