"""Endpoints as a list, the log of one of them, and what an admin does about either."""

import asyncio
from dataclasses import dataclass

import reflex as rx

from nestpay.billing import endpoints
from nestpay.billing.clock import real_now
from nestpay.billing.endpoints import DeliveryView, EndpointView
from nestpay.domain.errors import NestpayError
from nestpay.web.admin.listing import asked_of
from nestpay.web.admin.places import place
from nestpay.web.components.dialogs import hide
from nestpay.web.dashboard.acts import attempt, done
from nestpay.web.frames import ADMIN_HOME
from nestpay.web.i18n import localized, t_in
from nestpay.web.i18n.moments import age, moment
from nestpay.web.session import locale_in, me, requires, sentence

PATH = f"{ADMIN_HOME}/endpoints"
ADD_DIALOG = "add-endpoint"
TONES = {"queued": "accent", "sending": "accent", "delivered": "good", "failed": "warn", "dead": "bad"}


@dataclass(frozen=True)
class EndpointLine:
    id: str
    url: str
    description: str
    types: str
    word: str
    tone: str
    about: str
    is_active: bool
    is_chosen: bool
    href: str


@dataclass(frozen=True)
class DeliveryLine:
    id: str
    type: str
    event_id: str
    word: str
    tone: str
    age: str
    at: str
    attempts: str
    answer: str
    body: str


class EndpointsState(rx.State):
    loading: bool = True
    rows: list[EndpointLine] = []
    chosen: str = ""
    chosen_url: str = ""
    log: list[DeliveryLine] = []
    newer: str = ""
    older: str = ""
    secret: str = ""
    trouble: str = ""
    form_number: int = 0
    asked_id: str = ""
    asked_url: str = ""

    @rx.event
    @requires("admin")
    async def load(self):
        """Show all endpoints, and the log of the one that the address names."""
        self.chosen, self.secret, self.trouble = asked_of(self, "id")["id"], "", ""
        await self._show()

    @rx.event
    @requires("admin")
    async def turn(self, mark: str):
        """Show another page of the log."""
        await self._show_log(mark)

    @rx.event
    @requires("admin")
    async def add(self, form: dict[str, str]):
        """Let another address hear of what was ticked, and show its secret."""
        locale, by = locale_in(self), me().id
        types = [kind for kind in endpoints.TYPES if form.get(box_of(kind))]
        try:
            made = await asyncio.to_thread(
                endpoints.add, form.get("url", ""), types, description=form.get("description", ""), by=by
            )
        except NestpayError as error:
            self.trouble = sentence(locale, error)
            return None
        self.secret, self.trouble, self.chosen = made.secret, "", made.view.id
        await self._show()
        return [hide(ADD_DIALOG), done(locale, "endpoints.done.added")]

    @rx.event
    @requires("admin")
    async def begin(self):
        """Begin with an empty form."""
        self.trouble, self.form_number = "", self.form_number + 1

    @rx.event
    @requires("admin")
    async def ask(self, endpoint_id: str, url: str):
        """Remember what a question is about."""
        self.asked_id, self.asked_url = endpoint_id, url

    @rx.event
    @requires("admin")
    async def rotate(self):
        """Give the endpoint in question another secret, and show it."""
        locale, endpoint_id, by = locale_in(self), self.asked_id, me().id
        secret, trouble = await attempt(lambda: endpoints.rotate(endpoint_id, by=by), locale)
        self.secret = secret or ""
        return trouble

    @rx.event
    @requires("admin")
    async def remove(self):
        """Take the endpoint in question away."""
        locale, endpoint_id, by = locale_in(self), self.asked_id, me().id
        _, trouble = await attempt(lambda: endpoints.remove(endpoint_id, by=by), locale)
        return trouble or [rx.redirect(localized(PATH, locale)), done(locale, "endpoints.done.removed")]

    @rx.event
    @requires("admin")
    async def switch(self, endpoint_id: str, on: bool):
        """Let an endpoint hear again, or no more."""
        locale, by = locale_in(self), me().id
        _, trouble = await attempt(lambda: endpoints.switch(endpoint_id, on=on, by=by), locale)
        await self._show()
        return trouble or done(locale, "endpoints.done.on" if on else "endpoints.done.off")

    @rx.event
    @requires("admin")
    async def test(self, endpoint_id: str):
        """Send a test message and say what was answered."""
        locale, by = locale_in(self), me().id
        sent, trouble = await attempt(lambda: endpoints.send_test(endpoint_id, by=by), locale)
        self.chosen = endpoint_id
        await self._show()
        return trouble or _outcome(sent, locale)

    @rx.event
    @requires("admin")
    async def redeliver(self, delivery_id: str):
        """Send a message of the log again and say what was answered."""
        locale, by = locale_in(self), me().id
        sent, trouble = await attempt(lambda: endpoints.redeliver(delivery_id, by=by), locale)
        await self._show()
        return trouble or _outcome(sent, locale)

    async def _show(self) -> None:
        locale, chosen = locale_in(self), self.chosen
        found = await asyncio.to_thread(endpoints.every)
        self.rows = [_endpoint(view, chosen, locale) for view in found]
        self.chosen_url = next((view.url for view in found if view.id == chosen), "")
        await self._show_log("")
        self.loading = False

    async def _show_log(self, mark: str) -> None:
        locale, chosen = locale_in(self), self.chosen
        if not self.chosen_url:
            self.log, self.newer, self.older = [], "", ""
            return
        page, trouble = await attempt(lambda: endpoints.deliveries(chosen, after=mark or None), locale)
        if page is not None and trouble is None:
            self.log = [_delivery(row, locale) for row in page.rows]
            self.newer, self.older = page.previous or "", page.next or ""


def box_of(kind: str) -> str:
    """The name of the box that is ticked for a type of event."""
    return kind.replace(".", "-")


def _endpoint(view: EndpointView, chosen: str, locale: str) -> EndpointLine:
    is_failing = view.is_active and view.failing_since is not None
    status = "failing" if is_failing else "on" if view.is_active else "off"
    since = age(view.failing_since, real_now(), locale)
    failing = t_in(locale, "endpoints.failing", age=since) if is_failing else ""
    waiting = t_in(locale, "endpoints.waiting", n=view.waiting) if view.waiting else ""
    return EndpointLine(
        id=view.id,
        url=view.url,
        description=view.description,
        types=", ".join(view.types),
        word=t_in(locale, f"endpoints.status.{status}"),
        tone={"failing": "warn", "on": "good", "off": "plain"}[status],
        about=" · ".join(filter(None, (failing, waiting, view.reason))),
        is_active=view.is_active,
        is_chosen=view.id == chosen,
        href=place(PATH, view.id, locale),
    )


def _delivery(row: DeliveryView, locale: str) -> DeliveryLine:
    status = f"HTTP {row.response_status}" if row.response_status else ""
    took = t_in(locale, "endpoints.took", n=row.took_ms) if row.took_ms else ""
    return DeliveryLine(
        id=row.id,
        type=row.type,
        event_id=row.event_id,
        word=t_in(locale, f"endpoints.delivery.{row.status}"),
        tone=TONES[row.status],
        age=age(row.created_at, real_now(), locale),
        at=moment(row.created_at, locale),
        attempts=t_in(locale, "number", n=row.attempts),
        answer=" · ".join(filter(None, (status, took, row.response[:160]))),
        body=row.body,
    )


def _outcome(sent: DeliveryView | None, locale: str) -> rx.event.EventSpec | None:
    if sent is None:
        return None
    if sent.status == "delivered":
        return done(locale, "endpoints.done.taken", status=sent.response_status)
    answer = f"HTTP {sent.response_status}" if sent.response_status else sent.response
    return rx.toast.error(t_in(locale, "endpoints.not_taken", answer=answer))
