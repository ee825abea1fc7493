"""Where customers read where to send the money, and where the admin says that it came."""

import asyncio
from dataclasses import dataclass

import reflex as rx

from bank_transfer import bank
from nestpay import extend
from nestpay.billing import inbox
from nestpay.domain.money import Money
from nestpay.web.session import requires


@dataclass(frozen=True)
class Awaited:
    reference: str
    amount: str


class BankDesk(rx.State):
    awaited: list[Awaited] = []  # noqa: RUF012  Reflex copies a State's defaults for every visitor

    @rx.event
    @requires("admin")
    async def load(self):
        """Read which transfers are awaited."""
        found = await asyncio.to_thread(bank.open_transfers)
        self.awaited = [Awaited(each["reference"], Money(each["amount"], each["currency"]).text()) for each in found]

    @rx.event
    @requires("admin")
    async def arrived(self, reference: str):
        """The money of one transfer came: it is told as every company tells it, signed, through the inbox."""
        raw, headers = await asyncio.to_thread(bank.mark_paid, reference)
        await asyncio.to_thread(inbox.receive_and_wait, bank.name, raw, headers)
        return BankDesk.load


@extend.page("/bank-transfer", "Pay by bank transfer")
def where_to_send() -> rx.Component:
    return rx.el.div(
        rx.el.h1("Pay by bank transfer", class_name="text-3xl font-semibold"),
        rx.el.p("Send the amount of your order to NP00 0000 0000 0000 with this reference:", class_name="mt-4"),
        rx.el.strong(rx.State.router.url.query_parameters["reference"], class_name="mt-2 block text-xl tnum"),
        rx.el.p("It is yours as soon as the money is here.", class_name="mt-4"),
    )


@extend.page("/admin/bank-transfers", "Bank transfers", audience="admin", load=(BankDesk.load,))
def desk() -> rx.Component:
    return rx.el.div(
        rx.el.h1("Awaited transfers", class_name="text-3xl font-semibold"),
        rx.el.ul(rx.foreach(BankDesk.awaited, _line), class_name="mt-6 grid gap-3"),
    )


def _line(transfer: rx.Var[Awaited]) -> rx.Component:
    return rx.el.li(
        f"{transfer.amount} ",
        rx.el.code(transfer.reference),
        rx.el.button("It came", on_click=BankDesk.arrived(transfer.reference), class_name="ml-4 underline"),
    )
