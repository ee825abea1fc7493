"""Reports: growth, revenue, failed payments and credits, each figure with its formula behind a question mark."""

from typing import Any

import reflex as rx

from nestpay.billing.reports import Step
from nestpay.web import frames
from nestpay.web.admin.filters import filter_bar
from nestpay.web.admin.frame import admin
from nestpay.web.admin.reports.state import PATH, ReportsState
from nestpay.web.components.actions import way_out
from nestpay.web.components.charts import area_chart, bar_list
from nestpay.web.components.forms import choice, field
from nestpay.web.components.icons import icon
from nestpay.web.components.surfaces import card, notice, section_title, skeleton
from nestpay.web.i18n import t
from nestpay.web.shell import page
from nestpay.web.tokens import FOCUS

_GROWTH = ("mrr", "arr", "active", "trialing", "customers", "customer_churn", "revenue_churn", "arpu", "ltv")
_REVENUE = ("paid", "refunded", "net", "tax", "payments", "refunds")
_RECOVERY = ("failed", "recovered", "lost", "waiting", "rate", "mrr_recovered")
_CREDITS = ("granted", "spent", "expired", "corrected", "left")


@page(PATH, "meta.admin_reports", frame=admin, audience="admin", load=(ReportsState.load,))
def reports() -> rx.Component:
    state = ReportsState
    return rx.el.div(
        frames.page_head(t("reports.title"), t("reports.text")),
        _filters(),
        rx.cond(state.trouble != "", notice(state.trouble, tone="bad", live=True, class_name="mb-5")),
        _section(
            "growth",
            _figures(_GROWTH, state.growth, state.growing),
            _chart(state.growth_table, state.growing, state.summary),
            _table("growth", ("part", "new", "expansion", "reactivation", "contraction", "churned", "mrr", "active")),
        ),
        _section(
            "revenue",
            _figures(_REVENUE, state.revenue, state.earning),
            _chart(state.revenue_table, state.earning, t("reports.revenue_chart")),
            _table("revenue", ("part", "payments", "paid", "refunded", "net")),
            _plans(),
        ),
        _section("recovery", _figures(_RECOVERY, state.recovery, state.earning)),
        _section(
            "credits",
            _figures(_CREDITS, state.credits, state.counting),
            _chart(state.credits_table, state.counting, t("reports.credits_chart")),
            _table("credits", ("part", "granted", "spent", "expired", "corrected")),
        ),
    )


def _filters() -> rx.Component:
    state = ReportsState
    asked = state.asked
    return filter_bar(
        field("first", t("watch.first"), default_value=asked["first"], type="date"),
        field("last", t("watch.last"), default_value=asked["last"], type="date"),
        choice(
            "step",
            t("reports.step"),
            {str(step): t(f"reports.step_{step}") for step in Step},
            default_value=asked["step"],
        ),
        choice("currency", t("reports.currency"), state.currencies, default_value=asked["currency"]),
        path=PATH,
        on_submit=state.search,
        form_key=state.form_key,
        is_narrowed=state.is_narrowed,
    )


def _file(name: str) -> rx.Component:
    address = f"/api/admin/reports/{name}.csv?" + ReportsState.query
    return way_out(icon("download"), t("reports.csv"), href=address, file=f"{name}.csv")


def _section(name: str, *content: rx.Component) -> rx.Component:
    return rx.el.section(
        section_title(t(f"reports.{name}"), t(f"reports.{name}_text"), action=_file(name)),
        *content,
        id=name,
        class_name="mt-10 grid min-w-0 gap-4",
    )


def _figures(names: tuple[str, ...], values: Any, waiting: Any) -> rx.Component:
    shown = (_figure(name, values[name], waiting) for name in names)
    return card(rx.el.dl(*shown, class_name="grid grid-cols-2 gap-x-6 gap-y-7 sm:grid-cols-3"), class_name="p-5 sm:p-6")


def _figure(name: str, value: Any, waiting: Any) -> rx.Component:
    """One number with its name and, behind a question mark, how it is reckoned."""
    return rx.el.div(
        rx.el.dt(
            t(f"figure.{name}"),
            rx.el.details(
                rx.el.summary(
                    "?",
                    class_name=f"grid size-5 cursor-pointer list-none place-items-center rounded-full border border-edge "
                    f"text-xs text-faint hover:text-ink {FOCUS}",
                    custom_attrs={"aria-label": t("reports.formula", figure=t(f"figure.{name}"))},
                ),
                rx.el.p(
                    t(f"formula.{name}"),
                    class_name="absolute left-0 top-full z-20 mt-1 w-64 rounded-card border border-line bg-surface p-3 "
                    "text-xs leading-relaxed text-muted shadow-float",
                ),
                name="formula",
            ),
            class_name="relative flex items-center gap-2 text-sm text-faint",
        ),
        rx.el.dd(
            rx.cond(waiting, skeleton("h-7 w-20"), value),
            class_name="mt-1 text-xl font-semibold tracking-tight text-ink tnum",
        ),
        custom_attrs={"data-figure": name},
    )


def _chart(drawn: Any, waiting: Any, label: Any) -> rx.Component:
    return card(
        rx.cond(
            waiting,
            skeleton("h-44 w-full"),
            rx.el.figure(
                rx.el.div(drawn.peak, class_name="mb-1 text-right text-xs text-faint tnum"),
                area_chart(drawn.chart, label),
                rx.el.figcaption(
                    rx.el.span(drawn.since),
                    rx.el.span(label, class_name="hidden text-center sm:inline"),
                    rx.el.span(drawn.until),
                    class_name="mt-2 flex justify-between gap-4 text-xs text-faint",
                ),
            ),
        ),
        class_name="p-5",
    )


def _table(name: str, columns: tuple[str, ...]) -> rx.Component:
    tables = {
        "growth": ReportsState.growth_table.lines,
        "revenue": ReportsState.revenue_table.lines,
        "credits": ReportsState.credits_table.lines,
    }
    return _lines(t(f"reports.{name}"), columns, tables[name])


def _lines(title: str, columns: tuple[str, ...], lines: Any) -> rx.Component:
    """The numbers below a chart: the first column a name, the others at the right."""
    heads = [
        rx.el.th(
            t(f"figure.{name}"),
            scope="col",
            class_name=f"px-4 py-2.5 font-medium whitespace-nowrap {'text-left' if place == 0 else 'text-right'}",
        )
        for place, name in enumerate(columns)
    ]

    def line(cells: Any) -> rx.Component:
        shown = [
            rx.el.td(
                cells[place],
                class_name=f"px-4 py-2 whitespace-nowrap {'text-left text-ink' if place == 0 else 'text-right'}",
            )
            for place in range(len(columns))
        ]
        return rx.el.tr(*shown, class_name="border-t border-line hover:bg-sunken")

    return card(
        rx.el.details(
            rx.el.summary(
                t("reports.table"),
                class_name=f"cursor-pointer rounded-card px-5 py-3 text-sm font-medium text-ink {FOCUS}",
            ),
            rx.el.div(
                rx.el.table(
                    rx.el.caption(title, class_name="sr-only"),
                    rx.el.thead(rx.el.tr(*heads), class_name="sticky top-0 bg-sunken text-xs text-faint"),
                    rx.el.tbody(rx.foreach(lines, line)),
                    class_name="w-full text-sm tnum",
                ),
                class_name="max-h-96 overflow-auto",
                tab_index=0,
                role="region",
                custom_attrs={"aria-label": title},
            ),
        ),
        class_name="min-w-0 overflow-hidden",
    )


def _plans() -> rx.Component:
    state = ReportsState
    return rx.cond(
        state.plans.length() > 0,
        rx.el.div(
            card(
                rx.el.div(
                    rx.el.h3(t("reports.sold"), class_name="text-base font-semibold"),
                    _file("plans"),
                    class_name="mb-4 flex items-center justify-between gap-4",
                ),
                bar_list(state.plan_bars),
                class_name="p-5",
            ),
            _lines(t("reports.sold"), ("plan", "payments", "paid", "refunded", "net"), state.plans),
            class_name="grid gap-4",
        ),
    )
