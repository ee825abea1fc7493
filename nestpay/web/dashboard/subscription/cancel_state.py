"""Leaving: what is kept until when, why one leaves, and the confirmation."""

import asyncio
from typing import Any, Literal

import reflex as rx

from nestpay.billing import standing, subscriptions
from nestpay.domain.subscriptions import CancelReason
from nestpay.web.dashboard.acts import attempt, done
from nestpay.web.dashboard.subscription.state import PAGE
from nestpay.web.i18n import localized, t_in
from nestpay.web.i18n.moments import day
from nestpay.web.session import locale_in, me, requires

REASONS = tuple(str(reason) for reason in CancelReason)


class CancelState(rx.State):
    stage: Literal["loading", "ask", "nothing"] = "loading"
    plan: str = ""
    until: str = ""
    plan_credits: str = ""
    pack_credits: str = ""
    may_pause: bool = False
    may_change: bool = False
    busy: bool = False

    @rx.event
    @requires("customer")
    async def open(self):
        """Read what would be lost and kept."""
        locale, user_id = locale_in(self), me().id
        self.reset()
        found = await asyncio.to_thread(standing.standing, user_id, locale)
        self.stage = "ask" if "cancel" in found.can else "nothing"
        self.plan = found.plan_title
        self.until = "" if found.ends_now else day(found.current_period_end, locale)
        self.plan_credits = t_in(locale, "credits.count", n=found.benefits.subscription_credits_balance)
        self.pack_credits = t_in(locale, "credits.count", n=found.benefits.one_time_credits_balance)
        self.may_pause, self.may_change = "pause" in found.can, "change" in found.can

    @rx.event
    @requires("customer")
    async def cancel(self, form: dict[str, Any]):
        """End the subscription with its period, for the reason in the form."""
        self.busy = True
        yield
        locale, user_id, until = locale_in(self), me().id, self.until
        reason, comment = str(form.get("reason", "")), str(form.get("comment", ""))
        reason = reason if reason in REASONS else ""
        _, trouble = await attempt(lambda: subscriptions.cancel(user_id, reason=reason, comment=comment), locale)
        self.busy = False
        if trouble:
            yield trouble
            return
        told = done(locale, "cancel.done", day=until) if until else done(locale, "cancel.done_now")
        yield [rx.redirect(localized(PAGE, locale)), told]
