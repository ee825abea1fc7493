"""The list of plans: switches, order, copies, and the archive."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import reflex as rx
from reflex.event import EventSpec

from nestpay.billing import plan_shelf
from nestpay.billing.plan_shelf import ShelfPrice, ShelfRow
from nestpay.web.admin.places import PLAN, place
from nestpay.web.dashboard.acts import attempt, done
from nestpay.web.i18n import t_in
from nestpay.web.session import locale_in, me, requires


@dataclass(frozen=True)
class PlanLine:
    """One plan in the list; `place` is where it stands among those of its environment."""

    id: str
    key: str
    title: str
    environment: str
    environment_word: str
    is_here: bool
    active: bool
    highlighted: bool
    prices: list[str]
    trouble: str
    subscribers: str
    href: str
    place: int
    is_first: bool
    is_last: bool


class PlansDesk(rx.State):
    loading: bool = True
    rows: list[PlanLine] = []
    archived: list[PlanLine] = []
    asked: str = ""
    asked_title: str = ""

    @rx.event
    @requires("admin")
    async def load(self):
        """Read all plans."""
        await self._show()

    @rx.event
    @requires("admin")
    async def switch_active(self, plan_id: str, is_on: bool) -> list[EventSpec]:
        """Sell a plan, or take it off the pricing page."""
        return await self._act(lambda by: plan_shelf.set_active(plan_id, is_on, **by), "plans.done.saved")

    @rx.event
    @requires("admin")
    async def switch_highlight(self, plan_id: str, is_on: bool) -> list[EventSpec]:
        """Let a plan stand out, or not."""
        return await self._act(lambda by: plan_shelf.set_highlighted(plan_id, is_on, **by), "plans.done.saved")

    @rx.event
    @requires("admin")
    async def move(self, plan_id: str, to: int) -> list[EventSpec]:
        """Put a plan at another place."""
        return await self._act(lambda by: plan_shelf.move(plan_id, to, **by), "")

    @rx.event
    @requires("admin")
    async def duplicate(self, plan_id: str) -> list[EventSpec]:
        """Copy a plan and open the copy."""
        locale, by = locale_in(self), _by(self)
        copy, trouble = await attempt(lambda: plan_shelf.duplicate(plan_id, **by), locale)
        if trouble or copy is None:
            return [trouble] if trouble else []
        return [rx.redirect(place(PLAN, copy, locale)), done(locale, "plans.done.copied")]

    @rx.event
    @requires("admin")
    async def archive(self, plan_id: str) -> list[EventSpec]:
        """Put a plan away."""
        return await self._act(lambda by: plan_shelf.archive(plan_id, **by), "plans.done.archived")

    @rx.event
    @requires("admin")
    async def restore(self, plan_id: str) -> list[EventSpec]:
        """Take a plan out of the archive."""
        return await self._act(lambda by: plan_shelf.restore(plan_id, **by), "plans.done.restored")

    @rx.event
    @requires("admin")
    async def ask_to_remove(self, plan_id: str):
        """Remember which plan the question is about."""
        self.asked = plan_id
        self.asked_title = next((row.title for row in self.archived if row.id == plan_id), "")

    @rx.event
    @requires("admin")
    async def remove(self) -> list[EventSpec]:
        """Delete the plan that was asked about, if nobody ever bought it."""
        return await self._act(lambda by: plan_shelf.remove(self.asked, **by), "plans.done.removed")

    async def _act(self, act: Callable[[dict[str, str]], None], key: str) -> list[EventSpec]:
        locale, by = locale_in(self), _by(self)
        _, trouble = await attempt(lambda: act(by), locale)
        await self._show()
        if trouble:
            return [trouble]
        return [done(locale, key)] if key else []

    async def _show(self) -> None:
        locale = locale_in(self)
        found = await asyncio.to_thread(plan_shelf.every_plan)
        self.rows = plan_lines([row for row in found if not row.is_archived], locale)
        self.archived = plan_lines([row for row in found if row.is_archived], locale)
        self.loading = False


def _by(state: rx.State) -> dict[str, str]:
    return {"by": me().id, "ip": state.router.session.client_ip}


def plan_lines(rows: list[ShelfRow], locale: str) -> list[PlanLine]:
    """Plans as lines, each knowing its place among those of its environment."""
    sizes: dict[str, int] = {}
    for row in rows:
        sizes[row.environment] = sizes.get(row.environment, 0) + 1
    seen: dict[str, int] = {}
    lines = []
    for row in rows:
        at = seen.get(row.environment, 0)
        seen[row.environment] = at + 1
        lines.append(_line(row, at, sizes[row.environment], locale))
    return lines


def _line(row: ShelfRow, at: int, size: int, locale: str) -> PlanLine:
    return PlanLine(
        id=row.plan_id,
        key=row.key,
        title=row.title,
        environment=row.environment,
        environment_word=t_in(locale, f"plan.environment.{row.environment}"),
        is_here=row.is_here,
        active=row.is_active,
        highlighted=row.is_highlighted,
        prices=[*dict.fromkeys(f"{price.text(locale)}{_per(price, locale)}" for price in row.prices)],
        trouble=_trouble(row.prices, locale),
        subscribers=t_in(locale, "plans.subscribers", n=row.subscribers) if row.subscribers else "",
        href=place(PLAN, row.plan_id, locale),
        place=at,
        is_first=at == 0,
        is_last=at == size - 1,
    )


def _per(price: ShelfPrice, locale: str) -> str:
    return " " + t_in(locale, f"plan.per.{price.interval}")


def _trouble(prices: tuple[ShelfPrice, ...], locale: str) -> str:
    if any(price.provider_state for price in prices):
        return t_in(locale, "plans.trouble.drift")
    return "" if all(price.is_made for price in prices) else t_in(locale, "plans.trouble.unmade")
