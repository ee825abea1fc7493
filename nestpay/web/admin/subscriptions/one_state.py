"""One subscription: where it stands, its life so far, and what an admin does with it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import reflex as rx

from nestpay.billing import subscription_acts, subscription_desk, typed
from nestpay.billing.subscription_acts import When
from nestpay.billing.subscription_desk import Step, SubscriptionFile
from nestpay.billing.subscriptions import Agreed
from nestpay.domain.errors import NotFound, Unreadable
from nestpay.web.admin.orders.one_state import Pair
from nestpay.web.admin.subscriptions.words import Line, line
from nestpay.web.dashboard.acts import attempt, done
from nestpay.web.i18n import t_in
from nestpay.web.i18n.moments import day, moment
from nestpay.web.session import locale_in, me, requires


@dataclass(frozen=True)
class StepLine:
    date: str
    what: str
    detail: str
    mrr: str
    is_gain: bool


@dataclass(frozen=True)
class Subscription:
    name: str = ""
    provider_id: str = ""
    provider_url: str = ""
    opens: bool = False
    trial_end: str = ""
    facts: list[Pair] = field(default_factory=list)
    steps: list[StepLine] = field(default_factory=list)
    audit: list[Pair] = field(default_factory=list)


class SubscriptionPage(rx.State):
    stage: str = "loading"
    line: Line = Line("", "", "", "", "", "", "", "plain", "", "")
    found: Subscription = Subscription()
    can: list[str] = []
    busy: str = ""

    @rx.event
    @requires("admin")
    async def load(self):
        """Read the subscription that the address names."""
        self.busy = ""
        await self._show()

    @rx.event
    @requires("admin")
    async def cancel(self, when: str):
        """End it now or with its period."""
        self.busy = f"cancel_{when}"
        yield
        chosen: When = "now" if when == "now" else "period_end"
        by, ip, of = me().id, self.router.session.client_ip, self._id()
        yield await self._do(lambda: subscription_acts.cancel(of, chosen, by=by, ip=ip), "cancelled")

    @rx.event
    @requires("admin")
    async def resume(self):
        """Take its end back."""
        self.busy = "resume"
        yield
        by, ip, of = me().id, self.router.session.client_ip, self._id()
        yield await self._do(lambda: subscription_acts.resume(of, by=by, ip=ip), "resumed")

    @rx.event
    @requires("admin")
    async def pause(self, form: dict[str, Any]):
        """Charge nothing more, until a day when the form names one."""
        self.busy = "pause"
        yield
        by, ip, of, text = me().id, self.router.session.client_ip, self._id(), str(form.get("pause_until", ""))
        yield await self._do(
            lambda: subscription_acts.pause(of, resumes_at=typed.first_instant(text), by=by, ip=ip), "paused"
        )

    @rx.event
    @requires("admin")
    async def unpause(self):
        """Let it run again."""
        self.busy = "unpause"
        yield
        by, ip, of = me().id, self.router.session.client_ip, self._id()
        yield await self._do(lambda: subscription_acts.unpause(of, by=by, ip=ip), "unpaused")

    @rx.event
    @requires("admin")
    async def unschedule(self):
        """Take the change back that is to come."""
        self.busy = "unschedule"
        yield
        by, ip, of = me().id, self.router.session.client_ip, self._id()
        yield await self._do(lambda: subscription_acts.unschedule(of, by=by, ip=ip), "unscheduled")

    @rx.event
    @requires("admin")
    async def sync(self):
        """Read it from its provider."""
        self.busy = "sync"
        yield
        by, ip, of = me().id, self.router.session.client_ip, self._id()
        yield await self._do(lambda: subscription_acts.sync(of, by=by, ip=ip), "synced")

    @rx.event
    @requires("admin")
    async def extend_trial(self, form: dict[str, Any]):
        """Let its trial end on another day."""
        self.busy = "trial"
        yield
        by, ip, of, text = me().id, self.router.session.client_ip, self._id(), str(form.get("trial_end", ""))

        def extend() -> object:
            ends_at = typed.last_instant(text)
            if ends_at is None:
                raise Unreadable(text=text)
            return subscription_acts.extend_trial(of, ends_at, by=by, ip=ip)

        yield await self._do(extend, "extended")

    async def _do(self, act: Callable[[], object], told: str) -> Any:
        locale = locale_in(self)
        result, trouble = await attempt(act, locale)
        self.busy = ""
        await self._show()
        waits = isinstance(result, Agreed) and result.state == "action_required"
        return trouble or done(locale, "desk.change.action_required" if waits else f"desk.subscription.{told}")

    def _id(self) -> str:
        return str(self.router.url.query_parameters.get("id", ""))[:64]

    async def _show(self) -> None:
        locale, of = locale_in(self), self._id()
        try:
            found = await asyncio.to_thread(subscription_desk.subscription_file, of, locale)
        except NotFound:
            self.stage = "missing"
            return
        self.stage, self.line, self.can = "shown", line(found.line, locale), sorted(found.can)
        self.found = shown(found, locale)


def shown(found: SubscriptionFile, locale: str) -> Subscription:
    """A subscription as its page shows it."""

    def said(key: str, value: str) -> Pair:
        return Pair(t_in(locale, f"desk.subscription.{key}"), value)

    period = " – ".join(
        filter(None, (day(found.current_period_start, locale), day(found.line.current_period_end, locale)))
    )
    upcoming = t_in(locale, "desk.subscription.upcoming_on", plan=found.upcoming, day=day(found.upcoming_at, locale))
    facts = [
        said("opens", t_in(locale, "desk.yes" if found.opens else "desk.no")),
        said("price", found.line.amount_text or "–"),
        said("mrr", found.mrr_text or "–"),
        said("quantity", t_in(locale, "number", n=found.line.quantity)),
        said("period", period or "–"),
        *(
            said(key, moment(at, locale))
            for key, at in (
                ("trial_end", found.trial_end),
                ("past_due_at", found.past_due_at),
                ("paused_at", found.paused_at),
                ("resumes_at", found.resumes_at),
                ("cancels_at", found.line.cancels_at),
                ("ended_at", found.ended_at),
            )
            if at
        ),
        *([said("upcoming", upcoming)] if found.upcoming else []),
        *([said("reason", t_in(locale, f"cancel.reason.{found.cancel_reason}"))] if found.cancel_reason else []),
        *([said("comment", found.cancel_comment)] if found.cancel_comment else []),
        said("read_at", moment(found.read_at, locale) or "–"),
    ]
    return Subscription(
        name=found.name,
        provider_id=found.provider_subscription_id,
        provider_url=found.provider_url,
        opens=found.opens,
        trial_end=found.trial_end.date().isoformat() if found.trial_end else "",
        facts=facts,
        steps=[_step(step, locale) for step in found.steps],
        audit=[Pair(moment(at, locale), action) for at, action, _ in found.audit],
    )


def _step(step: Step, locale: str) -> StepLine:
    plans = step.plan_after if step.plan_after == step.plan_before else f"{step.plan_before} → {step.plan_after}"
    plans = plans.removeprefix(" → ").removesuffix(" → ")
    seats = (
        f"{step.quantity_before} → {step.quantity_after}"
        if step.quantity_before not in (0, step.quantity_after)
        else ""
    )
    return StepLine(
        date=moment(step.at, locale),
        what=t_in(locale, f"desk.step.{step.reason}"),
        detail=" · ".join(filter(None, (plans, seats))),
        mrr=step.mrr_text,
        is_gain=step.mrr_text.startswith("+"),
    )
