"""Plan, credits and the latest lines, read in one go."""

import asyncio

import reflex as rx

from nestpay.billing import views
from nestpay.web.dashboard.rows import SUBSCRIPTION_TONES, CreditLine, OrderLine, credit_line, order_line
from nestpay.web.i18n import t_in
from nestpay.web.i18n.moments import day
from nestpay.web.session import locale_in, me, requires


class OverviewState(rx.State):
    loading: bool = True
    plan: str = ""
    status: str = ""
    tone: str = "plain"
    total: str = ""
    subscription_credits: str = ""
    one_time_credits: str = ""
    next_credits: str = ""
    orders: list[OrderLine] = []
    lines: list[CreditLine] = []

    @rx.event
    @requires("customer")
    async def load(self):
        """Read what the overview shows."""
        locale = locale_in(self)
        found = await asyncio.to_thread(views.overview, me().id, locale)
        benefits = found.benefits
        self.plan = benefits.plan_title or t_in(locale, "overview.no_plan")
        status = benefits.subscription_status or ""
        self.status = t_in(locale, f"subscription.status.{status}") if status else ""
        self.tone = SUBSCRIPTION_TONES.get(status, "plain")
        self.total = t_in(locale, "number", n=benefits.total_available_credits)
        self.subscription_credits = t_in(locale, "number", n=benefits.subscription_credits_balance)
        self.one_time_credits = t_in(locale, "number", n=benefits.one_time_credits_balance)
        when = day(benefits.next_credit_date, locale)
        self.next_credits = t_in(locale, "overview.next", day=when) if when else ""
        self.orders = [order_line(row, locale) for row in found.recent_orders]
        self.lines = [credit_line(row, locale) for row in found.recent_credits]
        self.loading = False
