"""The public pages of what is sold beside plans: three lists, and one thing opened, with the offer where it is closed."""

from collections.abc import Sequence
from typing import Any

import reflex as rx

from nestpay.billing import content
from nestpay.billing.content import Kind
from nestpay.web import frames
from nestpay.web.components.actions import link_button, text_link
from nestpay.web.components.icons import icon
from nestpay.web.components.surfaces import badge, card, empty, skeleton
from nestpay.web.i18n import current_locale, localized, t
from nestpay.web.library.state import ArticleList, OpenedState, ProductList, SpaceList, TeaserLine, teaser_line
from nestpay.web.shell import page
from nestpay.web.tokens import FOCUS

Lister = type[ArticleList] | type[SpaceList] | type[ProductList]


@page("/articles", "meta.articles", frame=frames.public, load=(ArticleList.load,), live=ArticleList.load)
def articles() -> rx.Component:
    return _list_page("article", ArticleList)


@page("/spaces", "meta.spaces", frame=frames.public, load=(SpaceList.load,), live=SpaceList.load)
def spaces() -> rx.Component:
    return _list_page("space", SpaceList)


@page("/products", "meta.products", frame=frames.public, load=(ProductList.load,), live=ProductList.load)
def products() -> rx.Component:
    return _list_page("product", ProductList)


@page(
    "/article",
    "meta.article",
    frame=frames.public,
    load=(OpenedState.load_article,),
    live=OpenedState.load_article,
    listed=False,
)
def article() -> rx.Component:
    return _opened("/articles", t("library.all.articles"))


@page(
    "/space",
    "meta.space",
    frame=frames.public,
    load=(OpenedState.load_space,),
    live=OpenedState.load_space,
    listed=False,
)
def space() -> rx.Component:
    return _opened("/spaces", t("library.all.spaces"), _articles_inside())


@page(
    "/product",
    "meta.product",
    frame=frames.public,
    load=(OpenedState.load_product,),
    live=OpenedState.load_product,
    listed=False,
)
def product() -> rx.Component:
    to_purchases = link_button(t("library.to_purchases"), href=localized("/dashboard/purchases"), class_name="mt-8")
    return _opened("/products", t("library.all.products"), rx.cond(OpenedState.is_open, to_purchases))


def _list_page(kind: Kind, state: Lister) -> rx.Component:
    """The list as it was when the pages were built, in the HTML, until the visitor's own has come."""
    baked = [teaser_line(each, current_locale()) for each in content.listed(kind, None, current_locale())]
    nothing = card(empty("list", t("library.empty.title"), t("library.empty.text")))
    return rx.el.div(
        rx.el.h1(t(f"library.{kind}.title"), class_name="text-4xl font-semibold"),
        rx.el.p(t(f"library.{kind}.text"), class_name="mt-3 max-w-prose text-lg leading-relaxed"),
        rx.el.nav(
            *(
                text_link(t(f"library.all.{other}s"), href=localized(f"/{other}s"))
                for other in ("article", "space", "product")
                if other != kind
            ),
            class_name="mt-4 flex gap-5 text-sm",
            custom_attrs={"aria-label": t("library.other")},
        ),
        rx.el.div(
            rx.cond(
                state.loaded,
                rx.cond(state.rows.length() > 0, _grid(state.rows), nothing),
                _grid(baked) if baked else nothing,
            ),
            class_name="mt-10",
        ),
        class_name="mx-auto w-full max-w-page px-4 py-16 sm:px-6",
    )


def _grid(rows: rx.Var[list[TeaserLine]] | Sequence[TeaserLine]) -> rx.Component:
    lines = rx.foreach(rows, _teaser) if isinstance(rows, rx.Var) else rx.fragment(*(_teaser(row) for row in rows))
    return rx.el.ul(lines, class_name="grid gap-5 sm:grid-cols-2 lg:grid-cols-3")


def _teaser(row: Any) -> rx.Component:
    return rx.el.li(
        rx.el.a(
            rx.el.div(
                rx.el.h2(row.title, class_name="text-lg font-semibold text-ink"),
                rx.html(row.preview, class_name="written written-short mt-2 text-sm leading-relaxed"),
            ),
            rx.el.div(
                badge(row.word, tone=row.tone),
                icon("arrow-right", "size-4 text-faint"),
                class_name="mt-6 flex items-center justify-between",
            ),
            href=row.href,
            class_name=f"flex h-full flex-col justify-between rounded-card border border-line bg-surface p-6 "
            f"shadow-card transition-colors hover:border-edge {FOCUS}",
            custom_attrs={"data-slug": row.slug},
        ),
    )


def _opened(back: str, back_text: str, *below: rx.Component) -> rx.Component:
    state = OpenedState
    return rx.el.article(
        frames.back_link(back, back_text),
        rx.cond(
            state.loading,
            rx.el.div(
                skeleton("h-10 w-2/3"),
                skeleton("mt-6 h-5 w-full"),
                skeleton("mt-3 h-5 w-5/6"),
                custom_attrs={"aria-busy": "true"},
            ),
            rx.cond(
                state.missing,
                card(empty("search", t("library.missing.title"), t("library.missing.text"))),
                rx.el.div(_text(), _ways(), *below),
            ),
        ),
        class_name="mx-auto w-full max-w-prose px-4 py-14 sm:px-6",
        custom_attrs={"data-open": rx.cond(state.is_open, "yes", "no")},
    )


def _text() -> rx.Component:
    state = OpenedState
    return rx.fragment(
        rx.cond(
            state.space_title != "",
            rx.el.div(text_link(state.space_title, href=state.space_href), class_name="mb-2 text-sm"),
        ),
        rx.el.h1(state.title, class_name="text-4xl font-semibold leading-tight"),
        rx.cond(state.note != "", rx.el.p(state.note, class_name="mt-3 text-sm text-faint")),
        rx.html(state.preview, class_name="written mt-8"),
        rx.cond(state.body != "", rx.html(state.body, class_name="written mt-4", id="body")),
    )


def _ways() -> rx.Component:
    """What opens it, below the preview that fades out."""
    return rx.cond(
        ~OpenedState.is_open,
        rx.el.section(
            card(
                rx.el.div(
                    icon("lock", "size-5"),
                    class_name="grid size-11 place-items-center rounded-card bg-accent-soft text-accent-ink",
                ),
                rx.el.h2(t("library.closed.title"), class_name="mt-4 text-xl font-semibold"),
                rx.el.p(t("library.closed.text"), class_name="mt-1 text-sm"),
                rx.el.ul(rx.foreach(OpenedState.ways, _way), class_name="mt-6 grid gap-3"),
                class_name="!rounded-panel p-7 !shadow-float",
            ),
            class_name="mt-10",
            id="ways",
        ),
    )


def _way(way: Any) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.div(way.title, class_name="font-medium text-ink"),
            rx.cond(way.price != "", rx.el.div(way.price, class_name="text-sm text-faint tnum")),
            class_name="min-w-0",
        ),
        rx.cond(
            way.is_first,
            link_button(way.button, href=way.href),
            link_button(way.button, href=way.href, kind="secondary"),
        ),
        class_name="flex flex-wrap items-center justify-between gap-3 rounded-card bg-sunken px-4 py-3",
    )


def _articles_inside() -> rx.Component:
    return rx.cond(
        OpenedState.articles.length() > 0,
        rx.el.section(
            rx.el.h2(t("library.inside"), class_name="mb-5 mt-12 text-xl font-semibold"),
            rx.el.ul(rx.foreach(OpenedState.articles, _teaser), class_name="grid gap-4"),
        ),
    )
