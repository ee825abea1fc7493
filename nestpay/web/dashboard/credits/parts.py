"""What both credit pages share: the way between them, and the balances of now."""

import reflex as rx

from nestpay.web.components.surfaces import notice, stat
from nestpay.web.dashboard.credits.state import CreditsState
from nestpay.web.i18n import localized, t
from nestpay.web.shell import here
from nestpay.web.tokens import FOCUS

_TABS = (("/dashboard/credit-history", "history.tab"), ("/dashboard/credits", "lots.tab"))


def tabs() -> rx.Component:
    """The two views of the credits."""
    return rx.el.nav(
        *(_tab(path, t(key)) for path, key in _TABS),
        class_name="mb-6 inline-flex gap-1 rounded-field border border-line bg-sunken p-1",
        custom_attrs={"aria-label": t("nav.credits")},
    )


def _tab(path: str, text: str) -> rx.Component:
    is_here = path == here()
    look = "bg-raised text-ink shadow-card" if is_here else "hover:text-ink"
    return rx.el.a(
        text,
        href=localized(path),
        class_name=f"rounded-[0.5rem] px-3.5 py-1.5 text-sm font-medium {look} {FOCUS}",
        custom_attrs={"aria-current": "page"} if is_here else {},
    )


def balances() -> rx.Component:
    """All credits, those of the plan and those that stay; and what is owed."""
    state = CreditsState
    owed = rx.cond(state.owed != "", notice(state.owed, tone="warn", class_name="mb-6"))
    sums = rx.el.div(
        stat(
            t("history.total"),
            state.total,
            state.set_aside,
            loading=state.loading,
            class_name="col-span-2 sm:col-span-1",
        ),
        stat(
            t("history.subscription"),
            state.subscription_credits,
            rx.cond(state.next_credits != "", state.next_credits, t("history.subscription_note")),
            loading=state.loading,
        ),
        stat(t("history.one_time"), state.one_time_credits, t("history.one_time_note"), loading=state.loading),
        class_name="mb-6 grid grid-cols-2 gap-4 sm:grid-cols-3",
    )
    return rx.fragment(owed, sums)
