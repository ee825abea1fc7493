"""Moving somebody's subscription to another payment company: an address for its owner, who has to agree there."""

import asyncio

import reflex as rx

from nestpay.billing import moves
from nestpay.domain.errors import NestpayError
from nestpay.web.dashboard.acts import attempt
from nestpay.web.i18n import t_in
from nestpay.web.i18n.moments import day
from nestpay.web.session import locale_in, me, requires


class MoveDesk(rx.State):
    ways: dict[str, str] = {}
    """The titles of other companies by the price that sells the same there."""
    under_way: str = ""
    address: str = ""
    busy: bool = False

    @rx.event
    @requires("admin")
    async def open(self):
        """Ask where the subscription that the address names could be moved."""
        self.reset()
        locale, of = locale_in(self), self._id()
        try:
            found = await asyncio.to_thread(moves.payment_for, of)
        except NestpayError:
            return
        self.ways = {way.price_id: way.title for way in found.ways}
        if move := found.move:
            when = day(move.at, locale)
            self.under_way = t_in(locale, "moving.under_way", before=move.before, after=move.after, day=when)

    @rx.event
    @requires("admin")
    async def begin(self, form: dict[str, str]):
        """Make the address that the owner is to be sent."""
        self.busy, self.address = True, ""
        yield
        of, price_id, by, ip = self._id(), str(form.get("company", "")), me().id, self.router.session.client_ip
        started, trouble = await attempt(lambda: moves.start_for(of, price_id, by=by, ip=ip), locale_in(self))
        self.busy, self.address = False, started.url if started else ""
        yield trouble

    def _id(self) -> str:
        return str(self.router.url.query_parameters.get("id", ""))[:64]
