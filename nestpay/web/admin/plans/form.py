"""The editor's form: what the card says, what it costs, and what stands on it."""

from typing import Any

import reflex as rx

from nestpay.web.admin.plans.editor_state import PlanEditor
from nestpay.web.admin.plans.fields import FORM, area, complaint, line, optional, part, pick, tick
from nestpay.web.components.actions import button, icon_button
from nestpay.web.components.forms import FIELD
from nestpay.web.components.icons import icon
from nestpay.web.components.surfaces import badge, notice
from nestpay.web.i18n import t
from nestpay.web.tokens import FOCUS

TWO = "grid gap-5 sm:grid-cols-2"
COUPONS = "coupon-list"


def card_part() -> rx.Component:
    """The card's own words, and where the plan is sold."""
    words = PlanEditor.words
    return part(
        t("plan.part.card"),
        t("plan.part.card_text"),
        rx.el.div(
            line("title", t("plan.field.title"), default_value=words["title"]),
            line(
                "key",
                t("plan.field.key"),
                default_value=words["key"],
                disabled=PlanEditor.is_fixed,
                hint=t("plan.hint.key"),
                spell_check=False,
            ),
            class_name=TWO,
        ),
        area("description", t("plan.field.description"), default_value=words["description"], rows=2),
        _shelf(),
        rx.el.div(
            tick("active", t("plan.field.active"), checked=PlanEditor.active),
            tick("highlighted", t("plan.field.highlighted"), checked=PlanEditor.highlighted),
            class_name="flex flex-wrap gap-x-8 gap-y-1",
        ),
        _words_to_act(),
        rx.cond(PlanEditor.is_fixed, rx.el.p(t("plan.hint.fixed"), class_name="text-xs text-faint")),
    )


def _shelf() -> rx.Component:
    """Where the plan stands: environment, group, place, and how long it may be tried."""
    words = PlanEditor.words
    return rx.el.div(
        pick(
            "environment",
            t("plan.field.environment"),
            {"test": t("plan.environment.test"), "live": t("plan.environment.live")},
            default_value=words["environment"],
            disabled=PlanEditor.is_fixed,
            hint=t("plan.hint.environment"),
        ),
        line(
            "group",
            t("plan.field.group"),
            default_value=words["group"],
            hint=t("plan.hint.group"),
            list="plan-groups",
            spell_check=False,
        ),
        line("order", t("plan.field.order"), default_value=words["order"], input_mode="numeric"),
        line("trial_days", t("plan.field.trial_days"), default_value=words["trial_days"], input_mode="numeric"),
        rx.el.datalist(*(rx.el.option(value=value) for value in ("plan", "credits")), id="plan-groups"),
        class_name=TWO,
    )


def _words_to_act() -> rx.Component:
    """What draws the eye and the hand: highlight and button."""
    words = PlanEditor.words

    def typed(name: str, **props: Any) -> rx.Component:
        hint = optional(t(f"plan.hint.{name}"))
        return line(name, t(f"plan.field.{name}"), default_value=words[name], hint=hint, **props)

    return rx.fragment(
        rx.el.div(typed("highlight_text"), typed("button_text"), class_name=TWO),
        typed("button_link", spell_check=False),
    )


def prices_part() -> rx.Component:
    """Every way to pay."""
    return part(
        t("plan.part.prices"),
        t("plan.part.prices_text"),
        complaint("prices"),
        rx.cond(
            PlanEditor.unmade,
            notice(
                rx.el.div(
                    rx.el.span(t("plan.make.text")),
                    button(
                        t("plan.make"),
                        kind="secondary",
                        busy=PlanEditor.making,
                        on_click=PlanEditor.make_at_provider,
                        id="make-at-provider",
                    ),
                    class_name="flex flex-wrap items-center justify-between gap-3",
                ),
                tone="warn",
            ),
        ),
        rx.foreach(PlanEditor.prices, _price),
        rx.cond(
            PlanEditor.coupons_trouble != "",
            rx.el.p(t("plan.coupons_trouble"), " ", PlanEditor.coupons_trouble, class_name="text-xs text-faint"),
        ),
        rx.el.datalist(
            rx.foreach(
                PlanEditor.coupons,
                lambda coupon: rx.el.option(coupon.text, value=coupon.coupon_id, key=coupon.coupon_id),
            ),
            id=COUPONS,
        ),
        rx.el.div(
            button(icon("plus"), t("plan.add_price"), kind="secondary", on_click=PlanEditor.add_price(FORM)),
        ),
        rx.cond(PlanEditor.past.length() > 0, _past()),
    )


def _past() -> rx.Component:
    def one(price: Any) -> rx.Component:
        return rx.el.li(
            rx.el.div(
                rx.el.span(price.price, class_name="font-medium text-ink tnum"),
                rx.el.code(price.provider_id, class_name="block font-mono text-xs break-all text-faint"),
                class_name="min-w-0",
            ),
            rx.cond(price.holders != "", badge(price.holders, tone="accent")),
            class_name="flex items-center justify-between gap-4 py-2.5 text-sm",
            key=price.uid,
        )

    return rx.el.details(
        rx.el.summary(
            icon("archive"),
            t("plan.past"),
            class_name=f"inline-flex cursor-pointer items-center gap-2 rounded text-sm font-medium {FOCUS}",
        ),
        rx.el.p(t("plan.past_text"), class_name="mt-2 text-sm"),
        rx.el.ul(rx.foreach(PlanEditor.past, one), class_name="mt-2 divide-y divide-line"),
        id="past-prices",
        class_name="border-t border-line pt-4",
    )


def _price(price: Any) -> rx.Component:
    def typed(name: str, label: Any, **props: Any) -> rx.Component:
        return line(price.at + name, label, at=price.place + name, default_value=price.words[name], **props)

    return rx.el.fieldset(
        rx.el.legend(t("plan.price"), class_name="sr-only"),
        rx.el.div(
            _choice(price, "provider", {"stripe": "Stripe", "creem": "Creem", "none": t("plan.provider.none")}),
            _choice(price, "type", {"recurring": t("plan.type.recurring"), "one_time": t("plan.type.one_time")}),
            _choice(price, "interval", {each: t(f"plan.interval.{each}") for each in ("month", "year", "once")}),
            typed("interval_count", t("plan.field.interval_count"), input_mode="numeric"),
            class_name="grid grid-cols-2 gap-4",
        ),
        rx.el.div(
            typed("amount", t("plan.field.amount"), input_mode="decimal", placeholder="19.90"),
            typed("currency", t("plan.field.currency"), max_length=3, placeholder="usd", spell_check=False),
            typed("display", t("plan.field.display"), placeholder="$19"),
            typed("original", t("plan.field.original"), placeholder="29"),
            typed("suffix", t("plan.field.suffix"), placeholder=t("plan.hint.suffix")),
            _coupon(price, typed),
            class_name="grid grid-cols-2 gap-4 lg:grid-cols-3",
        ),
        tick(price.at + "allow_codes", t("plan.field.allow_codes"), checked=price.allow_codes),
        rx.cond(~price.is_free, _at_the_provider(price, typed)),
        rx.el.div(
            button(
                t("plan.remove_price"),
                kind="ghost",
                on_click=PlanEditor.remove_price(FORM, price.uid),
                class_name="!px-3 !text-bad-ink",
            ),
            class_name="flex justify-end",
        ),
        class_name="grid gap-4 rounded-card border border-line bg-sunken p-4",
        custom_attrs={"data-price-form": price.words["interval"]},
        key=price.uid,
    )


def _choice(price: Any, name: str, options: dict[str, str]) -> rx.Component:
    label = t(f"plan.field.{name}")
    return pick(price.at + name, label, options, at=price.place + name, default_value=price.words[name])


def _coupon(price: Any, typed: Any) -> rx.Component:
    label = rx.cond(price.is_creem, t("plan.field.discount_code"), t("plan.field.coupon"))
    return typed("coupon", label, list=COUPONS, spell_check=False)


def _at_the_provider(price: Any, typed: Any) -> rx.Component:
    """The ids under which the provider knows the price; Creem has products only, each with its one price."""
    return rx.el.div(
        typed(
            "price_id",
            rx.cond(price.is_creem, t("plan.field.creem_product"), t("plan.field.price_id")),
            placeholder=rx.cond(price.is_creem, "prod_…", "price_…"),
            spell_check=False,
        ),
        rx.cond(
            ~price.is_creem,
            typed("product_id", t("plan.field.product_id"), placeholder="prod_…", spell_check=False),
        ),
        rx.el.div(
            rx.cond(price.is_known, badge(t("plan.known"), tone="good")),
            button(
                t("plan.check"),
                kind="secondary",
                busy=PlanEditor.checking == price.uid,
                on_click=PlanEditor.check_price(FORM, price.uid),
            ),
            class_name="flex flex-wrap items-center gap-3 sm:col-span-2",
        ),
        class_name=TWO + " border-t border-line pt-4",
    )


def features_part() -> rx.Component:
    """The lines of the card."""
    return part(
        t("plan.part.features"),
        t("plan.part.features_text"),
        complaint("features"),
        rx.el.ol(rx.foreach(PlanEditor.features, _feature), class_name="grid gap-3", id="features"),
        rx.el.div(
            button(
                icon("plus"),
                t("plan.add_feature"),
                kind="secondary",
                on_click=PlanEditor.add_feature(FORM),
                id="add-feature",
            ),
        ),
    )


def _feature(feature: Any) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            _bare(feature, "text", t("plan.feature.text")),
            _bare(feature, "href", t("plan.feature.link")),
            class_name="grid gap-2 sm:grid-cols-[3fr_2fr]",
        ),
        rx.el.div(
            tick(feature.at + "included", t("plan.feature.included"), checked=feature.included),
            tick(feature.at + "bold", t("plan.feature.bold"), checked=feature.bold),
            rx.el.div(
                _mover("arrow-up", t("plan.feature.up"), feature, -1, feature.is_first),
                _mover("arrow-down", t("plan.feature.down"), feature, 1, feature.is_last),
                icon_button(
                    "x",
                    t("plan.feature.remove"),
                    on_click=PlanEditor.remove_feature(FORM, feature.uid),
                    class_name="!size-9",
                ),
                class_name="ml-auto flex",
            ),
            class_name="flex flex-wrap items-center gap-x-5",
        ),
        class_name="grid gap-1 rounded-card border border-line bg-sunken px-3 pb-1 pt-3",
        key=feature.uid,
    )


def _bare(feature: Any, name: str, label: str) -> rx.Component:
    """A field of a row, whose name stands in it instead of above it."""
    value = feature.text if name == "text" else feature.href
    return rx.el.div(
        rx.el.input(
            id=feature.at + name,
            name=feature.at + name,
            default_value=value,
            placeholder=label,
            auto_complete="off",
            class_name=FIELD,
            custom_attrs={"aria-label": label},
        ),
        complaint(feature.place + name),
    )


def _mover(name: str, label: str, feature: Any, step: int, is_at_the_end: Any) -> rx.Component:
    return icon_button(
        name,
        label,
        on_click=PlanEditor.move_feature(FORM, feature.uid, step),
        disabled=is_at_the_end,
        class_name="!size-9 disabled:opacity-30",
    )
