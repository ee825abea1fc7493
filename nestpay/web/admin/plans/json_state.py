"""Benefits or translations of the plan in the editor as JSON, out and in."""

from typing import Any

import reflex as rx
from reflex.event import EventSpec

from nestpay.domain.plan_rules import InvalidPlan, about_part, json_in
from nestpay.web.admin.plans import rows
from nestpay.web.admin.plans.editor_state import PlanEditor
from nestpay.web.components.dialogs import hide, show
from nestpay.web.i18n import t_in
from nestpay.web.session import locale_in, requires

JSON_DIALOG = "plan-json"
PARTS = ("benefits", "translations")


class PlanJson(PlanEditor):
    """`number` rises with every opening, so that the text field begins anew."""

    part: str = PARTS[0]
    title: str = ""
    text: str = ""
    error: str = ""
    number: int = 0

    @rx.event
    @requires("admin")
    async def open(self, form: dict[str, Any], part: str) -> EventSpec | None:
        """Show one part as JSON."""
        if part not in PARTS:
            return None
        self._read(form)
        self.part, self.error = part, ""
        self.title = t_in(locale_in(self), f"plan.part.{part}")
        self.text = rows.as_json(self._entry[part])
        self.number += 1
        return show(JSON_DIALOG)

    @rx.event
    @requires("admin")
    async def apply(self, form: dict[str, Any]) -> EventSpec | None:
        """Put what was typed in the place of the part, or say what is wrong with it and lose nothing."""
        locale = locale_in(self)
        try:
            entry = {**self._entry, self.part: json_in(str(form.get("json", "")), self.part)}
            if complaints := about_part(entry, self.part):
                raise InvalidPlan(complaints)
        except InvalidPlan as error:
            first = error.complaints[0]
            said = t_in(locale, f"plan.wrong.{first.wrong}", **first.values)
            self.error = said if first.where == self.part else f"{rows.where_in_words(first.where, locale)}: {said}"
            return None
        self._begin(entry)
        return hide(JSON_DIALOG)

    @rx.event
    @requires("admin")
    async def download(self) -> EventSpec:
        """The part as a file."""
        key = self._entry["key"] or "plan"
        return rx.download(data=self.text, filename=f"{key}.{self.part}.json")
