"""What an admin does with an account: credits by hand, its role, whether it may sign in, and its end."""

import uuid
from collections.abc import Callable
from typing import Any

import reflex as rx

from nestpay.billing import account_acts, credits, farewell, typed
from nestpay.domain.errors import InvalidAmount
from nestpay.web.admin.customers.one_state import CustomerPage
from nestpay.web.dashboard.acts import attempt, done
from nestpay.web.i18n import t_in
from nestpay.web.session import locale_in, me, requires

_MOST_DIGITS = 12


class CustomerActs(rx.State):
    busy: str = ""
    trouble: str = ""
    form_key: str = ""
    _key: str = ""

    @rx.event
    @requires("admin")
    async def open(self):
        """Begin with empty forms."""
        self._fresh()
        self.busy, self.trouble = "", ""

    @rx.event
    @requires("admin")
    async def adjust(self, form: dict[str, Any]):
        """Give or take credits by hand, with a reason that the customer reads."""
        self.busy, self.trouble = "adjust", ""
        yield
        locale, by, ip, of, key = locale_in(self), me().id, self.router.session.client_ip, self._id(), self._key
        text, reason = str(form.get("credits", "")), typed.clean(form.get("reason"))
        self.busy = ""
        if not reason:
            self.trouble = t_in(locale, "desk.adjust.reason_missing")
            return
        line, trouble = await attempt(
            lambda: credits.adjust(of, _whole(text), reason=reason, by=by, ip=ip, key=key), locale
        )
        if trouble:
            yield trouble
            return
        self._fresh()
        yield [done(locale, "desk.adjust.done", n=abs(line.amount) if line else 0), *_again()]

    @rx.event
    @requires("admin")
    async def disable(self):
        """Let them no longer sign in."""
        by, ip, of = me().id, self.router.session.client_ip, self._id()
        yield await self._do(lambda: account_acts.disable(of, by=by, ip=ip), "disabled")
        yield _again()

    @rx.event
    @requires("admin")
    async def enable(self):
        """Let them sign in again."""
        by, ip, of = me().id, self.router.session.client_ip, self._id()
        yield await self._do(lambda: account_acts.enable(of, by=by, ip=ip), "enabled")
        yield _again()

    @rx.event
    @requires("admin")
    async def unfreeze(self, form: dict[str, Any]):
        """Let them spend credits again before they paid what they owe."""
        by, ip, of, reason = (
            me().id,
            self.router.session.client_ip,
            self._id(),
            typed.clean(form.get("unfreeze_reason")),
        )
        yield await self._do(lambda: credits.unfreeze(of, by=by, reason=reason, ip=ip), "unfrozen")
        yield _again()

    @rx.event
    @requires("admin")
    async def make_admin(self):
        """Give them the desk."""
        by, ip, of = me().id, self.router.session.client_ip, self._id()
        yield await self._do(lambda: account_acts.set_role(of, "admin", by=by, ip=ip), "role_changed")
        yield _again()

    @rx.event
    @requires("admin")
    async def make_customer(self):
        """Take the desk from them."""
        by, ip, of = me().id, self.router.session.client_ip, self._id()
        yield await self._do(lambda: account_acts.set_role(of, "customer", by=by, ip=ip), "role_changed")
        yield _again()

    @rx.event
    @requires("admin")
    async def sign_out(self):
        """End all their sessions."""
        by, ip, of = me().id, self.router.session.client_ip, self._id()
        yield await self._do(lambda: account_acts.sign_out(of, by=by, ip=ip), "signed_out")
        yield _again()

    @rx.event
    @requires("admin")
    async def delete(self, form: dict[str, Any]):
        """Delete the account, once its address was typed."""
        locale, by, ip, of = locale_in(self), me().id, self.router.session.client_ip, self._id()
        page = await self.get_state(CustomerPage)
        if typed.clean(form.get("email")).lower() != page.customer.email:
            yield rx.toast.error(t_in(locale, "desk.delete.mistyped"))
            return
        self.busy = "delete"
        yield
        yield await self._do(lambda: farewell.delete_account(of, by=by, ip=ip), "deleted_done")
        yield _again()

    async def _do(self, act: Callable[[], object], told: str) -> Any:
        locale = locale_in(self)
        _, trouble = await attempt(act, locale)
        self.busy = ""
        return trouble or done(locale, f"desk.account.{told}")

    def _fresh(self) -> None:
        """Another form, whose sending twice is one act again."""
        self._key = uuid.uuid4().hex
        self.form_key = self._key[:8]

    def _id(self) -> str:
        return str(self.router.url.query_parameters.get("id", ""))[:64]


def _again() -> list[Any]:
    return [CustomerPage.load, CustomerPage.explain]


def _whole(text: str) -> int:
    """`+50` or `-20` as a number. Raises InvalidAmount."""
    digits = text.strip().replace("−", "-").lstrip("+")
    bare = digits.removeprefix("-")
    if not (bare.isdecimal() and bare.isascii() and len(bare) <= _MOST_DIGITS):
        raise InvalidAmount
    return int(digits)
