"""The sandbox from the desk: its clock, and ways to its own pages. There is no such page outside sandbox mode."""

from typing import Any

import reflex as rx

from nestpay.billing import world_time
from nestpay.settings import get_settings
from nestpay.web import frames
from nestpay.web.admin.frame import admin
from nestpay.web.admin.listing import part
from nestpay.web.admin.sandbox.state import SandboxState
from nestpay.web.components.actions import button, link_button
from nestpay.web.components.forms import field
from nestpay.web.components.icons import icon
from nestpay.web.components.surfaces import stat
from nestpay.web.components.tables import table
from nestpay.web.frames import ADMIN_HOME
from nestpay.web.i18n import t
from nestpay.web.shell import page

PATH = f"{ADMIN_HOME}/sandbox"


def sandbox() -> rx.Component:
    state = SandboxState
    return rx.el.div(
        frames.page_head(t("sandbox.title"), t("sandbox.text")),
        rx.el.div(
            _door("sandbox.board", "time"),
            _door("sandbox.faults", "faults"),
            _door("sandbox.front", ""),
            class_name="mb-5 flex flex-wrap gap-3",
        ),
        rx.el.div(
            stat(t("sandbox.now"), state.now, t("sandbox.now_text"), loading=state.loading),
            part(
                t("sandbox.move"),
                rx.el.form(
                    field("days", t("sandbox.days"), type="number", min="0", max="1830", default_value="0"),
                    field("hours", t("sandbox.hours"), type="number", min="0", max="43920", default_value="0"),
                    button(icon("clock"), t("sandbox.go"), type="submit", busy=state.busy),
                    on_submit=state.move,
                    class_name="grid items-end gap-4 sm:grid-cols-[1fr_1fr_auto]",
                ),
            ),
            class_name="grid items-start gap-5 lg:grid-cols-2",
        ),
        rx.cond(state.happened.length() > 0, _journey()),
    )


def _journey() -> rx.Component:
    columns: list[Any] = [(t("audit.at"), lambda row: row.at), (t("sandbox.what"), lambda row: row.what)]
    return part(
        t("sandbox.happened"),
        table(SandboxState.happened, columns, label=t("sandbox.happened")),
        class_name="rise mt-5",
    )


def _door(key: str, name: str) -> rx.Component:
    return link_button(t(key), icon("external"), href=world_time.address(name), kind="secondary", target="_blank")


if get_settings().mode == "sandbox":
    page(PATH, "meta.admin_sandbox", frame=admin, audience="admin", load=(SandboxState.load,))(sandbox)
