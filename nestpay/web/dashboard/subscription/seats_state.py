"""Who uses the plan: inviting people to a seat, taking seats back, and accepting one."""

import asyncio
from dataclasses import dataclass
from typing import Any, Literal

import reflex as rx

from nestpay.billing import seats
from nestpay.billing.seats import Holder
from nestpay.domain.errors import AlreadySeated, NestpayError, NoSubscription, NotFound, StaleLink
from nestpay.web.dashboard.acts import attempt, done
from nestpay.web.i18n import t_in
from nestpay.web.i18n.moments import day
from nestpay.web.session import locale_in, me, requires, sentence

TONES = {"owner": "accent", "active": "good", "invited": "warn"}


@dataclass(frozen=True)
class Seat:
    """A seat that is taken. The owner's has no `id`: it cannot be taken back."""

    id: str
    name: str
    email: str
    status: str
    tone: str
    since: str


class SeatsState(rx.State):
    total: int = 0
    free: int = 0
    summary: str = ""
    people: list[Seat] = []
    error: str = ""
    busy: bool = False
    form_number: int = 0

    @rx.event
    @requires("customer")
    async def load(self):
        """Read who holds the seats."""
        await self._show()

    @rx.event
    @requires("customer")
    async def invite(self, form: dict[str, Any]):
        """Promise a seat to the address in the form."""
        self.busy, self.error = True, ""
        yield
        locale, user_id, email = locale_in(self), me().id, str(form.get("email", ""))
        try:
            await asyncio.to_thread(seats.invite, user_id, email)
        except NestpayError as error:
            self.error = sentence(locale, error)
        else:
            self.form_number += 1
            yield done(locale, "seats.invited", email=email.strip())
        finally:
            self.busy = False
        await self._show()

    @rx.event
    @requires("customer")
    async def revoke(self, seat_id: str):
        """Take a seat back."""
        locale, user_id = locale_in(self), me().id
        _, trouble = await attempt(lambda: seats.revoke(user_id, seat_id), locale)
        await self._show()
        return trouble or done(locale, "seats.revoked")

    async def _show(self) -> None:
        locale, user_id = locale_in(self), me().id
        try:
            found = await asyncio.to_thread(seats.holders, user_id)
        except (NoSubscription, NotFound):
            self.total, self.free, self.summary, self.people = 0, 0, "", []
            return
        self.total, self.free = found.total, found.free
        taken = len(found.holders)
        self.summary = t_in(locale, "seats.summary", taken=taken, n=max(found.total, taken))
        self.people = [_seat(holder, locale) for holder in found.holders]


class AcceptState(rx.State):
    """The page that an invitation's link opens."""

    stage: Literal["checking", "taken", "seated", "stale"] = "checking"

    @rx.event
    @requires("customer")
    async def accept(self):
        """Take the seat that the token in the address gives."""
        token, user_id = self.router.url.query_parameters.get("token", ""), me().id
        try:
            await asyncio.to_thread(seats.accept, user_id, token)
        except AlreadySeated:
            self.stage = "seated"
        except StaleLink:
            self.stage = "stale"
        else:
            self.stage = "taken"


def _seat(holder: Holder, locale: str) -> Seat:
    return Seat(
        id=holder.seat_id,
        name=holder.name or holder.email,
        email=holder.email if holder.name else "",
        status=t_in(locale, f"seats.status.{holder.status}"),
        tone=TONES.get(holder.status, "plain"),
        since=day(holder.since, locale),
    )
