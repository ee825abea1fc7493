"""From a price to the provider's page, and from there to the good news."""

import asyncio
from typing import Literal
from urllib.parse import parse_qsl

import reflex as rx

from nestpay import signals
from nestpay.billing import checkout
from nestpay.billing.checkout import Confirmation
from nestpay.domain.errors import AlreadySubscribed, NestpayError, NotFound, ProviderTrouble
from nestpay.web.i18n import localized, t_in
from nestpay.web.session import is_connected, leave_to, locale_in, me, requires, sentence

LOOK_EVERY_SECONDS = 2.0
ASK_PROVIDER_AFTER_SECONDS = 3.0
ASK_PROVIDER_EVERY_SECONDS = 5.0
LATE_AFTER_SECONDS = 20.0
GIVE_UP_AFTER_SECONDS = 900.0
Stage = Literal["checking", "confirming", "late", "paid", "failed", "expired", "unknown"]


class CheckoutState(rx.State):
    """The moment between a button and the payment page."""

    trouble: str = ""
    change_to: str = ""
    """The price that could not be bought since another plan runs: the plan can be changed to it."""

    @rx.event
    @requires("customer")
    async def start(self):
        """Begin the checkout of the price in the address, and go to the provider's page."""
        self.trouble = self.change_to = ""
        locale = locale_in(self)
        price_id = self.router.url.query_parameters.get("price", "")
        try:
            started = await asyncio.to_thread(
                checkout.start, me().id, price_id, locale=locale, ip=self.router.session.client_ip
            )
        except NotFound:
            self.trouble = t_in(locale, "errors.price_unknown")
            return None
        except NestpayError as error:
            self.change_to = price_id if isinstance(error, AlreadySubscribed) else ""
            self.trouble = sentence(locale, error)
            return None
        return leave_to(started.url)


class SuccessState(rx.State):
    """What became of a payment; turns to "paid" by itself."""

    stage: Stage = "checking"
    plan: str = ""
    description: str = ""
    amount: str = ""
    credits: str = ""
    credits_pending: bool = False
    content_href: str = ""
    """Where what was paid for can be opened, when it has a page of its own."""

    @rx.event(background=True, supersedes=True)
    @requires("customer")
    async def follow(self):
        """Look until the payment is settled: at each signal of the user, and every two seconds without one.

        While the webhook is late the provider itself is asked from time to time.
        """
        user, locale, came_back = me(), locale_in(self), checkout.returned(dict(parse_qsl(self.router.url.query)))
        loop = asyncio.get_running_loop()
        began = loop.time()
        ask_at = began + ASK_PROVIDER_AFTER_SECONDS
        async with self:
            self.reset()
        async with signals.subscribe(user.id) as changes:
            while is_connected(self) and loop.time() - began < GIVE_UP_AFTER_SECONDS:
                is_time_to_ask = came_back.may_be_asked and loop.time() >= ask_at
                ask_at += ASK_PROVIDER_EVERY_SECONDS if is_time_to_ask else 0
                found = await _look(user.id, came_back.session_id, locale, ask_provider=is_time_to_ask)
                async with self:
                    self._show(found, is_late=loop.time() - began > LATE_AFTER_SECONDS)
                    is_settled = self.stage in ("paid", "failed", "expired", "unknown") and not self.credits_pending
                if is_settled:
                    return
                await changes.wait(LOOK_EVERY_SECONDS)

    def _show(self, found: Confirmation | Stage, *, is_late: bool) -> None:
        if isinstance(found, str):
            self.stage = "late" if found == "confirming" and is_late else found
            return
        self.stage = "late" if found.state == "confirming" and is_late else found.state
        self.plan, self.description, self.amount = found.plan_title, found.description, found.amount_text
        self.credits = t_in(locale_in(self), "credits.plus", n=found.credits) if found.credits else ""
        self.credits_pending = found.credits_pending
        kind, _, slug = found.sells.partition(":")
        self.content_href = f"{localized(f'/{kind}', locale_in(self))}?slug={slug}" if kind not in ("", "plan") else ""


async def _look(user_id: str, session_id: str, locale: str, *, ask_provider: bool) -> Confirmation | Stage:
    try:
        return await asyncio.to_thread(checkout.confirm, user_id, session_id, locale=locale, ask_provider=ask_provider)
    except NotFound:
        return "unknown"
    except ProviderTrouble:
        # Not knowing is not a failure: the webhook may already be on its way.
        return "confirming"
