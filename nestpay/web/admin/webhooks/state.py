"""The inbox, a page at a time: filters in the address, what is in trouble, and a replay of many."""

import asyncio
from dataclasses import dataclass

import reflex as rx

from nestpay.billing import event_desk, replay
from nestpay.billing.clock import real_now
from nestpay.billing.event_desk import Health
from nestpay.domain.errors import NestpayError
from nestpay.web.admin.listing import address_of, asked_of, chosen_in
from nestpay.web.admin.webhooks.rows import EventLine, event_line
from nestpay.web.dashboard.acts import attempt, done
from nestpay.web.frames import ADMIN_HOME
from nestpay.web.i18n import t_in
from nestpay.web.i18n.moments import age, moment
from nestpay.web.session import is_connected, locale_in, me, requires, sentence, visitor_of

PATH = f"{ADMIN_HOME}/webhooks"
FILTERS = ("status", "type", "provider", "about", "first", "last")


@dataclass(frozen=True)
class RefusedLine:
    provider: str
    day: str
    count: str
    last: str


class WebhooksState(rx.State):
    loading: bool = True
    rows: list[EventLine] = []
    newer: str = ""
    older: str = ""
    asked: dict[str, str] = dict.fromkeys(FILTERS, "")
    form_key: str = ""
    is_narrowed: bool = False
    trouble: str = ""
    waiting: str = ""
    failed: str = ""
    dead: str = ""
    alarm: str = ""
    refused: list[RefusedLine] = []
    to_replay: int = 0
    replay_question: str = ""
    progress: str = ""
    share: int = 0
    is_replaying: bool = False
    _stops: bool = False

    @rx.event
    @requires("admin")
    async def load(self):
        """Show what the address asks for, the newest first."""
        self.asked = asked_of(self, *FILTERS)
        self.form_key = address_of(PATH, locale_in(self), self.asked)
        self.is_narrowed = any(self.asked.values())
        await self._show("")

    @rx.event
    @requires("admin")
    async def turn(self, cursor: str):
        """Show the page that `cursor` stands for."""
        await self._show(cursor)

    @rx.event
    @requires("admin")
    async def search(self, form: dict[str, str]):
        """Put what was chosen into the address."""
        return rx.redirect(address_of(PATH, locale_in(self), chosen_in(form, *FILTERS)))

    @rx.event
    @requires("admin")
    async def count(self):
        """Say how many events a replay of what is listed would take up."""
        locale, asked = locale_in(self), dict(self.asked)
        number, trouble = await attempt(lambda: replay.count(event_desk.wanted(**asked)), locale)
        self.to_replay = number or 0
        self.replay_question = t_in(locale, "webhooks.bulk_text", n=self.to_replay)
        return trouble

    @rx.event(background=True)
    @requires("admin")
    async def replay_all(self):
        """Apply all that is listed again, a few at a time, until the end, a stop, or the tab's or the admin's leaving."""
        async with self:
            if self.is_replaying:
                return
            self.is_replaying, self._stops, self.share = True, False, 0
            locale, asked, ip = locale_in(self), dict(self.asked), self.router.session.client_ip
            by, total = me().id, max(1, self.to_replay)
        went = failed = 0
        after: str | None = None
        trouble = ""
        while True:
            user = await visitor_of(self)
            if user is None or user.role != "admin":
                break
            try:
                batch = await asyncio.to_thread(replay.some, event_desk.wanted(**asked), after, by=by, ip=ip)
            except NestpayError as error:
                trouble = sentence(locale, error)
                break
            went, failed, after = went + batch.done, failed + batch.failed, batch.next
            async with self:
                self.share = min(100, (went + failed) * 100 // total)
                self.progress = t_in(locale, "webhooks.progress", done=went, failed=failed, n=total)
                if self._stops:
                    break
            if after is None or not is_connected(self):
                break
        async with self:
            self.is_replaying = False
            await self._show("")
        yield rx.toast.error(trouble) if trouble else done(locale, "webhooks.replayed", done=went, failed=failed)

    @rx.event
    @requires("admin")
    async def stop(self):
        """Let a replay of many end after its present part."""
        self._stops = True

    async def _show(self, cursor: str) -> None:
        locale, asked = locale_in(self), dict(self.asked)
        health = await asyncio.to_thread(event_desk.health)
        self._fill_health(health, locale)
        self.trouble, self.loading = "", False
        try:
            wanted = await asyncio.to_thread(lambda: event_desk.wanted(**asked))
            found = await asyncio.to_thread(event_desk.events, wanted, after=cursor or None)
        except NestpayError as error:
            self.trouble, self.rows, self.newer, self.older = sentence(locale, error), [], "", ""
            return
        self.rows = [event_line(row, locale) for row in found.rows]
        self.newer, self.older = found.previous or "", found.next or ""

    def _fill_health(self, health: Health, locale: str) -> None:
        self.waiting = t_in(locale, "number", n=health.waiting)
        self.failed = t_in(locale, "number", n=health.failed)
        self.dead = t_in(locale, "number", n=health.dead)
        since = age(health.oldest, real_now(), locale)
        self.alarm = t_in(locale, "webhooks.alarm", age=since) if health.is_alarming else ""
        self.refused = [
            RefusedLine(each.provider, each.day, t_in(locale, "number", n=each.count), moment(each.last_at, locale))
            for each in health.refused
        ]
