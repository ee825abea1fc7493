"""The inbox, a page at a time: filters in the address, what is in trouble, and a replay of many."""

import asyncio
from dataclasses import dataclass
from typing import ClassVar

import reflex as rx

from nestpay.billing import event_desk, replay
from nestpay.billing.clock import real_now
from nestpay.billing.event_desk import Event, Health
from nestpay.billing.paging import Page
from nestpay.domain.errors import NestpayError
from nestpay.web.admin.listing import Listing
from nestpay.web.admin.webhooks.rows import EventLine, event_line
from nestpay.web.dashboard.acts import attempt, done
from nestpay.web.frames import ADMIN_HOME
from nestpay.web.i18n import t_in
from nestpay.web.i18n.moments import age, moment
from nestpay.web.session import is_connected, locale_in, me, requires, sentence, visitor_of

PATH = f"{ADMIN_HOME}/webhooks"


@dataclass(frozen=True)
class RefusedLine:
    provider: str
    day: str
    count: str
    last: str


class WebhooksState(Listing, rx.State):
    address: ClassVar[str] = PATH
    filters: ClassVar[tuple[str, ...]] = ("status", "type", "provider", "about", "first", "last")
    rows: list[EventLine] = []
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
    async def count(self):
        """Say how many events a replay of what is listed would take up."""
        locale, asked = locale_in(self), dict(self.given)
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
            locale, asked, ip = locale_in(self), dict(self.given), self.router.session.client_ip
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
            await self._show()
        yield rx.toast.error(trouble) if trouble else done(locale, "webhooks.replayed", done=went, failed=failed)

    @rx.event
    @requires("admin")
    async def stop(self):
        """Let a replay of many end after its present part."""
        self._stops = True

    async def _look(self, given: dict[str, str], after: str | None, locale: str) -> Page[Event]:
        self._fill_health(await asyncio.to_thread(event_desk.health), locale)
        return await asyncio.to_thread(lambda: event_desk.events(event_desk.wanted(**given), after=after))

    def _line(self, row: Event, locale: str) -> EventLine:
        return event_line(row, locale)

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
