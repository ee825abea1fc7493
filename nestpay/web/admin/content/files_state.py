"""The files of products as the desk lists them, and the steps of an upload that the server decides."""

import asyncio
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any

import reflex as rx
from babel.units import format_unit

from nestpay.billing import product_files
from nestpay.billing.product_files import ProductFile
from nestpay.domain.errors import FileExists, FileTooLarge, InvalidFileName, NestpayError
from nestpay.web.admin.content import uploads
from nestpay.web.components.dialogs import show
from nestpay.web.dashboard.acts import attempt, done
from nestpay.web.i18n import t_in
from nestpay.web.i18n.moments import moment
from nestpay.web.session import locale_in, me, requires, sentence

REPLACE_DIALOG, DELETE_DIALOG = "replace-file", "delete-file"
_BABEL = {"en": "en_US", "zh": "zh_Hans_CN", "fr": "fr_FR"}
_UNITS = (("digital-gigabyte", 10**9), ("digital-megabyte", 10**6), ("digital-kilobyte", 10**3))
_KEPT = 201
_SAID = {error.key: error for error in (FileExists, InvalidFileName)}


@dataclass(frozen=True)
class FileLine:
    name: str
    size: str
    changed: str
    products: str
    is_used: bool


def file_line(each: ProductFile, locale: str) -> FileLine:
    """A file as a line of the list."""
    products = ", ".join(each.products)
    return FileLine(
        each.name, size_of(each.size_bytes, locale), moment(each.changed_at, locale), products or "–", bool(products)
    )


def size_of(size_bytes: int, locale: str) -> str:
    """`12.4 MB`, with a tenth at most; the smallest file has 1 kB."""
    unit, of_it = next((each for each in _UNITS if size_bytes >= each[1]), _UNITS[-1])
    amount = max(Decimal(size_bytes) / of_it, Decimal(1)).quantize(Decimal("0.1"))
    return format_unit(amount, unit, "short", locale=_BABEL[locale])


class FilesState(rx.State):
    """The files, and the one that a question is about."""

    loading: bool = True
    rows: list[FileLine] = []
    asked: str = ""

    @rx.event
    @requires("admin")
    async def load(self):
        """Read the files."""
        await self._show()

    @rx.event
    @requires("admin")
    async def chosen(self, file: dict[str, Any]):
        """Send the file that was chosen, or ask first when another one has its name."""
        name, size = str(file.get("name") or ""), file.get("size")
        if not name:
            return None
        size_bytes = size if isinstance(size, int) else 0
        try:
            kept = await asyncio.to_thread(product_files.check, name, size_bytes)
        except FileExists:
            self.asked = await asyncio.to_thread(partial(product_files.check, name, size_bytes, replace=True))
            return show(REPLACE_DIALOG)
        except NestpayError as error:
            return rx.toast.error(sentence(locale_in(self), error))
        return uploads.send(kept, replace=False)

    @rx.event
    @requires("admin")
    async def replace(self):
        """Send the file that was chosen, in the place of the one with its name."""
        return uploads.send(self.asked, replace=True) if self.asked else None

    @rx.event
    @requires("admin")
    async def ended(self, how: dict[str, Any]):
        """Tell how the sending ended, and show what is there now."""
        locale = locale_in(self)
        await self._show()
        if how.get("status") == _KEPT:
            return done(locale, "files.kept", name=str(how.get("name") or ""))
        if how.get("stopped"):
            return rx.toast.info(t_in(locale, "files.stopped"))
        if how.get("key") == FileTooLarge.key:
            return rx.toast.error(sentence(locale, FileTooLarge(limit=how.get("limit"))))
        known = _SAID.get(str(how.get("key")))
        return rx.toast.error(sentence(locale, known()) if known else t_in(locale, "files.broken"))

    @rx.event
    @requires("admin")
    async def ask_to_delete(self, name: str):
        """Ask before a file is deleted."""
        self.asked = name
        return show(DELETE_DIALOG)

    @rx.event
    @requires("admin")
    async def delete(self):
        """Delete the file that the question was about."""
        locale, by, ip = locale_in(self), me().id, self.router.session.client_ip
        _, trouble = await attempt(partial(product_files.delete, self.asked, by=by, ip=ip), locale)
        await self._show()
        return trouble or done(locale, "files.deleted", name=self.asked)

    async def _show(self) -> None:
        locale = locale_in(self)
        found = await asyncio.to_thread(product_files.shelf)
        self.rows, self.loading = [file_line(each, locale) for each in found], False
