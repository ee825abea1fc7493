"""The page of the lab: for holders of Pro or Business, with a form that asks and pays in credits."""

import asyncio
import uuid

import reflex as rx

from lab import answer
from nestpay import extend
from nestpay.domain.errors import NestpayError
from nestpay.web.components.actions import button
from nestpay.web.components.forms import field
from nestpay.web.components.surfaces import card
from nestpay.web.session import locale_in, sentence

pro = extend.requires(plan=("pro", "business"))


class Lab(rx.State):
    reply: str = ""

    @rx.event
    @pro
    async def ask(self, form: dict[str, str]):
        """Answer the question for three credits, or say in plain words why not."""
        try:
            self.reply = await asyncio.to_thread(answer, form.get("question", ""), uuid.uuid4().hex)
        except ValueError as trouble:
            self.reply = str(trouble)
        except NestpayError as refusal:
            self.reply = sentence(locale_in(self), refusal)


@extend.page("/lab", "The lab", menu="Lab", requires=pro)
def lab() -> rx.Component:
    return card(
        rx.el.form(
            field("question", "Your question", hint="An answer costs 3 credits."),
            button("Ask", type="submit"),
            rx.el.p(Lab.reply, class_name="text-sm", custom_attrs={"aria-live": "polite"}),
            on_submit=Lab.ask,
            class_name="grid max-w-form gap-5",
        ),
        class_name="p-6",
    )


@extend.slot("overview.below")
def invitation() -> rx.Component:
    return card(rx.el.a("New: ask the lab", href="/lab", class_name="font-medium text-accent-ink"), class_name="p-5")
