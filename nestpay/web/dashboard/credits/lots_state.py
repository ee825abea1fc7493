"""Every lot with its story, the balance over time, and what credits were used for."""

import asyncio

import reflex as rx

from nestpay.billing import credit_picture, explain
from nestpay.billing.credit_picture import CreditPicture
from nestpay.web.components.charts import Bar, Steps, bars, steps
from nestpay.web.dashboard.credits.words import LotLine, feature_name, lot_line
from nestpay.web.i18n import t_in
from nestpay.web.i18n.moments import day
from nestpay.web.session import locale_in, me, requires

FEATURES_SHOWN = 6


class LotsState(rx.State):
    loading: bool = True
    lots: list[LotLine] = []
    balance: Steps = Steps()
    balance_label: str = ""
    top: str = ""
    first_day: str = ""
    last_day: str = ""
    features: list[Bar] = []

    @rx.event
    @requires("customer")
    async def load(self):
        """Read the lots and the numbers behind the charts."""
        locale, user_id = locale_in(self), me().id
        found = await asyncio.to_thread(explain.explain, user_id)
        seen = await asyncio.to_thread(credit_picture.picture, user_id)
        self.lots = [lot_line(lot, locale) for lot in found]
        self._draw(seen, locale)
        self.loading = False

    def _draw(self, seen: CreditPicture, locale: str) -> None:
        self.balance = drawn(seen)
        self.top = t_in(locale, "number", n=self.balance.top)
        self.first_day, self.last_day = day(seen.since, locale), day(seen.until, locale)
        last = seen.balance[-1] if seen.balance else None
        now = last.subscription + last.one_time if last else 0
        self.balance_label = t_in(locale, "chart.balance_label", first=self.first_day, last=self.last_day, n=now)
        shown = [(feature_name(feature, locale), used) for feature, used in seen.features[:FEATURES_SHOWN]]
        self.features = bars(shown, [t_in(locale, "credits.count", n=used) for _, used in shown])


def drawn(seen: CreditPicture) -> Steps:
    """The balances as two layers of steps: credits that stay below, those of the plan upon them."""
    whole = (seen.until - seen.since).total_seconds() or 1.0
    moments = [min(1.0, max(0.0, (point.at - seen.since).total_seconds() / whole)) for point in seen.balance]
    return steps(moments, [point.one_time for point in seen.balance], [point.subscription for point in seen.balance])
