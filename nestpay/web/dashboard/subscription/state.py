"""The running subscription as its owner reads it."""

import asyncio

import reflex as rx

from nestpay.billing import views
from nestpay.billing.views import SubscriptionView
from nestpay.web.dashboard.rows import SUBSCRIPTION_TONES
from nestpay.web.i18n import t_in
from nestpay.web.i18n.moments import day
from nestpay.web.session import locale_in, me, requires


class SubscriptionState(rx.State):
    loading: bool = True
    exists: bool = False
    plan: str = ""
    status: str = ""
    tone: str = "plain"
    price: str = ""
    period: str = ""
    renews: str = ""
    ends: str = ""
    trial_ends: str = ""
    provider: str = ""
    subscription_credits: str = ""
    one_time_credits: str = ""
    next_credits: str = ""
    problem: str = ""

    @rx.event
    @requires("customer")
    async def load(self):
        """Read the subscription."""
        locale = locale_in(self)
        found = await asyncio.to_thread(views.subscription, me().id, locale)
        self.reset()
        self.loading = False
        if found is not None:
            self._show(found, locale)

    def _show(self, found: SubscriptionView, locale: str) -> None:
        self.exists = True
        self.plan = found.plan_title
        self.status = t_in(locale, f"subscription.status.{found.status}")
        self.tone = SUBSCRIPTION_TONES.get(found.status, "plain")
        self.price = t_in(locale, f"subscription.price.{found.interval}", amount=found.amount_text)
        start, end = day(found.current_period_start, locale), day(found.current_period_end, locale)
        self.period = t_in(locale, "subscription.period_text", start=start, end=end) if start and end else ""
        self.ends = day(found.cancels_at, locale)
        self.renews = "" if self.ends or found.status in ("canceled", "incomplete_expired") else end
        self.trial_ends = day(found.trial_end, locale) if found.status == "trialing" else ""
        self.provider = found.provider.capitalize()
        self.subscription_credits = t_in(locale, "number", n=found.benefits.subscription_credits_balance)
        self.one_time_credits = t_in(locale, "number", n=found.benefits.one_time_credits_balance)
        self.next_credits = day(found.benefits.next_credit_date, locale)
        self.problem = t_in(locale, "subscription.past_due") if found.status in ("past_due", "unpaid") else ""
