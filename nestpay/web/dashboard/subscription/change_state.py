"""Another plan, interval or number of seats: choosing, reading what it costs, and agreeing to exactly that."""

import asyncio
from dataclasses import dataclass, field
from typing import Any, Literal

import reflex as rx
from reflex.event import EventSpec

from nestpay.billing import change_options, changes, standing
from nestpay.billing.change_options import ChangeOption
from nestpay.billing.changes import QuoteView
from nestpay.billing.quote_lines import QuoteLine
from nestpay.domain.errors import NestpayError, SignInRequired, StaleQuote
from nestpay.web.dashboard.acts import done
from nestpay.web.dashboard.subscription.state import PAGE
from nestpay.web.i18n import localized, t_in
from nestpay.web.i18n.moments import day
from nestpay.web.session import leave_to, locale_in, me, requires, sentence


@dataclass(frozen=True)
class Choice:
    """One price that can be changed to."""

    price_id: str
    plan: str
    price: str
    credits: str
    hint: str
    interval: str
    is_current: bool


@dataclass(frozen=True)
class Amount:
    text: str
    amount: str


@dataclass(frozen=True)
class Quote:
    """What was asked of the provider, in words. `is_later` for a change at the end of the period."""

    title: str = ""
    is_later: bool = False
    starts: str = ""
    due: str = ""
    credits: str = ""
    upcoming: str = ""
    is_exact: bool = True
    lines: list[Amount] = field(default_factory=list)


class ChangeState(rx.State):
    stage: Literal["loading", "choose", "review", "refused"] = "loading"
    month: list[Choice] = []
    year: list[Choice] = []
    first_interval: str = "month"
    quantity: int = 1
    sells_seats: bool = False
    quote: Quote = Quote()
    trouble: str = ""
    is_renewed: bool = False
    busy: str = ""
    _quote_id: str = ""
    _wish: tuple[str, int] = ("", 1)

    @rx.event
    @requires("customer")
    async def open(self):
        """Read what can be changed to; an address that names a price, or asks for a seat more, goes straight to its cost."""
        locale, user_id = locale_in(self), me().id
        self.reset()
        try:
            found = await asyncio.to_thread(change_options.options, user_id, locale)
            held = await asyncio.to_thread(standing.standing, user_id, locale)
        except SignInRequired:
            raise
        except NestpayError as error:
            self.stage, self.trouble = "refused", sentence(locale, error)
            return
        choices = [_choice(option, locale) for option in found]
        self.month = [choice for choice in choices if choice.interval == "month"]
        self.year = [choice for choice in choices if choice.interval == "year"]
        self.first_interval = held.interval if held.interval == "year" else "month"
        self.quantity, self.sells_seats = held.quantity, "seats" in held.can
        self._wish = (held.price_id, held.quantity)
        self.stage = "choose"
        wanted = self.router.url.query_parameters
        if price_id := wanted.get("price", ""):
            await self._ask(price_id, held.quantity)
        elif wanted.get("seats") == "more":
            await self._ask(held.price_id, held.quantity + 1)

    @rx.event
    @requires("customer")
    async def choose(self, price_id: str):
        """Ask what a price would cost."""
        self.busy = price_id
        yield
        await self._ask(price_id, self.quantity)

    @rx.event
    @requires("customer")
    async def choose_seats(self, form: dict[str, Any]):
        """Ask what another number of seats would cost."""
        self.busy = "seats"
        yield
        number = str(form.get("seats", ""))
        user_id = me().id
        held = await asyncio.to_thread(standing.standing, user_id, locale_in(self))
        await self._ask(held.price_id, int(number[:6]) if number.isascii() and number.isdigit() else 0)

    @rx.event
    @requires("customer")
    async def back(self):
        """Return to the choice; what was shown is not agreed to."""
        self.stage, self.trouble, self.is_renewed, self._quote_id = "choose", "", False, ""

    @rx.event
    @requires("customer")
    async def agree(self):
        """Carry out what was shown. When it no longer holds, nothing happens and what holds now is shown."""
        self.busy, self.trouble, self.is_renewed = "agree", "", False
        yield
        locale, user_id, quote_id = locale_in(self), me().id, self._quote_id
        try:
            agreed = await asyncio.to_thread(changes.agree, user_id, quote_id)
        except StaleQuote:
            await self._ask(*self._wish)
            self.is_renewed = self.stage == "review"
        except SignInRequired:
            raise
        except NestpayError as error:
            self.trouble = sentence(locale, error)
        else:
            yield _onwards(agreed.state, agreed.url, locale)
        finally:
            self.busy = ""

    async def _ask(self, price_id: str, quantity: int) -> None:
        locale, user_id = locale_in(self), me().id
        self.trouble, self._wish = "", (price_id, quantity)
        try:
            found = await asyncio.to_thread(changes.quote, user_id, price_id, quantity=quantity, locale=locale)
        except SignInRequired:
            raise
        except NestpayError as error:
            self.stage, self.trouble = "choose", sentence(locale, error)
        else:
            self.stage, self.quote, self._quote_id = "review", _quote(found, locale), found.id
        finally:
            self.busy = ""


def _onwards(state: str, url: str, locale: str) -> list[EventSpec]:
    """Where a customer goes who has agreed: to the bank's question, or back to the subscription with the good news."""
    if state == "action_required":
        return [leave_to(url)]
    key = "change.scheduled" if state == "scheduled" else "change.done"
    return [rx.redirect(localized(PAGE, locale)), done(locale, key)]


def _choice(option: ChangeOption, locale: str) -> Choice:
    hint = "change.current" if option.is_current else "change.upgrade" if option.is_upgrade else "change.downgrade"
    return Choice(
        price_id=option.price_id,
        plan=option.plan_title,
        price=t_in(locale, f"subscription.price.{option.interval}", amount=option.price_text),
        credits=t_in(locale, "change.monthly_credits", n=option.credits) if option.credits else "",
        hint=t_in(locale, hint),
        interval=option.interval,
        is_current=option.is_current,
    )


def _quote(found: QuoteView, locale: str) -> Quote:
    plan = t_in(locale, f"banner.change.{found.interval}", plan=found.plan_title)
    seats = t_in(locale, "banner.change.seats", n=found.quantity) if found.quantity > 1 else ""
    next_at = day(found.next_at, locale)
    price = t_in(locale, f"subscription.price.{found.interval}", amount=found.next_amount_text)
    return Quote(
        title=plan + seats,
        is_later=found.timing == "period_end",
        starts=next_at,
        due=found.due_now_text,
        credits=_credits(found, locale),
        upcoming=t_in(locale, "change.next_text", price=price, day=next_at) if next_at else price,
        is_exact=found.is_exact,
        lines=[Amount(said_of(line, locale), line.amount_text) for line in found.lines],
    )


def said_of(line: QuoteLine, locale: str) -> str:
    """What a line is for, in the reader's language; the provider's own words only for what is none of ours."""
    if not line.plan_title:
        return line.text
    seats = t_in(locale, "banner.change.seats", n=line.quantity) if line.quantity > 1 else ""
    since, until = day(line.starts_at, locale), day(line.ends_at, locale)
    return t_in(locale, f"change.line.{line.kind}", plan=line.plan_title + seats, since=since, until=until)


def _credits(found: QuoteView, locale: str) -> str:
    """What happens to the credits, said in full: they are watched as closely as the money."""
    if found.timing == "period_end":
        return t_in(locale, "change.credits.later")
    if found.credits_rule == "new_period":
        return t_in(locale, "change.credits.anew", n=found.credits_now)
    if found.credits_rule == "replace" and found.credits_now > 0:
        return t_in(locale, "change.credits.replace", n=found.credits_now)
    if found.credits_now > 0:
        return t_in(locale, "change.credits.more", n=found.credits_now)
    if found.credits_now < 0:
        return t_in(locale, "change.credits.less", n=-found.credits_now)
    return t_in(locale, "change.credits.same")
