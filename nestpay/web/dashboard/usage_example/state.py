"""Spending credits as a product would: the cost is decided here, and each click pays once."""

import asyncio
import secrets

import reflex as rx

from nestpay.billing import credits
from nestpay.domain.errors import NotEnoughCredits, NotFound
from nestpay.settings import get_settings
from nestpay.web.i18n import t_in
from nestpay.web.session import locale_in, me, requires, sentence

COSTS = {"small": 1, "medium": 10, "large": 100}


class UsageExampleState(rx.State):
    message: str = ""
    refused: bool = False
    busy: str = ""
    key: str = ""

    @rx.event
    def clear(self):
        """Begin anew, with a key for the first click."""
        self.reset()
        self.key = secrets.token_urlsafe(16)

    @rx.event
    @requires("customer")
    async def use(self, job: str, key: str):
        """Pay for one of the pretend jobs and say what is left. Raises NotFound for another job, or in a live shop.

        `key` is the one that the page was given for this click: a click that arrives twice carries it twice.
        """
        if job not in COSTS or get_settings().mode == "live":
            raise NotFound
        if not key or key != self.key:
            return
        self.busy, self.message = job, ""
        yield
        locale = locale_in(self)
        try:
            spent = await asyncio.to_thread(
                credits.spend, me().id, COSTS[job], key=f"usage-example:{key}", feature="usage_example"
            )
            left = spent.subscription_balance_after + spent.one_time_balance_after
            self.refused, self.message = False, t_in(locale, "usage.spent", spent=COSTS[job], n=left)
        except NotEnoughCredits as error:
            self.refused, self.message = True, sentence(locale, error)
        finally:
            self.busy = ""
        self.key = secrets.token_urlsafe(16)
