"""What a plan promises: features that are read, and benefits that are kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from nestpay.domain.errors import InvalidAmount
from nestpay.domain.periods import Interval
from nestpay.domain.proration import CreditPolicy

UNLIMITED = -1
FREE_PROVIDER = "none"
"""The provider of a price that nobody has to pay, and of the free plan's local subscription."""


class PriceType(StrEnum):
    ONE_TIME = "one_time"
    RECURRING = "recurring"


@dataclass(frozen=True, slots=True)
class Feature:
    """One line of a pricing card."""

    text: str
    included: bool = True
    bold: bool = False
    href: str = ""


@dataclass(frozen=True, slots=True)
class Benefits:
    """What a price buys. Credits are whole numbers; a limit of -1 is unlimited; costs are credits a use of a feature."""

    one_time_credits: int = 0
    monthly_credits: int = 0
    total_months: int = 0
    rollover_cap: int = 0
    expires_after_days: int = 0
    limits: dict[str, int] = field(default_factory=dict)
    entitlements: tuple[str, ...] = ()
    deliveries: tuple[str, ...] = ()
    costs: dict[str, int] = field(default_factory=dict)
    change_credits: CreditPolicy = CreditPolicy.PRORATE

    @classmethod
    def from_json(cls, stored: Mapping[str, Any] | None) -> "Benefits":
        """Benefits of a stored JSON object; names it does not know are left alone. Raises InvalidAmount."""
        stored = stored or {}
        numbers = {}
        for name in ("one_time_credits", "monthly_credits", "total_months", "rollover_cap", "expires_after_days"):
            number = stored.get(name, 0)
            if not isinstance(number, int) or isinstance(number, bool) or number < 0:
                raise InvalidAmount
            numbers[name] = number
        chosen = stored.get("change_credits")
        return cls(
            **numbers,
            limits={str(name): int(limit) for name, limit in (stored.get("limits") or {}).items()},
            entitlements=tuple(stored.get("entitlements") or ()),
            deliveries=tuple(stored.get("deliveries") or ()),
            costs={str(name): int(cost) for name, cost in (stored.get("costs") or {}).items()},
            change_credits=next((each for each in CreditPolicy if each == chosen), CreditPolicy.PRORATE),
        )

    def to_json(self) -> dict[str, Any]:
        """What `from_json` reads, without what is empty."""
        values = {name: getattr(self, name) for name in self.__dataclass_fields__}
        filled = {name: value for name, value in values.items() if value and value is not CreditPolicy.PRORATE}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in filled.items()}

    def credits_at_once(self, interval: Interval) -> int:
        """Credits that one payment of a price with this interval brings at once (a yearly plan drips the rest)."""
        return self.one_time_credits if interval is Interval.ONCE else self.monthly_credits


@dataclass(frozen=True, slots=True)
class PriceRow:
    """A price with what the rules need of its plan: one row of a join, read-only."""

    id: str
    plan_id: str
    plan_key: str
    plan_title: str
    sales_group: str
    provider: str
    provider_price_id: str | None
    provider_product_id: str | None
    type: PriceType
    interval: Interval
    interval_count: int
    currency: str
    amount_minor: int
    trial_days: int
    coupon_id: str
    allow_codes: bool
    active: bool
    benefits: Benefits
