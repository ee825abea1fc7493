"""Which plan runs, what about it needs attention, and everything its owner can do with it."""

from typing import Any

import reflex as rx

from nestpay.settings import get_settings
from nestpay.web import frames
from nestpay.web.components.actions import button, link_button, text_link, way_out
from nestpay.web.components.dialogs import form_dialog, show
from nestpay.web.components.forms import choice
from nestpay.web.components.icons import icon
from nestpay.web.components.surfaces import badge, card, empty, notice, section_title, skeleton_rows
from nestpay.web.components.tables import listing, table
from nestpay.web.dashboard.subscription.moving import moving
from nestpay.web.dashboard.subscription.moving_state import MoveState
from nestpay.web.dashboard.subscription.seats import seats
from nestpay.web.dashboard.subscription.seats_state import SeatsState
from nestpay.web.dashboard.subscription.state import SubscriptionState
from nestpay.web.i18n import localized, t
from nestpay.web.shell import page

PAUSE_DIALOG = "pause-subscription"
_PAUSES = (1, 2, 3)


@page(
    "/dashboard/subscription",
    "meta.subscription",
    frame=frames.customer,
    audience="customer",
    load=(SubscriptionState.load, SeatsState.load, MoveState.load, SubscriptionState.load_invoices),
    live=[SubscriptionState.load, SeatsState.load, MoveState.load],
)
def subscription() -> rx.Component:
    state = SubscriptionState
    return rx.el.div(
        frames.page_head(t("subscription.title"), t("subscription.text")),
        rx.cond(
            state.loading,
            _waiting(),
            rx.match(
                state.shown.kind,
                ("own", _own()),
                ("seat", rx.el.div(_banners(), _credits(), class_name="grid gap-5")),
                ("free", _free()),
                card(_nothing()),
            ),
        ),
    )


def _waiting() -> rx.Component:
    return rx.el.div(card(skeleton_rows(5)), card(skeleton_rows(3)), class_name="grid gap-5")


def _own() -> rx.Component:
    return rx.el.div(
        _banners(),
        _plan(),
        rx.cond(_can("seats") | (SeatsState.total > 1), seats(_can("seats"))),
        moving(),
        _invoices(),
        _pause_dialog(),
        class_name="grid gap-5",
    )


def _banners() -> rx.Component:
    return rx.foreach(SubscriptionState.banners, _banner)


def _banner(entry: Any) -> rx.Component:
    content = (
        rx.el.div(
            rx.el.div(
                rx.el.div(entry.title, class_name="font-semibold"),
                rx.el.div(entry.text),
                class_name="min-w-0 flex-1 basis-72",
            ),
            _way_out(entry),
            class_name="flex flex-wrap items-center gap-x-6 gap-y-3",
        ),
    )
    return rx.el.div(
        rx.match(
            entry.tone,
            ("bad", notice(*content, tone="bad")),
            ("warn", notice(*content, tone="warn")),
            notice(*content, tone="accent"),
        ),
        custom_attrs={"data-banner": entry.kind},
    )


def _way_out(entry: Any) -> rx.Component:
    state = SubscriptionState

    def press(key: str, name: str, handler: Any) -> rx.Component:
        return button(t(key), kind="secondary", busy=state.busy == name, on_click=handler)

    return rx.fragment(
        rx.match(
            entry.act,
            (
                "link",
                rx.el.div(
                    way_out(t("banner.past_due.pay"), href=entry.url),
                    rx.cond(_can("card"), press("subscription.update_card", "card", state.update_card)),
                    class_name="flex flex-wrap gap-3",
                ),
            ),
            ("confirm", way_out(t("banner.action.confirm"), href=entry.url)),
            ("card", press("subscription.update_card", "card", state.update_card)),
            ("resume", press("banner.ending.keep", "resume", state.keep_plan)),
            ("unpause", press("banner.paused.go_on", "unpause", state.unpause)),
            ("unschedule", press("banner.change.undo", "unschedule", state.keep_as_is)),
            rx.fragment(),
        )
    )


def _plan() -> rx.Component:
    shown = SubscriptionState.shown
    return card(
        rx.el.div(
            rx.el.div(
                rx.el.div(
                    rx.el.h2(shown.plan, class_name="text-3xl font-semibold"),
                    badge(shown.status, tone=shown.tone),
                    class_name="flex flex-wrap items-center gap-3",
                ),
                rx.el.div(shown.price, class_name="mt-1 text-ink tnum"),
            ),
            rx.cond(
                _can("change"),
                link_button(t("subscription.change"), href=localized("/dashboard/subscription/change")),
            ),
            class_name="flex flex-wrap items-start justify-between gap-4 p-6 sm:p-8",
        ),
        rx.el.dl(
            _fact(t("subscription.period"), shown.period),
            rx.cond(shown.renews != "", _fact(t("subscription.renews"), shown.renews)),
            rx.cond(shown.ends != "", _fact(t("subscription.ends"), shown.ends)),
            rx.cond(shown.trial_ends != "", _fact(t("subscription.trial"), shown.trial_ends)),
            rx.cond(shown.seats != "", _fact(t("subscription.seats"), shown.seats)),
            _fact(t("subscription.next_credits"), shown.next_credits),
            _fact(t("subscription.plan_credits"), shown.plan_credits),
            _fact(t("subscription.pack_credits"), shown.pack_credits),
            class_name="flex flex-wrap gap-px border-y border-line bg-line",
        ),
        _deeds(),
        class_name="overflow-hidden",
    )


def _deeds() -> rx.Component:
    state = SubscriptionState
    return rx.el.div(
        rx.cond(
            _can("card"),
            button(
                icon("card"),
                t("subscription.update_card"),
                kind="secondary",
                busy=state.busy == "card",
                on_click=state.update_card,
            ),
        ),
        rx.cond(
            _can("portal"),
            button(
                t("subscription.portal"),
                icon("external", "size-3.5"),
                kind="secondary",
                busy=state.busy == "portal",
                on_click=state.open_portal,
            ),
        ),
        rx.el.div(
            rx.cond(
                _can("pause"),
                button(
                    t("subscription.pause"),
                    kind="ghost",
                    busy=state.busy == "pause",
                    on_click=show(PAUSE_DIALOG),
                ),
            ),
            rx.cond(
                _can("cancel"),
                link_button(t("subscription.cancel"), href=localized("/dashboard/subscription/cancel"), kind="ghost"),
            ),
            class_name="flex flex-wrap gap-1 sm:ml-auto",
        ),
        class_name="flex flex-wrap items-center gap-3 px-6 py-4 sm:px-8",
    )


def _fact(name: str, value: Any) -> rx.Component:
    return rx.el.div(
        rx.el.dt(name, class_name="text-xs text-faint"),
        rx.el.dd(
            rx.cond(value != "", value, "–"),
            class_name="mt-1 text-sm font-medium text-ink tnum",
        ),
        class_name="grow basis-[45%] bg-surface px-6 py-4 sm:px-8 md:basis-[30%]",
    )


def _credits() -> rx.Component:
    shown = SubscriptionState.shown
    return card(
        rx.el.dl(
            _fact(t("subscription.plan_credits"), shown.plan_credits),
            _fact(t("subscription.pack_credits"), shown.pack_credits),
            _fact(t("subscription.next_credits"), shown.next_credits),
            class_name="flex flex-wrap gap-px bg-line",
        ),
        class_name="overflow-hidden",
    )


def _free() -> rx.Component:
    shown = SubscriptionState.shown
    return rx.el.div(
        card(
            rx.el.div(
                rx.el.div(
                    rx.el.h2(shown.plan, class_name="text-3xl font-semibold"),
                    rx.el.p(shown.offer_credits, class_name="mt-1 text-sm tnum"),
                ),
                badge(t("change.current"), tone="good"),
                class_name="flex items-start justify-between gap-4",
            ),
            class_name="p-6 sm:p-8",
        ),
        _credits(),
        card(
            rx.el.div(
                icon("spark", "size-6"),
                class_name="grid size-12 shrink-0 place-items-center rounded-card bg-accent-soft text-accent-ink",
            ),
            rx.el.div(
                rx.el.h2(t("subscription.upgrade.title"), class_name="text-lg font-semibold"),
                rx.el.p(t("subscription.upgrade.text"), class_name="mt-1 text-sm"),
                class_name="min-w-0 flex-1 basis-64",
            ),
            link_button(t("subscription.upgrade.button"), href=localized(get_settings().pricing_path)),
            class_name="flex flex-wrap items-center gap-5 p-6 sm:p-8",
        ),
        _invoices(only_if_any=True),
        class_name="grid gap-5",
    )


def _invoices(*, only_if_any: bool = False) -> rx.Component:
    state = SubscriptionState
    shown = table(
        state.invoices,
        [
            (t("invoice.number"), lambda row: rx.el.span(row.number, class_name="font-medium text-ink")),
            (t("invoice.date"), lambda row: row.date, "whitespace-nowrap"),
            (t("invoice.state"), lambda row: badge(row.status, tone=row.tone)),
            (t("invoice.amount"), lambda row: rx.el.span(row.amount, class_name="text-ink"), "md:text-right"),
            (t("invoice.open"), _papers, "md:text-right"),
        ],
        label=t("invoice.title"),
    )
    nothing = empty("receipt", t("invoice.empty.title"), t("invoice.empty.text"))
    part = rx.el.section(
        section_title(t("invoice.title"), action=_all_orders()),
        rx.cond(
            state.invoices_failed,
            notice(t("invoice.failed"), tone="warn"),
            listing(state.invoices_loading, state.invoices, shown, skeleton_rows(2), nothing),
        ),
        class_name="mt-5 grid gap-4",
        id="invoices",
    )
    return rx.cond(state.invoices.length() > 0, part) if only_if_any else part


def _all_orders() -> rx.Component:
    return text_link(t("subscription.invoices"), href=localized("/dashboard/my-orders"), class_name="text-sm")


def _papers(row: Any) -> rx.Component:
    return rx.el.span(
        rx.cond(row.url != "", _paper(t("invoice.view"), row.url, row.number)),
        rx.cond(row.pdf != "", _paper(t("invoice.pdf"), row.pdf, row.number)),
        class_name="inline-flex gap-4",
    )


def _paper(text: str, href: Any, number: Any) -> rx.Component:
    hidden = rx.el.span(" ", number, class_name="sr-only")
    return text_link(text, hidden, href=href, target="_blank", rel="noopener")


def _pause_dialog() -> rx.Component:
    lengths = {"0": t("pause.open")} | {str(n): t("pause.months", n=n) for n in _PAUSES}
    return form_dialog(
        PAUSE_DIALOG,
        t("pause.title"),
        t("pause.text"),
        choice("months", t("pause.how_long"), lengths, default_value="1"),
        done=button(t("pause.button"), type="submit"),
        on_submit=SubscriptionState.pause,
    )


def _nothing() -> rx.Component:
    return empty(
        "repeat",
        t("subscription.empty.title"),
        t("subscription.empty.text"),
        link_button(t("nav.see_plans"), href=localized(get_settings().pricing_path)),
    )


def _can(act: str) -> Any:
    return SubscriptionState.shown.can.contains(act)
