"""The reports of one currency over one range: each part arrives as soon as it is reckoned."""

import asyncio

import reflex as rx

from nestpay.billing import reports
from nestpay.domain.errors import InvalidSpan
from nestpay.web.admin.listing import address_of, asked_of, chosen_in
from nestpay.web.admin.reports import rows
from nestpay.web.admin.reports.rows import Table
from nestpay.web.components.charts import Bar, Steps
from nestpay.web.frames import ADMIN_HOME
from nestpay.web.i18n import t_in
from nestpay.web.session import locale_in, requires, sentence

PATH = f"{ADMIN_HOME}/reports"
FILTERS = ("first", "last", "step", "currency")
_EMPTY = Table([], Steps(), "", "", "")


class ReportsState(rx.State):
    asked: dict[str, str] = dict.fromkeys(FILTERS, "")
    form_key: str = ""
    is_narrowed: bool = False
    currencies: dict[str, str] = {}
    trouble: str = ""
    query: str = ""
    growing: bool = True
    growth: dict[str, str] = {}
    growth_table: Table = _EMPTY
    earning: bool = True
    revenue: dict[str, str] = {}
    revenue_table: Table = _EMPTY
    plans: list[list[str]] = []
    plan_bars: list[Bar] = []
    recovery: dict[str, str] = {}
    counting: bool = True
    credits: dict[str, str] = {}
    credits_table: Table = _EMPTY
    summary: str = ""

    @rx.event
    @requires("admin")
    async def load(self):
        """Reckon what the address asks for, one part after the other."""
        locale = locale_in(self)
        self.growing = self.earning = self.counting = True
        self.trouble = ""
        yield
        asked = asked_of(self, *FILTERS)
        known = await asyncio.to_thread(reports.currencies)
        currency = asked["currency"].lower() if asked["currency"].lower() in known else known[0]
        self.currencies = {each: each.upper() for each in known}
        self.is_narrowed = any(asked.values())
        try:
            over = await asyncio.to_thread(reports.span, asked["first"], asked["last"], asked["step"])
        except InvalidSpan as error:
            self.trouble = sentence(locale, error)
            over = await asyncio.to_thread(reports.span)
        self.asked = {
            "first": over.first.isoformat(),
            "last": over.last.isoformat(),
            "step": str(over.step),
            "currency": currency,
        }
        self.form_key = address_of(PATH, locale, self.asked)
        self.query = self.form_key.partition("?")[2]
        growth = await asyncio.to_thread(reports.growth, currency, over)
        self.growth = rows.figures_of_growth(growth, currency, locale)
        self.growth_table = rows.growth_table(growth, currency, over, locale)
        self.summary = t_in(locale, "reports.summary", mrr=self.growth["mrr"], day=self.growth_table.until)
        self.growing = False
        yield
        revenue = await asyncio.to_thread(reports.revenue, currency, over)
        self.revenue = rows.figures_of_revenue(revenue, currency, locale)
        self.revenue_table = rows.revenue_table(revenue, currency, over, locale)
        self.plans = rows.plan_lines(revenue, currency, locale)
        self.plan_bars = rows.plan_bars(revenue, currency, locale)
        recovery = await asyncio.to_thread(reports.recovery, currency, over)
        self.recovery = rows.figures_of_recovery(recovery, currency, locale)
        self.earning = False
        yield
        credits = await asyncio.to_thread(reports.credits, over)
        self.credits = rows.figures_of_credits(credits, locale)
        self.credits_table = rows.credits_table(credits, over, locale)
        self.counting = False

    @rx.event
    @requires("admin")
    async def search(self, form: dict[str, str]):
        """Put what was chosen into the address."""
        return rx.redirect(address_of(PATH, locale_in(self), chosen_in(form, *FILTERS)))
