"""The list of what is written, the deliveries, and the editor of one piece."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import reflex as rx

from nestpay.billing import content_desk, deliveries, downloads
from nestpay.billing.content import EVERYONE, Kind, Words
from nestpay.billing.content_desk import INTERVALS, OTHER_LOCALES, Draft, Shelved
from nestpay.billing.deliveries import DeskRow
from nestpay.domain.errors import NotFound
from nestpay.web.admin.places import CONTENT, ORDER, place
from nestpay.web.dashboard.acts import attempt, done
from nestpay.web.i18n import DEFAULT, LANGUAGES, localized, t_in
from nestpay.web.i18n.moments import moment
from nestpay.web.session import locale_in, me, requires, sentence

WORDS = ("title", "preview", "body")
"""What a piece says in each language; the fields of another one are called `title_fr` and so on."""
DELIVERY_TONES = {"pending": "plain", "done": "good", "failed": "bad", "revoking": "warn", "revoked": "plain"}


@dataclass(frozen=True)
class ContentLine:
    id: str
    kind: str
    title: str
    slug: str
    href: str
    state: str
    tone: str
    price: str
    edited: str


@dataclass(frozen=True)
class DeliveryLine:
    id: str
    name: str
    email: str
    order_href: str
    state: str
    tone: str
    error: str
    at: str
    may_retry: bool


@dataclass(frozen=True)
class Form:
    """The editor's fields as they begin. Lists are written with commas."""

    kind: str = "article"
    id: str = ""
    version: int = 0
    slug: str = ""
    title: str = ""
    preview: str = ""
    body: str = ""
    everyone: bool = False
    opens_to: str = ""
    entitlements: str = ""
    published: bool = False
    space_id: str = ""
    file: str = ""
    once: str = ""
    month: str = ""
    year: str = ""


@dataclass(frozen=True)
class Tick:
    name: str
    is_on: bool


def content_line(each: Shelved, locale: str) -> ContentLine:
    """A line of the list in the admin's language."""
    word = "published" if each.published else "draft"
    return ContentLine(
        each.id,
        t_in(locale, f"purchases.kind.{each.kind}"),
        each.title,
        each.slug,
        f"{place(CONTENT, each.id, locale)}&kind={each.kind}",
        t_in(locale, f"content.{word}"),
        "good" if each.published else "plain",
        " · ".join(each.price_texts) or "–",
        moment(each.updated_at, locale),
    )


def delivery_line(each: DeskRow, locale: str) -> DeliveryLine:
    """A delivery in the admin's language."""
    return DeliveryLine(
        each.id,
        each.name,
        each.email,
        place(ORDER, each.order_id, locale),
        t_in(locale, f"content.delivery.{each.state}"),
        DELIVERY_TONES[each.state],
        each.error,
        moment(each.created_at, locale),
        each.state == "failed",
    )


class ContentDesk(rx.State):
    loading: bool = True
    rows: list[ContentLine] = []
    deliveries: list[DeliveryLine] = []

    @rx.event
    @requires("admin")
    async def load(self):
        """Read everything that is written, and the newest deliveries."""
        await self._show()

    @rx.event
    @requires("admin")
    async def retry(self, delivery_id: str):
        """Let a delivery that was given up be tried again."""
        locale, ip = locale_in(self), self.router.session.client_ip
        _, trouble = await attempt(partial(deliveries.retry, delivery_id, by=me().id, ip=ip), locale)
        await self._show()
        return trouble or done(locale, "content.retried")

    async def _show(self) -> None:
        locale = locale_in(self)
        found = await asyncio.to_thread(content_desk.shelf, locale)
        handed = await asyncio.to_thread(deliveries.desk)
        self.rows = [content_line(each, locale) for each in found]
        self.deliveries = [delivery_line(each, locale) for each in handed]
        self.loading = False


class ContentEditor(rx.State):
    """One piece being written. The form's fields keep what is typed; a new `form_key` makes them anew.

    All languages stand in the form at once; `spoken` is the one whose fields are seen.
    """

    loading: bool = True
    missing: bool = False
    busy: bool = False
    error: str = ""
    form_key: int = 0
    shown: Form = Form()
    words: dict[str, str] = {}
    spoken: str = DEFAULT
    seen: str = ""
    ticks: list[Tick] = []
    spaces: dict[str, str] = {}
    files: dict[str, str] = {}
    page_href: str = ""

    @rx.event
    @requires("admin")
    async def load(self):
        """Open what the address names, or an empty sheet of its kind."""
        query = self.router.url.query_parameters
        self.loading, self.missing, self.error, self.spoken = False, False, "", DEFAULT
        kind = _kind(query.get("kind", ""))
        try:
            given = query.get("id", "")
            draft = await asyncio.to_thread(content_desk.load, kind, given) if given else Draft(kind)
        except NotFound:
            self.missing = True
            return
        await self._show(draft)

    @rx.event
    @requires("admin")
    async def see(self, text: str):
        """Show the text as readers will see it."""
        self.seen = await asyncio.to_thread(content_desk.picture, text)

    @rx.event
    @requires("admin")
    async def speak(self, locale: str, text: str):
        """Turn to another language, and show its text as readers will see it."""
        self.spoken = locale if locale in LANGUAGES else DEFAULT
        self.seen = await asyncio.to_thread(content_desk.picture, text)

    @rx.event
    @requires("admin")
    async def look_for_files(self):
        """Let a file be chosen that came meanwhile."""
        self.files = await self._known_files()

    @rx.event
    @requires("admin")
    async def save(self, form: dict[str, Any]):
        """Store what the form holds."""
        locale, by, ip = locale_in(self), me().id, self.router.session.client_ip
        self.busy, self.error = True, ""
        yield
        typed = draft_of(form, Draft(_kind(self.shown.kind), self.shown.id, self.shown.version))
        saved, trouble = await attempt(partial(content_desk.save, typed, by=by, ip=ip), locale)
        self.busy = False
        if saved is None:
            yield trouble
            return
        is_new = not self.shown.id
        await self._show(saved[0])
        yield rx.toast.error(sentence(locale, saved[1])) if saved[1] else done(locale, "content.saved")
        if is_new:
            yield rx.redirect(f"{place(CONTENT, saved[0].id, locale)}&kind={saved[0].kind}", replace=True)

    async def _show(self, draft: Draft) -> None:
        locale = locale_in(self)
        self.spaces = {"": t_in(locale, "content.none")} | await asyncio.to_thread(content_desk.spaces)
        self.files = await self._known_files()
        self.ticks = [Tick(name, name in draft.deliveries) for name in deliveries.names()]
        said = draft.translations.get(self.spoken, Words())
        self.seen = await asyncio.to_thread(content_desk.picture, said.body or draft.body)
        self.shown, self.words = form_of(draft), words_of(draft)
        self.form_key += 1
        self.page_href = f"{localized(f'/{draft.kind}', locale)}?slug={draft.slug}" if draft.published else ""

    async def _known_files(self) -> dict[str, str]:
        names = await asyncio.to_thread(downloads.files)
        return {"": t_in(locale_in(self), "content.none")} | {name: name for name in names}


def form_of(draft: Draft) -> Form:
    """A draft as the form's fields begin."""
    return Form(
        kind=draft.kind,
        id=draft.id,
        version=draft.version,
        slug=draft.slug,
        title=draft.title,
        preview=draft.preview,
        body=draft.body,
        everyone=EVERYONE in draft.opens_to,
        opens_to=", ".join(name for name in draft.opens_to if name != EVERYONE),
        entitlements=", ".join(draft.entitlements),
        published=draft.published,
        space_id=draft.space_id,
        file=draft.file,
        **{name: draft.amounts.get(name, "") for name in ("once", "month", "year")},
    )


def words_of(draft: Draft) -> dict[str, str]:
    """A draft's words in the other languages, by the names of their fields."""
    return {
        f"{name}_{locale}": getattr(draft.translations.get(locale, Words()), name)
        for locale in OTHER_LOCALES
        for name in WORDS
    }


def draft_of(form: Mapping[str, Any], of: Draft) -> Draft:
    """What a form says, for the piece `of` that it was opened for."""
    opens_to = ((EVERYONE,) if form.get("everyone") else ()) + _words(form.get("opens_to"))
    return replace(
        of,
        **{name: str(form.get(name) or "") for name in ("slug", "title", "preview", "body", "space_id", "file")},
        opens_to=opens_to,
        entitlements=_words(form.get("entitlements")),
        deliveries=tuple(name for name in deliveries.names() if form.get(f"deliver:{name}")),
        published=bool(form.get("published")),
        amounts={name: str(form.get(name) or "") for name in INTERVALS[of.kind]},
        translations={
            locale: Words(**{name: str(form.get(f"{name}_{locale}") or "") for name in WORDS})
            for locale in OTHER_LOCALES
            if any(form.get(f"{name}_{locale}") for name in WORDS)
        },
    )


def _words(text: object) -> tuple[str, ...]:
    return tuple(word.strip() for word in str(text or "").split(",") if word.strip())


def _kind(word: str) -> Kind:
    return "space" if word == "space" else "product" if word == "product" else "article"
