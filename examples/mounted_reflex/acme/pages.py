"""Acme's own pages, drawn with Radix: its notes, whose summaries cost credits, and its way in."""

import asyncio
from typing import Any

import reflex as rx

from nestpay import extend
from nestpay.billing import credits


@extend.meter(credits=3, key="request")
def summary_of(text: str, request: str) -> str:
    """The first words of a text, for three credits; a language model would stand here."""
    return " ".join(text.split()[:6]) + " …"


class Notes(rx.State):
    name: str = ""
    credits: int = 0
    summary: str = ""
    _number: int = 0

    @rx.event
    async def load(self):
        """Say who is there, and how many credits they have."""
        user = await extend.visitor(self)
        self.name = user.name if user else ""
        if user:
            self.credits = (await asyncio.to_thread(credits.get_user_benefits, user.id)).total_available_credits

    @rx.event
    async def summarise(self, form: dict[str, Any]):
        """Sell a summary to whoever is there."""
        user = await extend.visitor(self)
        if user is None:
            return rx.redirect("/login?next=/")
        self._number += 1
        request = f"{self.router.session.client_token}-{self._number}"
        with extend.acting_as(user):
            self.summary = await asyncio.to_thread(summary_of, str(form.get("text", "")), request)
        return Notes.load


def layout(*content: rx.Component) -> rx.Component:
    """What is around all of Acme's pages, and around nestpay's public ones."""
    return rx.box(
        rx.hstack(
            rx.link(rx.heading("Acme Notes", size="4", white_space="nowrap"), href="/", underline="none"),
            rx.spacer(),
            rx.link("Pricing", href="/pricing"),
            rx.link("Billing", href="/dashboard"),
            rx.color_mode.button(size="2"),
            align="center",
            spacing="4",
            padding="1rem 1.5rem",
            border_bottom="1px solid var(--gray-5)",
        ),
        *content,
    )


def index() -> rx.Component:
    known = rx.vstack(
        rx.heading("Hello, ", Notes.name, size="7"),
        rx.text("You have ", rx.text.strong(Notes.credits, id="acme-credits"), " credits."),
        rx.form(
            rx.vstack(
                rx.text_area(name="text", placeholder="A long note", width="100%", rows="5"),
                rx.button("Summarise for 3 credits"),
            ),
            on_submit=Notes.summarise,
            width="100%",
        ),
        rx.cond(Notes.summary != "", rx.callout(Notes.summary, id="acme-summary")),
        spacing="4",
    )
    stranger = rx.vstack(
        rx.heading("Notes that shorten themselves", size="8"),
        rx.text("Acme was here before, with pages, people and a look of its own.", size="4"),
        rx.link(rx.button("Sign in", size="3"), href="/login"),
        spacing="4",
    )
    return layout(rx.container(rx.cond(Notes.name != "", known, stranger), size="2", padding_y="4rem"))


def login() -> rx.Component:
    wanted = rx.State.router.url.query_parameters.get("next", "/")
    return layout(
        rx.center(
            rx.card(
                rx.el.form(
                    rx.vstack(
                        rx.heading("Sign in to Acme", size="5"),
                        rx.text("Try ada@acme.example with the password acme-demo.", size="2", color_scheme="gray"),
                        _field("email", "E-mail"),
                        _field("password", "Password"),
                        rx.el.input(name="wanted", type="hidden", value=wanted, read_only=True),
                        rx.button("Sign in", width="100%"),
                        spacing="4",
                    ),
                    id="sign-in",
                    action="/session",
                    method="post",
                    # A form of Reflex's never posts by itself; this one must, for only an answer can set the cookie.
                    on_submit=rx.call_script("document.getElementById('sign-in').submit()"),
                ),
                width="22rem",
            ),
            padding_y="4rem",
        )
    )


def _field(name: str, label: str) -> rx.Component:
    return rx.input(name=name, type=name, placeholder=label, width="100%", custom_attrs={"aria-label": label})
