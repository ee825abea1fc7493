"""A page behind a gate: its content for whom the gate opens, the offer for everybody else.

What a page draws travels to every browser, so nothing secret belongs into the drawing: that comes from a handler, which
asks the same gate.
"""

import asyncio
from collections.abc import Callable

import reflex as rx

from nestpay.billing import gates
from nestpay.settings import get_settings
from nestpay.web.components.actions import link_button
from nestpay.web.components.surfaces import card, empty, skeleton_rows
from nestpay.web.i18n import localized, plain_path, t
from nestpay.web.register import gates as gates_by_path
from nestpay.web.session import me, requires


class GateState(rx.State):
    looking: bool = True
    is_open: bool = False

    @rx.event
    @requires("customer")
    async def look(self):
        """Ask whether the page that the visitor is on opens for them now."""
        gate = gates_by_path.get(plain_path(self.router.url.path))
        self.is_open = gate is not None and await asyncio.to_thread(gates.is_open, gate, me().id)
        self.looking = False


def gated(draw: Callable[[], rx.Component]) -> Callable[[], rx.Component]:
    """Draw a page only for whom its gate opens."""

    def drawn() -> rx.Component:
        return rx.cond(GateState.looking, card(skeleton_rows(4)), rx.cond(GateState.is_open, draw(), _locked()))

    return drawn


def _locked() -> rx.Component:
    offer = link_button(t("nav.see_plans"), href=localized(get_settings().pricing_path))
    return card(empty("shield", t("gate.title"), t("gate.text"), offer))
