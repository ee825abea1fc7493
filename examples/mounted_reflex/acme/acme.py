"""Acme's app as it always was; what follows the line mounts nestpay into it."""

from collections.abc import Mapping

import reflex as rx

from acme import doors, pages, users

app = rx.App(api_transformer=doors.routes)
app.add_page(pages.index, route="/", title="Acme Notes", on_load=pages.Notes.load)
app.add_page(pages.login, route="/login", title="Sign in · Acme Notes")

# ---------------------------------------------------------------------------------------------------------------------

from nestpay.mount import Person, into_reflex  # noqa: E402


class AcmeUsers:
    def person_of(self, cookies: Mapping[str, str]) -> Person | None:
        user = users.by_cookie(cookies.get(users.COOKIE, ""))
        return Person(user.id, user.email, user.name, is_admin=user.is_boss) if user else None


doors_of_acme = {"/sign-in": "/login", "/sign-out": "/logout"}
into_reflex(app, users=AcmeUsers(), instead=doors_of_acme, name="Acme Notes", frame=pages.layout)
