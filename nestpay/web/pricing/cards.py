"""How plans look: a card each, three groups behind a switch, and a table to compare."""

from collections.abc import Callable
from typing import Any

import reflex as rx

from nestpay.billing.catalog import Catalogue, PlanCard
from nestpay.web.components.actions import text_link
from nestpay.web.components.icons import icon
from nestpay.web.components.surfaces import notice
from nestpay.web.i18n import current_locale, localized, t
from nestpay.web.pricing import blocks
from nestpay.web.pricing.state import INTERVALS, Card, PricingState, cards_of, digest_of
from nestpay.web.tokens import FOCUS, TARGET

_BUTTON = f"mt-6 inline-flex w-full items-center justify-center rounded-field px-4 text-sm font-medium transition-colors {TARGET} {FOCUS} "
_LOUD = _BUTTON + "bg-accent text-on-accent hover:bg-accent-deep"
_CALM = _BUTTON + "border border-edge bg-surface text-ink hover:bg-sunken"
_MUTE = _BUTTON + "border border-line bg-sunken text-faint"


def grouped() -> rx.Component:
    """The three groups behind a switch made of radio buttons, so it works before any script has loaded.

    All three stand in every page: the stylesheet hides those without cards, so that a page need not be built again
    when the first plan of a group is sold.
    """
    return rx.el.div(
        _refresher(),
        rx.el.fieldset(
            rx.el.legend(t("pricing.interval"), class_name="sr-only"),
            *(_tab(interval, number + 1) for number, interval in enumerate(INTERVALS)),
            class_name="mx-auto flex w-fit max-w-full rounded-full border border-line bg-sunken p-1",
        ),
        *(
            rx.el.section(
                rx.el.h3(t(f"pricing.group.{interval}"), class_name="sr-only"),
                group(interval),
                class_name="switch-panel mt-10",
                custom_attrs={"data-panel": str(number + 1)},
            )
            for number, interval in enumerate(INTERVALS)
        ),
        class_name="switch",
    )


def ungrouped() -> rx.Component:
    """Every offer on one page, a group below the other."""
    return rx.el.div(
        _refresher(),
        *(
            rx.el.section(
                rx.el.div(
                    rx.el.h2(t(f"pricing.group.{interval}"), class_name="text-2xl font-semibold"),
                    rx.el.p(t(f"pricing.group.{interval}_text"), class_name="mt-1"),
                    class_name="text-center",
                ),
                group(interval),
                class_name="offers grid gap-6",
            )
            for interval in INTERVALS
        ),
        class_name="grid gap-16",
    )


def group(interval: str) -> rx.Component:
    """The cards of one interval: those in the page's HTML, until the State has the visitor's own."""
    rows = getattr(PricingState, interval).to(list[Card])
    return rx.cond(PricingState.fresh, _grid(rows), blocks.place(interval))


def _grid(cards: Any, **attributes: Any) -> rx.Component:
    return rx.el.div(
        _each(cards, plan_card),
        class_name="grid items-stretch gap-5 [grid-template-columns:repeat(auto-fit,minmax(min(100%,17.5rem),22.16rem))] justify-center",
        **attributes,
    )


def _drawn_group(interval: str) -> Callable[[Catalogue], rx.Component]:
    def draw(catalogue: Catalogue) -> rx.Component:
        locale = current_locale()
        return _grid(cards_of(catalogue, interval, locale), custom_attrs={"data-digest": digest_of(catalogue, locale)})

    return draw


def _each(rows: Any, draw: Callable[[Any], rx.Component]) -> Any:
    """Rows drawn now, or by the browser when only it will know them."""
    return rx.foreach(rows, draw) if isinstance(rows, rx.Var) else rx.fragment(*map(draw, rows))


def _pick(condition: Any, yes: Any, no: Any = None) -> Any:
    """One of two, chosen now, or by the browser when only it will know."""
    if isinstance(condition, rx.Var):
        return rx.cond(condition, yes) if no is None else rx.cond(condition, yes, no)
    return yes if condition else no


def plan_card(card: Any) -> rx.Component:
    """One offer: a `Card`, or a Var of one. The admin's live preview draws this same function."""
    return rx.el.article(
        rx.el.div(
            rx.el.h4(card.title, class_name="text-lg font-semibold"),
            _pick(
                card.highlight != "",
                rx.el.span(
                    card.highlight,
                    class_name="rounded-full bg-accent-soft px-2.5 py-1 text-xs font-semibold text-accent-ink",
                ),
            ),
            class_name="flex min-h-7 items-center justify-between gap-3",
        ),
        rx.el.p(card.description, class_name="mt-1.5 min-h-10 text-sm leading-relaxed"),
        rx.el.div(
            _pick(
                card.original_price != "",
                rx.el.s(
                    rx.el.span(t("pricing.before") + " ", class_name="sr-only"),
                    card.original_price,
                    class_name="mr-2 text-xl font-medium text-faint",
                ),
            ),
            rx.el.span(card.price, class_name="text-[2.75rem] font-semibold leading-none tracking-tight text-ink"),
            rx.el.span(card.suffix, class_name="ml-1 text-sm text-faint"),
            class_name="mt-5 flex flex-wrap items-baseline tnum",
        ),
        rx.el.p(card.note, class_name="mt-2 min-h-5 text-sm text-faint tnum"),
        _pick(
            card.available,
            rx.el.a(card.button, href=card.href, class_name=_pick(card.highlight != "", _LOUD, _CALM)),
            rx.el.span(card.button, class_name=_MUTE, custom_attrs={"aria-disabled": "true"}),
        ),
        _pick(
            card.has_row_of_ways,
            rx.el.p(
                _each(card.ways, _way),
                class_name="mt-2 text-center text-sm text-faint empty:hidden sm:min-h-6 sm:empty:block",
            ),
        ),
        rx.el.ul(_each(card.features, _feature), class_name="mt-6 grid gap-3 border-t border-line pt-6 text-sm"),
        class_name=_pick(
            card.highlight != "",
            "rise flex flex-col rounded-panel border border-accent bg-surface p-6 shadow-float outline outline-1 outline-accent sm:p-7",
            "rise flex flex-col rounded-panel border border-line bg-surface p-6 shadow-card sm:p-7",
        ),
        custom_attrs={"data-plan": card.plan_key, "data-price": card.price_id},
    )


def _way(way: Any) -> rx.Component:
    return rx.el.a(
        way.label,
        href=way.href,
        class_name=f"mx-1.5 inline-block rounded px-1 py-0.5 underline decoration-edge underline-offset-4 hover:text-ink {FOCUS}",
    )


def _feature(line: Any) -> rx.Component:
    words = _pick(
        line.href != "",
        rx.el.a(
            line.text,
            href=line.href,
            class_name=f"rounded underline decoration-edge underline-offset-4 hover:text-ink {FOCUS}",
        ),
        rx.el.span(line.text),
    )
    return rx.el.li(
        _pick(
            line.included,
            rx.el.span(
                icon("check"),
                rx.el.span(t("pricing.included"), class_name="sr-only"),
                class_name="mt-0.5 text-accent-ink",
            ),
            rx.el.span(
                icon("x"), rx.el.span(t("pricing.not_included"), class_name="sr-only"), class_name="mt-0.5 text-faint"
            ),
        ),
        words,
        class_name=_pick(
            line.included,
            _pick(line.bold, "flex gap-2.5 font-semibold text-ink", "flex gap-2.5"),
            "flex gap-2.5 text-faint",
        ),
    )


def compared() -> rx.Component:
    """The comparison in the page's HTML, until the State has a newer one."""
    return rx.cond(PricingState.table != "", rx.html(PricingState.table), blocks.place("comparison"))


@blocks.draws("comparison")
def comparison(catalogue: Catalogue) -> rx.Component:
    """The subscriptions side by side, line by line."""
    plans = [plan for plan in catalogue.cards if plan.group == "plans"]
    depth = max((len(plan.features) for plan in plans), default=0)
    return rx.el.div(
        rx.el.table(
            rx.el.caption(t("compare.caption"), class_name="sr-only"),
            rx.el.thead(
                rx.el.tr(
                    rx.el.td(class_name="p-4"),
                    *(
                        rx.el.th(plan.title, scope="col", class_name="p-4 text-left text-base font-semibold text-ink")
                        for plan in plans
                    ),
                ),
            ),
            rx.el.tbody(
                *(_price_line(plans, interval) for interval in ("month", "year")),
                *(_feature_line(plans, line, depth) for line in range(depth)),
            ),
            class_name="w-full min-w-[40rem] text-sm tnum",
        ),
        class_name="relative overflow-x-auto rounded-card border border-line bg-surface",
        tab_index=0,
        role="region",
        custom_attrs={"aria-label": t("compare.caption")},
    )


def _compare_line(name: str, cells: list[Any]) -> rx.Component:
    return rx.el.tr(
        rx.el.th(name, scope="row", class_name="p-4 text-left font-normal text-muted"),
        *(rx.el.td(cell, class_name="p-4 text-ink") for cell in cells),
        class_name="border-t border-line",
    )


def _price_line(plans: list[PlanCard], interval: str) -> rx.Component:
    prices = [next((offer.display_price for offer in plan.offers if offer.interval == interval), "–") for plan in plans]
    return _compare_line(t(f"compare.price.{interval}"), list(prices))


def _feature_line(plans: list[PlanCard], line: int, depth: int) -> rx.Component:
    # The lines of the cards have no names of their own: one name stands for all of them.
    name = rx.el.th(
        t("compare.features"),
        scope="rowgroup",
        row_span=depth,
        class_name="p-4 text-left align-top font-normal text-muted",
    )
    return rx.el.tr(
        name if line == 0 else None,
        *(rx.el.td(_cell(plan, line), class_name="p-4 text-ink") for plan in plans),
        class_name="border-t border-line",
    )


def _cell(plan: PlanCard, line: int) -> rx.Component | str:
    if line >= len(plan.features):
        return "–"
    feature = plan.features[line]
    mark, word = ("check", "pricing.included") if feature.included else ("x", "pricing.not_included")
    return rx.el.span(
        icon(mark, f"size-4 {'text-accent-ink' if feature.included else 'text-faint'}"),
        rx.el.span(t(word) + " ", class_name="sr-only"),
        rx.el.span(feature.text, class_name="" if feature.included else "text-faint"),
        class_name="flex items-center gap-2",
    )


def small_print() -> rx.Component:
    """What one should know before paying, with the pages that say it in full."""
    return rx.el.p(
        t("pricing.small_print") + " ",
        text_link(t("nav.terms"), href=localized("/terms")),
        " · ",
        text_link(t("nav.refunds"), href=localized("/refund-policy")),
        class_name="mt-8 text-center text-sm text-faint",
    )


def canceled_notice() -> rx.Component:
    """For those who come back from the payment page without paying."""
    return rx.cond(
        PricingState.canceled,
        rx.el.div(notice(t("pricing.canceled"), live=True), class_name="mx-auto mb-8 max-w-xl"),
    )


def _tab(interval: str, number: int) -> rx.Component:
    return rx.el.label(
        rx.el.input(
            type="radio",
            name="interval",
            value=interval,
            default_checked=number == 1,
            class_name="sr-only",
            custom_attrs={"data-tab": str(number)},
        ),
        t(f"pricing.tab.{interval}"),
        class_name="tab flex min-h-10 cursor-pointer items-center rounded-full px-4 text-sm font-medium transition-colors sm:px-5",
    )


def _refresher() -> rx.Component:
    """Tells the State which cards the page shows."""
    shown = rx.Var("document.querySelector('[data-digest]')?.dataset.digest ?? ''").to(str)
    return rx.el.span(on_mount=PricingState.refresh(shown), hidden=True)


for _interval in INTERVALS:
    blocks.draws(_interval)(_drawn_group(_interval))
