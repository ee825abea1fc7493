"""Every text a person reads, in three languages.

Pages are built once per language, so `t()` returns a finished text that is baked into that page. What a State says
later, it says with `t_in()` and the language of the path the visitor is on.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

from babel import Locale
from babel.numbers import format_decimal

from nestpay.settings import LOCALES

__all__ = [
    "HTML_LANG",
    "LANGUAGES",
    "LOCALES",
    "building",
    "current_locale",
    "lead_elsewhere",
    "locale_of",
    "localized",
    "plain_path",
    "t",
    "t_in",
]

DEFAULT = LOCALES[0]
LANGUAGES = {"en": "English", "zh": "中文", "fr": "Français"}
HTML_LANG = {"en": "en", "zh": "zh-Hans", "fr": "fr"}

_added_folders: list[Path] = []
_added_texts: dict[str, str] = {}
_elsewhere: dict[str, str] = {}
_building: ContextVar[str] = ContextVar("locale of the page being built", default=DEFAULT)


@cache
def catalogue(locale: str) -> dict[str, str | dict[str, str]]:
    """The texts of one language by key, from its files here: `en.json` and one a room of the admin's desk,
    `admin_plans.en.json`. A text that counts something is a dict of plural forms."""
    here = Path(__file__).parent
    texts: dict[str, str | dict[str, str]] = {}
    for folder in (here, *_added_folders):
        for path in [folder / f"{locale}.json", *sorted(folder.glob(f"*.{locale}.json"))]:
            texts |= json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return {**{key: texts.get(text, text) for key, text in _added_texts.items()}, **texts}


def add_folder(folder: Path) -> None:
    """Take up an extension's texts: `en.json`, `zh.json` and `fr.json` in a folder of its own."""
    _added_folders.append(folder)
    catalogue.cache_clear()


def add_text(key: str, text: str) -> None:
    """Take up one text under `key`: the text of another key, where `text` is one, else the same in every language."""
    _added_texts[key] = text
    catalogue.cache_clear()


def lead_elsewhere(addresses: Mapping[str, str]) -> None:
    """Let links to these paths lead to addresses of another program, which are the same in every language."""
    _elsewhere.clear()
    _elsewhere.update(addresses)


@contextmanager
def building(locale: str) -> Iterator[None]:
    """Everything drawn inside speaks `locale`."""
    token = _building.set(locale)
    try:
        yield
    finally:
        _building.reset(token)


def current_locale() -> str:
    """The language of the page being built."""
    return _building.get()


def t(key: str, **values: object) -> str:
    """The text of `key` in the language of the page being built. See `t_in`."""
    return t_in(_building.get(), key, **values)


def t_in(locale: str, key: str, **values: object) -> str:
    """The text of `key` in `locale`, filled with `values`.

    Whole numbers are grouped the way the language does it; `n` chooses the plural form. Raises KeyError for a key that
    is in no catalogue: a missing text is a bug, not something to show.
    """
    text = catalogue(locale)[key]
    if isinstance(text, dict):
        count = values["n"]
        form = Locale.parse(locale).plural_form(count) if isinstance(count, int) else "other"
        text = text.get(form, text["other"])
    return text.format(**{name: _shown(value, locale) for name, value in values.items()})


def _shown(value: object, locale: str) -> object:
    return format_decimal(value, locale=locale) if isinstance(value, int) and not isinstance(value, bool) else value


def localized(path: str, locale: str | None = None) -> str:
    """`/pricing` in `locale` (default: the language of the page being built): `/pricing`, `/zh/pricing`, `/fr/pricing`."""
    if path in _elsewhere:
        return _elsewhere[path]
    locale = locale or _building.get()
    if locale == DEFAULT:
        return path
    return f"/{locale}" if path == "/" else f"/{locale}{path}"


def locale_of(path: str) -> str:
    """The language that a path speaks."""
    first = path.strip("/").split("/")[0].split("?")[0].split("#")[0]
    return first if first in LOCALES else DEFAULT


def plain_path(path: str) -> str:
    """The path without its language: `/zh/pricing/` becomes `/pricing`."""
    bare = path.split("?")[0].split("#")[0].strip("/")
    first, _, rest = bare.partition("/")
    return "/" + (rest if first in LOCALES else bare)
