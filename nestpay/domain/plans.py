"""What a plan promises: features that are read, and benefits that are kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

from nestpay.domain.errors import InvalidAmount
from nestpay.domain.periods import Interval
from nestpay.domain.proration import CreditPolicy
from nestpay.domain.refunds import ClawbackPolicy

_Word = TypeVar("_Word", bound=StrEnum)

UNLIMITED = -1
FREE_PROVIDER = "none"
"""The provider of a price that nobody has to pay, and of the free plan's local subscription."""


SEATS = "seats"
"""In what an order granted: how many seats it paid for whose holders get credits of their own."""


class PriceType(StrEnum):
    ONE_TIME = "one_time"
    RECURRING = "recurring"


class SeatCredits(StrEnum):
    """Whose the credits of further seats are: the owner's, who shares them (`pool`), or each holder's own (`holder`)."""

    POOL = "pool"
    HOLDER = "holder"


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
    credits_per_seat: SeatCredits = SeatCredits.POOL
    clawback: ClawbackPolicy = ClawbackPolicy.CLAMP

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
        return cls(
            **numbers,
            limits={str(name): int(limit) for name, limit in (stored.get("limits") or {}).items()},
            entitlements=tuple(stored.get("entitlements") or ()),
            deliveries=tuple(stored.get("deliveries") or ()),
            costs={str(name): int(cost) for name, cost in (stored.get("costs") or {}).items()},
            change_credits=_word(CreditPolicy.PRORATE, stored.get("change_credits")),
            credits_per_seat=_word(SeatCredits.POOL, stored.get("credits_per_seat")),
            clawback=_word(ClawbackPolicy.CLAMP, stored.get("clawback")),
        )

    def to_json(self) -> dict[str, Any]:
        """What `from_json` reads, without what is empty or as it would be anyway."""
        values = {name: (getattr(self, name), each.default) for name, each in self.__dataclass_fields__.items()}
        filled = {name: value for name, (value, default) in values.items() if value and value != default}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in filled.items()}

    def monthly_for(self, seats: int) -> int:
        """A month's credits of the owner of so many seats: of all of them, or of one when each holder has their own."""
        return self.monthly_credits * (min(seats, 1) if self.credits_per_seat is SeatCredits.HOLDER else seats)

    def credits_at_once(self, interval: Interval) -> int:
        """Credits that one payment of a price with this interval brings at once (a yearly plan drips the rest)."""
        return self.one_time_credits if interval is Interval.ONCE else self.monthly_credits


def _word(default: _Word, stored: object) -> _Word:
    """The stored word, or the default for one that does not exist."""
    return next((each for each in type(default) if each == stored), default)


@dataclass(frozen=True, slots=True)
class PriceRow:
    """A price with what the rules need of what it sells: one row of a join, read-only.

    `sells` names that: `plan:pro`, `article:…`, `space:…` or `product:…` with its slug. Of the latter three `plan_id` is
    None, `plan_key` is "" and `plan_title` is their own title. `titles` has the title in other languages, by locale.
    """

    id: str
    plan_id: str | None
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
    sells: str = ""
    titles: Mapping[str, str] = field(default_factory=dict, compare=False)

    def title_in(self, locale: str) -> str:
        """What it sells, in a language; as it is called in the shop's own where there is no other word."""
        return self.titles.get(locale) or self.plan_title

    def titled(self, description: str, locale: str) -> str:
        """What an order says was bought, in a language: one that was called otherwise then keeps its words."""
        return self.title_in(locale) if description == self.plan_title else description
