"""Finds the price that a program means: by our id, the provider's, or a plan and how often it is paid."""

from nestpay.billing import catalog
from nestpay.domain.errors import NotFound, Refused
from nestpay.domain.periods import Interval
from nestpay.domain.plans import FREE_PROVIDER, PriceType
from nestpay.providers import registry
from nestpay.settings import get_settings
from nestpay.store import plans
from nestpay.store.session import reading
from nestpay.store.tables import PriceRecord

CYCLES = {
    "monthly": Interval.MONTH,
    "month": Interval.MONTH,
    "every-month": Interval.MONTH,
    "yearly": Interval.YEAR,
    "year": Interval.YEAR,
    "every-year": Interval.YEAR,
    "once": Interval.ONCE,
    "one_time": Interval.ONCE,
    "onetime": Interval.ONCE,
}
"""How often a price is paid, in the words of the five documents and ours."""

MODES = {"subscription": PriceType.RECURRING, "payment": PriceType.ONE_TIME}


def find(*, price: str = "", plan: str = "", cycle: str = "", mode: str = "") -> str:
    """The id of the one price on sale that is meant.

    `price` is our id, the provider's price id or product id; `plan` is a plan's id or key, and then `cycle` (CYCLES)
    says which of its prices. `mode` (MODES) must fit the price. Raises NotFound, and Refused for words that contradict
    each other or name more than one price.
    """
    if cycle not in ("", *CYCLES) or mode not in ("", *MODES):
        raise Refused("Say billingCycle as monthly, yearly or once, and mode as subscription or payment.")
    if not (price or plan):
        raise Refused("Say what to pay for: a price, or a plan and its billing cycle.")
    named = _named(price, plan)
    fitting = [each for each in named if not cycle or each.interval == CYCLES[cycle]]
    if not named:
        raise NotFound("There is no such price.")
    if not fitting:
        raise Refused("This is not sold with the billing cycle {cycle}.", cycle=cycle)
    if len(fitting) > 1:
        usual = get_settings().default_currency
        fitting = [each for each in fitting if each.currency == usual]
    if len(fitting) != 1:
        raise Refused("This is sold in several ways: say the billing cycle, or the price.")
    if mode and fitting[0].type != MODES[mode]:
        raise Refused("This price is not paid in the mode {mode}.", mode=mode)
    return fitting[0].id


def _named(price: str, plan: str) -> list[PriceRecord]:
    """The prices on sale that go by these names. A name that several providers use means the first one's."""
    with reading() as session:
        rows = {row.id: row for row in plans.active_plans(session, catalog.environment())}
        sold = [each for each in plans.prices_of(session, rows) if each.active and each.provider != FREE_PROVIDER]
    if plan:
        sold = [each for each in sold if plan in (each.plan_id, rows[each.thing_id].key)]
    if price:
        exact = [each for each in sold if price in (each.id, each.provider_price_id)]
        sold = exact or [each for each in sold if price == each.provider_product_id]
    first = next((name for name in registry.names() if any(each.provider == name for each in sold)), "")
    return [each for each in sold if each.provider == first]
