"""The editor of one plan: what is typed, its picture, what is wrong with it, and saving it beside other editors."""

import asyncio
from collections.abc import Iterable
from typing import Any

import reflex as rx
from reflex.event import EventSpec

from nestpay.billing import plan_editor, plan_provider
from nestpay.billing.plan_editor import Loaded
from nestpay.domain import plan_entries as entries
from nestpay.domain.errors import NestpayError, NotFound, PlanEdited, ProviderTrouble
from nestpay.domain.plan_entries import BLANK_FEATURE, BLANK_PRICE, Entry
from nestpay.domain.plan_rules import MAX_FEATURES, MAX_PRICES, Complaint, InvalidPlan, complaints_about
from nestpay.web.admin.places import PLAN, place
from nestpay.web.admin.plans import guard, rows
from nestpay.web.admin.plans.reading import read
from nestpay.web.admin.plans.rows import ChangeRow, CouponRow, FeatureRow, LanguageForm, PastRow, PriceForm
from nestpay.web.components.dialogs import show
from nestpay.web.dashboard.acts import attempt, done
from nestpay.web.i18n import LOCALES, t_in
from nestpay.web.pricing.state import INTERVALS, Card, cards_of
from nestpay.web.session import locale_in, me, requires, sentence

SAVE_DIALOG = "save-plan"


class PlanEditor(rx.State):
    """Rows and words are what the fields begin with; what is typed since comes with each event, as the whole form.

    `form_number` rises when the fields are to begin anew, so that an event that was typed into older ones is ignored.
    """

    loading: bool = True
    missing: bool = False
    plan_id: str = ""
    form_number: int = 0
    words: dict[str, str] = {}
    active: bool = False
    highlighted: bool = False
    features: list[FeatureRow] = []
    prices: list[PriceForm] = []
    languages: list[LanguageForm] = []
    is_fixed: bool = False
    is_archived: bool = False
    subscribers: str = ""
    past: list[PastRow] = []
    unmade: bool = False

    wrong: dict[str, str] = {}
    dirty: bool = False
    saving: bool = False
    checking: str = ""
    making: bool = False
    means: list[str] = []
    changes: list[ChangeRow] = []
    changed_by: str = ""

    coupons: list[CouponRow] = []
    coupons_trouble: str = ""

    cards: list[Card] = []
    intervals: list[str] = []
    interval: str = ""
    language: str = LOCALES[0]
    theme: str = "light"

    _version: int = 0
    _entry: Entry = {}
    _base: Entry = {}
    _features: list[str] = []
    _prices: list[str] = []
    _newest: int = 0

    @rx.event
    @requires("admin")
    async def load(self):
        """Open the plan that the address names, or a new one."""
        self.reset()
        self.language = locale_in(self)
        await self._open(str(self.router.url.query_parameters.get("id", "")))

    @rx.event
    @requires("admin")
    async def fetch_coupons(self):
        """Ask the providers which coupons there are; the form is usable meanwhile."""
        locale = locale_in(self)
        found: list[CouponRow] = []
        try:
            for name in plan_provider.names():
                found += rows.coupon_rows(await asyncio.to_thread(plan_provider.coupons, name), locale)
        except ProviderTrouble as error:
            self.coupons_trouble = sentence(locale, error)
        self.coupons = found

    @rx.event
    @requires("admin")
    async def typed(self, form: dict[str, Any]):
        """Take in what stands in the form, and draw the card anew."""
        self._read(form)

    @rx.event
    @requires("admin")
    async def add_feature(self, form: dict[str, Any]) -> EventSpec | None:
        """One more line on the card."""
        self._read(form)
        if len(self._features) >= MAX_FEATURES:
            return rx.toast.error(t_in(locale_in(self), "plan.wrong.too_many", limit=MAX_FEATURES))
        self._entry = {**self._entry, "features": [*self._entry["features"], dict(BLANK_FEATURE)]}
        self._features = [*self._features, self._new_id()]
        self._show_rows()
        return rx.call_script(
            f"setTimeout(() => document.getElementById('feature.{self._features[-1]}.text')?.focus(), 80)"
        )

    @rx.event
    @requires("admin")
    async def remove_feature(self, form: dict[str, Any], uid: str):
        """A line less."""
        self._read(form)
        self._keep_features([place for place, each in enumerate(self._features) if each != uid])

    @rx.event
    @requires("admin")
    async def move_feature(self, form: dict[str, Any], uid: str, step: int):
        """A line up or down, with its translations."""
        self._read(form)
        if uid not in self._features:
            return
        order = list(range(len(self._features)))
        at = self._features.index(uid)
        to = max(0, min(len(order) - 1, at + step))
        order.insert(to, order.pop(at))
        self._keep_features(order)

    @rx.event
    @requires("admin")
    async def add_price(self, form: dict[str, Any]):
        """One more way to pay: like the last one, for the interval that is not there yet."""
        self._read(form)
        there = self._entry["prices"]
        if len(there) >= MAX_PRICES:
            return
        like = {name: there[-1][name] for name in ("provider", "currency", "product_id")} if there else {}
        taken = {price["interval"] for price in there}
        interval = next((each for each in INTERVALS if each not in taken), INTERVALS[0])
        kind = "one_time" if interval == "once" else "recurring"
        self._entry = {**self._entry, "prices": [*there, {**BLANK_PRICE, **like, "interval": interval, "type": kind}]}
        self._prices = [*self._prices, self._new_id()]
        self._show_rows()

    @rx.event
    @requires("admin")
    async def remove_price(self, form: dict[str, Any], uid: str):
        """A way to pay less. One that was sold is archived when the plan is saved."""
        self._read(form)
        kept = [place for place, each in enumerate(self._prices) if each != uid]
        self._entry = {**self._entry, "prices": [self._entry["prices"][place] for place in kept]}
        self._prices = [self._prices[place] for place in kept]
        self._show_rows()

    @rx.event
    @requires("admin")
    async def check_price(self, form: dict[str, Any], uid: str):
        """Fill a price with what the provider says of it, or say why it does not fit."""
        self._read(form)
        if uid not in self._prices:
            return
        locale, at = locale_in(self), self._prices.index(uid)
        price, environment = self._entry["prices"][at], self._entry["environment"]
        self.checking = uid
        yield
        try:
            found = await asyncio.to_thread(plan_provider.check, price, environment)
        except InvalidPlan as error:
            moved = [Complaint(f"prices.{at}.{each.where}", each.wrong, each.values) for each in error.complaints]
            self.wrong = rows.wrong_words(moved, locale)
        except NestpayError as error:
            yield rx.toast.error(sentence(locale, error))
        else:
            prices = list(self._entry["prices"])
            prices[at] = found
            self._entry, self.wrong = {**self._entry, "prices": prices}, {}
            self._prices = [self._new_id() if each == uid else each for each in self._prices]
            self._show_rows()
            yield done(locale, "plan.check.good")
        finally:
            self.checking = ""

    @rx.event
    @requires("admin")
    async def make_at_provider(self):
        """Make product and prices at the provider, those that are not there yet."""
        locale, plan_id, by = locale_in(self), self.plan_id, self._by()
        if self.dirty:
            yield rx.toast.error(t_in(locale, "plan.make.save_first"))
            return
        self.making = True
        yield
        made, trouble = await attempt(lambda: plan_provider.make(plan_id, **by), locale)
        self.making = False
        await self._open(plan_id)
        yield trouble or done(locale, "plan.make.good", n=made)

    @rx.event
    @requires("admin")
    async def review(self, form: dict[str, Any]) -> Any:
        """Before saving: say what is wrong, then what the edit means for those who have the plan."""
        self._read(form)
        locale, plan_id, entry = locale_in(self), self.plan_id, self._entry
        if complaints := complaints_about(entry):
            return self._complain(complaints)
        self.wrong = {}
        found, trouble = await attempt(lambda: plan_editor.consequences(plan_id, entry), locale)
        if found is None:
            return trouble
        if not found.are_worth_a_word:
            return PlanEditor.save
        self.means = rows.warnings(found, locale)
        return show(SAVE_DIALOG)

    @rx.event
    @requires("admin")
    async def save(self):
        """Store what was reviewed."""
        locale = locale_in(self)
        if self.saving or not self._entry:
            return
        self.saving = True
        yield
        try:
            saved = await asyncio.to_thread(
                plan_editor.save, self._entry, plan_id=self.plan_id, version=self._version, **self._by()
            )
        except InvalidPlan as error:
            yield self._complain(error.complaints)
        except PlanEdited as error:
            await self._show_others()
            yield [rx.toast.error(sentence(locale, error)), guard.to_top()]
        except NestpayError as error:
            yield rx.toast.error(sentence(locale, error))
        else:
            is_new = not self.plan_id
            await self._open(saved.plan_id)
            news = "plan.saved.replaced" if saved.replaced and not saved.trouble else "plan.saved"
            told = rx.toast.warning(t_in(locale, "plan.saved.unmade")) if saved.unmade else done(locale, news)
            yield [guard.settle(), told]
            if is_new:
                yield rx.redirect(place(PLAN, saved.plan_id, locale), replace=True)
        finally:
            self.saving = False

    @rx.event
    @requires("admin")
    async def discard(self) -> EventSpec:
        """Begin again with what is stored: what others saved is taken, what is typed here is not."""
        await self._open(self.plan_id)
        return guard.settle()

    @rx.event
    @requires("admin")
    async def keep_mine(self, form: dict[str, Any]) -> EventSpec:
        """Put my edit upon what others saved meanwhile: where both changed the same, mine counts when I save."""
        self._read(form)
        theirs = await asyncio.to_thread(plan_editor.load, self.plan_id)
        mine = entries.merged(self._base, self._entry, theirs.entry)
        self._take(theirs)
        self._begin(mine)
        return done(locale_in(self), "plan.conflict.merged")

    @rx.event
    @requires("admin")
    async def look_at(self, what: str, value: str):
        """Choose the picture's language, theme or interval."""
        if what in ("language", "theme", "interval"):
            setattr(self, what, value)
        self._draw()

    def _by(self) -> dict[str, str]:
        return {"by": me().id, "ip": self.router.session.client_ip}

    def _new_id(self) -> str:
        self._newest += 1
        return f"n{self._newest}"

    async def _open(self, plan_id: str) -> None:
        self.missing = False
        if not plan_id:
            self.plan_id, self._version = "", 0
            self._base = await asyncio.to_thread(plan_editor.blank)
            self._begin(self._base)
        else:
            try:
                self._take(await asyncio.to_thread(plan_editor.load, plan_id))
            except NotFound:
                self.missing = True
        self.loading = False

    def _take(self, there: Loaded) -> None:
        self.plan_id, self._version, self._base = there.plan_id, there.version, there.entry
        self.is_fixed, self.is_archived = there.is_fixed, there.is_archived
        count = there.subscribers
        self.subscribers = t_in(locale_in(self), "plans.subscribers", n=count) if count else ""
        self.past = rows.past_rows(there.past, locale_in(self))
        self._begin(there.entry)

    def _begin(self, entry: Entry) -> None:
        """Let the fields begin with this entry."""
        self._entry = entry
        self._features = [self._new_id() for _ in entry["features"]]
        self._prices = [self._new_id() for _ in entry["prices"]]
        self.form_number += 1
        self.wrong, self.changes, self.means = {}, [], []
        self.words = rows.plain_words(entry)
        self.active, self.highlighted = entry["active"], entry["highlighted"]
        self._show_rows()

    def _read(self, form: dict[str, Any]) -> None:
        if str(form.get("form_number")) != str(self.form_number):
            return
        before = [price["provider"] for price in self._entry["prices"]]
        self._entry = read(form, self._entry, self._features, self._prices)
        if before != [price["provider"] for price in self._entry["prices"]]:  # each asks for ids of its own
            self.prices = rows.price_forms(self._entry, self._prices)
        self._see()

    def _keep_features(self, order: list[int]) -> None:
        self._entry = entries.with_features(self._entry, order)
        self._features = [self._features[place] for place in order]
        self._show_rows()

    def _show_rows(self) -> None:
        self.features = rows.feature_rows(self._entry, self._features)
        self.prices = rows.price_forms(self._entry, self._prices)
        self.languages = rows.language_forms(self._entry, self._features)
        self._see()

    def _see(self) -> None:
        self.dirty = self._entry != self._base
        prices = self._base["prices"] if self.plan_id else []
        self.unmade = any(not price["price_id"] and not entries.is_free(price) for price in prices)
        self._draw()

    def _draw(self) -> None:
        language = self.language if self.language in LOCALES else LOCALES[0]
        picture = plan_editor.picture(self._entry, language)
        by_interval = {each: cards_of(picture, each, language) for each in INTERVALS}
        self.intervals = [each for each, cards in by_interval.items() if cards]
        if self.interval not in self.intervals:
            self.interval = next(iter(self.intervals), "")
        self.cards = by_interval.get(self.interval, [])

    def _complain(self, complaints: Iterable[Complaint]) -> list[EventSpec]:
        locale = locale_in(self)
        self.wrong = rows.wrong_words(complaints, locale)
        return [rx.toast.error(t_in(locale, "errors.invalid_plan")), guard.to_first_complaint()]

    async def _show_others(self) -> None:
        now, changes = await asyncio.to_thread(plan_editor.edits_of_others, self.plan_id, self._base)
        self.changed_by = now.last_editor
        self.changes = rows.change_rows(changes, locale_in(self))
