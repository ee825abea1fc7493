"""The sandbox's time: read, and moved on."""

from dataclasses import dataclass

import reflex as rx

from nestpay.billing import world_time
from nestpay.web.dashboard.acts import attempt, done
from nestpay.web.i18n.moments import moment
from nestpay.web.session import locale_in, me, requires

_SHOWN = 60
_DIGITS = 5


@dataclass(frozen=True)
class HappenedLine:
    at: str
    what: str


class SandboxState(rx.State):
    loading: bool = True
    now: str = ""
    busy: bool = False
    happened: list[HappenedLine] = []

    @rx.event
    @requires("admin")
    async def load(self):
        """Show what time it is there."""
        locale = locale_in(self)
        now, trouble = await attempt(world_time.look, locale)
        self.now, self.loading = moment(now, locale), False
        return trouble

    @rx.event
    @requires("admin")
    async def move(self, form: dict[str, str]):
        """Let the days and hours of the form pass."""
        locale, by, ip = locale_in(self), me().id, self.router.session.client_ip
        days, hours = _number(form.get("days")), _number(form.get("hours"))
        self.busy = True
        yield
        journey, trouble = await attempt(lambda: world_time.move(days=days, hours=hours, by=by, ip=ip), locale)
        self.busy = False
        if journey is None:
            yield trouble
            return
        self.now = moment(journey.now, locale)
        self.happened = [HappenedLine(at, what) for at, what in journey.happened[-_SHOWN:][::-1]]
        yield done(locale, "sandbox.moved", now=self.now)


def _number(text: object) -> int:
    """A whole number as somebody typed it; 0 for anything else, which moves nothing."""
    digits = str(text or "").strip()
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= _DIGITS else 0
