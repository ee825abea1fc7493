"""The running subscription as its owner reads it, and what can be done with one press."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import reflex as rx

from nestpay.billing import changes, standing, subscriptions
from nestpay.billing.clock import billing_now
from nestpay.billing.standing import Standing
from nestpay.billing.subscriptions import Agreed, InvoiceRow
from nestpay.domain.errors import NestpayError
from nestpay.domain.periods import add_months
from nestpay.web.dashboard.acts import attempt, done, lead_to
from nestpay.web.dashboard.rows import SUBSCRIPTION_TONES
from nestpay.web.dashboard.subscription.banners import Banner, banners_of
from nestpay.web.i18n import localized, t_in
from nestpay.web.i18n.moments import day
from nestpay.web.session import leave_to, locale_in, me, requires

PAGE = "/dashboard/subscription"
LONGEST_PAUSE_MONTHS = 12
INVOICE_TONES = {"paid": "good", "open": "warn", "void": "plain", "uncollectible": "bad"}


@dataclass(frozen=True)
class Shown:
    """A subscription in words. `kind` is own, seat, free or none."""

    kind: str = "none"
    plan: str = ""
    status: str = ""
    tone: str = "plain"
    price: str = ""
    period: str = ""
    renews: str = ""
    ends: str = ""
    trial_ends: str = ""
    seats: str = ""
    next_credits: str = ""
    plan_credits: str = ""
    pack_credits: str = ""
    offer_credits: str = ""
    can: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class InvoiceLine:
    number: str
    date: str
    amount: str
    status: str
    tone: str
    url: str
    pdf: str


class SubscriptionState(rx.State):
    loading: bool = True
    shown: Shown = Shown()
    banners: list[Banner] = []
    busy: str = ""
    invoices: list[InvoiceLine] = []
    invoices_loading: bool = True
    invoices_failed: bool = False

    @rx.event
    @requires("customer")
    async def load(self):
        """Read where the subscription stands."""
        await self._show()

    @rx.event
    @requires("customer")
    async def load_invoices(self):
        """Ask the provider for the invoices; while it cannot say, the page says so and the rest stays usable."""
        locale, user_id = locale_in(self), me().id
        try:
            found = await asyncio.to_thread(subscriptions.invoices, user_id, locale)
        except NestpayError:
            self.invoices_failed = True
        else:
            self.invoices, self.invoices_failed = [_invoice_line(row, locale) for row in found], False
        self.invoices_loading = False

    @rx.event
    @requires("customer")
    async def keep_plan(self):
        """Take a scheduled cancellation back."""
        self.busy = "resume"
        yield
        locale, user_id = locale_in(self), me().id
        _, trouble = await attempt(lambda: subscriptions.resume(user_id), locale)
        await self._show()
        yield trouble or done(locale, "subscription.kept")

    @rx.event
    @requires("customer")
    async def keep_as_is(self):
        """Take a scheduled change of plan back."""
        self.busy = "unschedule"
        yield
        locale, user_id = locale_in(self), me().id
        _, trouble = await attempt(lambda: changes.unschedule(user_id), locale)
        await self._show()
        yield trouble or done(locale, "subscription.change_undone")

    @rx.event
    @requires("customer")
    async def pause(self, form: dict[str, Any]):
        """Charge nothing for some months, or until the customer says so (`months` 0)."""
        self.busy = "pause"
        yield
        locale, user_id = locale_in(self), me().id
        text = str(form.get("months", "0"))
        months = min(int(text), LONGEST_PAUSE_MONTHS) if text.isascii() and text.isdigit() else 0
        until = add_months(billing_now(), months) if months else None
        _, trouble = await attempt(lambda: subscriptions.pause(user_id, resumes_at=until), locale)
        await self._show()
        yield trouble or done(locale, "subscription.paused_now")

    @rx.event
    @requires("customer")
    async def unpause(self):
        """Let a paused subscription run again; a first payment may need the customer's bank."""
        self.busy = "unpause"
        yield
        locale, user_id = locale_in(self), me().id
        agreed, trouble = await attempt(lambda: subscriptions.unpause(user_id), locale)
        await self._show()
        if isinstance(agreed, Agreed) and agreed.url:
            yield leave_to(agreed.url)
        else:
            yield trouble or done(locale, "subscription.runs_again")

    @rx.event
    @requires("customer")
    async def update_card(self):
        """To the provider's form for another card, and back."""
        self.busy = "card"
        yield
        locale, user_id = locale_in(self), me().id
        there = await lead_to(
            lambda: subscriptions.card_update_url(user_id, localized(PAGE, locale), locale=locale), locale
        )
        self.busy = ""
        yield there

    @rx.event
    @requires("customer")
    async def open_portal(self):
        """To the provider's own page for this customer, and back."""
        self.busy = "portal"
        yield
        locale, user_id = locale_in(self), me().id
        there = await lead_to(lambda: subscriptions.portal_url(user_id, localized(PAGE, locale), locale=locale), locale)
        self.busy = ""
        yield there

    async def _show(self) -> None:
        locale, user_id = locale_in(self), me().id
        found = await asyncio.to_thread(standing.standing, user_id, locale)
        self.shown = shown(found, locale)
        self.banners = banners_of(found, locale)
        self.busy, self.loading = "", False


def shown(found: Standing, locale: str) -> Shown:
    """A standing in the visitor's words."""
    benefits = found.benefits
    start, end = day(found.current_period_start, locale), day(found.current_period_end, locale)
    ends = day(found.cancels_at, locale)
    goes_on = found.kind == "own" and not ends and found.status in ("active", "trialing", "past_due")
    return Shown(
        kind=found.kind,
        plan=found.plan_title,
        status=t_in(locale, f"subscription.status.{found.status}") if found.status else "",
        tone=SUBSCRIPTION_TONES.get(found.status, "plain"),
        price=t_in(locale, f"subscription.price.{found.interval}", amount=found.amount_text) if found.interval else "",
        period=t_in(locale, "subscription.period_text", start=start, end=end) if start and end else "",
        renews=end if goes_on else "",
        ends=ends,
        trial_ends=day(found.trial_end, locale),
        seats=t_in(locale, "number", n=found.quantity) if found.quantity > 1 else "",
        next_credits=day(benefits.next_credit_date, locale),
        plan_credits=t_in(locale, "number", n=benefits.subscription_credits_balance),
        pack_credits=t_in(locale, "number", n=benefits.one_time_credits_balance),
        offer_credits=t_in(locale, "subscription.free_credits", n=found.monthly_credits),
        can=sorted(found.can),
    )


def _invoice_line(row: InvoiceRow, locale: str) -> InvoiceLine:
    known = row.status if row.status in INVOICE_TONES else "open"
    return InvoiceLine(
        number=row.number,
        date=day(row.created_at, locale),
        amount=row.amount_text,
        status=t_in(locale, f"invoice.status.{known}"),
        tone=INVOICE_TONES[known],
        url=row.url,
        pdf=row.pdf_url,
    )
