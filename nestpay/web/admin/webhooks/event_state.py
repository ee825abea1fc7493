"""One event: what it said, where it failed, and what applying it again would change."""

import asyncio

import reflex as rx

from nestpay.billing import event_desk, replay
from nestpay.domain.errors import NotFound
from nestpay.web.admin.listing import asked_of
from nestpay.web.admin.webhooks.rows import ChangeLine, EventLine, change_line, event_line
from nestpay.web.dashboard.acts import attempt, done
from nestpay.web.i18n import t_in
from nestpay.web.i18n.moments import moment
from nestpay.web.session import locale_in, me, requires

_NO_EVENT = EventLine("", "", "", "", "", "", "plain", "", "", "", "", "")


class EventState(rx.State):
    loading: bool = True
    missing: bool = False
    busy: str = ""
    event: EventLine = _NO_EVENT
    event_id: str = ""
    object_id: str = ""
    occurred: str = ""
    done_at: str = ""
    next_attempt: str = ""
    api_version: str = ""
    error: str = ""
    trace: str = ""
    payload: str = ""
    looked: bool = False
    said: list[str] = []
    changes: list[ChangeLine] = []
    reads_again: list[str] = []
    refusal: str = ""
    _id: str = ""
    _digest: str = ""

    @rx.event
    @requires("admin")
    async def load(self):
        """Show the event that the address names."""
        self._id = asked_of(self, "id")["id"]
        self._forget_the_look()
        await self._show()

    @rx.event
    @requires("admin")
    async def retry(self):
        """Apply the event again as it was delivered."""
        async for step in self._act(lambda by, ip: replay.retry(self._id, by=by, ip=ip)):
            yield step

    @rx.event
    @requires("admin")
    async def look(self):
        """Ask the provider what is so now, and show what that would change."""
        locale = locale_in(self)
        self.busy = "look"
        yield
        seen, trouble = await attempt(lambda: replay.preview(self._id), locale)
        self.busy = ""
        if seen is None:
            yield trouble
            return
        self.looked, self.said, self.refusal = True, list(seen.said), seen.refusal
        self.changes = [change_line(change, locale) for change in seen.changes]
        self.reads_again, self._digest = list(seen.reads_again), seen.digest

    @rx.event
    @requires("admin")
    async def apply(self):
        """Do what was shown, and nothing else."""
        digest = self._digest
        async for step in self._act(lambda by, ip: replay.apply(self._id, digest, by=by, ip=ip)):
            yield step

    async def _act(self, work):
        locale, by, ip = locale_in(self), me().id, self.router.session.client_ip
        self.busy = "act"
        yield
        status, trouble = await attempt(lambda: work(by, ip), locale)
        self.busy = ""
        self._forget_the_look()
        await self._show()
        if status in ("failed", "dead"):
            yield rx.toast.error(t_in(locale, "event.failed_again"))
        else:
            yield trouble or done(locale, "event.applied")

    def _forget_the_look(self) -> None:
        self.looked, self.refusal, self._digest = False, "", ""
        self.said, self.changes, self.reads_again = [], [], []

    async def _show(self) -> None:
        locale, event_row = locale_in(self), self._id
        try:
            found = await asyncio.to_thread(event_desk.one, event_row)
        except NotFound:
            self.missing, self.loading, self.event = True, False, _NO_EVENT
            return
        self.event, self.missing, self.loading = event_line(found, locale), False, False
        self.event_id, self.object_id, self.api_version = found.event_id, found.object_id, found.api_version
        self.occurred, self.done_at = moment(found.occurred_at, locale), moment(found.done_at, locale)
        self.next_attempt = moment(found.next_attempt_at, locale)
        self.error, self.trace, self.payload = found.error, found.trace, found.payload
