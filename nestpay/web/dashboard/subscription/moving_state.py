"""Through which company the subscription is paid, and moving it to another."""

import asyncio
from dataclasses import dataclass
from typing import Any

import reflex as rx

from nestpay.billing import moves
from nestpay.domain.errors import NoSubscription
from nestpay.web.dashboard.acts import lead_to
from nestpay.web.i18n import t_in
from nestpay.web.i18n.moments import day
from nestpay.web.session import locale_in, me, requires


@dataclass(frozen=True)
class Way:
    price_id: str
    company: str


class MoveState(rx.State):
    company: str = ""
    ways: list[Way] = []
    under_way: str = ""
    """The move that waits for the end of the period, in words."""
    busy: bool = False

    @rx.event
    @requires("customer")
    async def load(self):
        """Read how the subscription is paid; nothing is shown without one."""
        locale, user_id = locale_in(self), me().id
        try:
            found = await asyncio.to_thread(moves.payment_of, user_id)
        except NoSubscription:
            self.reset()
            return
        self.company, self.ways = found.company, [Way(way.price_id, way.title) for way in found.ways]
        move = found.move
        self.under_way = (
            t_in(locale, "moving.under_way", before=move.before, after=move.after, day=day(move.at, locale))
            if move
            else ""
        )

    @rx.event
    @requires("customer")
    async def begin(self, form: dict[str, Any]):
        """To the new company's page, where the customer agrees."""
        self.busy = True
        yield
        locale, user_id = locale_in(self), me().id
        price_id, ip = str(form.get("price", "")), self.router.session.client_ip
        there = await lead_to(lambda: moves.start(user_id, price_id, locale=locale, ip=ip).url, locale)
        self.busy = False
        yield there
