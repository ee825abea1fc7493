"""Brings our pages, and all that they look like, into the build of a Reflex app that was there before."""

import shutil
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import reflex as rx
from reflex.utils import prerequisites
from reflex_base import constants

from nestpay.domain.errors import NestpayError
from nestpay.web.components.times import SCRIPT
from nestpay.web.i18n import LOCALES, localized
from nestpay.web.prerender import LanguagePlugin
from nestpay.web.register import pages
from nestpay.web.session import show_trouble
from nestpay.web.shell import add_pages
from nestpay.web.tokens import TAILWIND

STYLESHEET = "nestpay.css"


class NestpayPlugin(LanguagePlugin):
    """Adds our pages once the app has all of its own; raises ValueError when both want an address."""

    def __init__(self, assets: Path) -> None:
        """`assets` is the folder with our stylesheet, script and fonts."""
        self._assets = assets

    def register_route(self, **context: Any) -> None:
        clashing = [path for path in pages if any(context["has_app_page"](localized(path, each)) for each in LOCALES)]
        if clashing:
            shown = ", ".join(f'"{path}": "{path}"' for path in clashing)
            raise ValueError(
                f"This app and nestpay both have a page at {', '.join(clashing)}. "
                f"Move yours, or say that it stands in for ours: into_reflex(app, instead={{{shown}}})."
            )
        add_pages(context["add_page"])

    def get_stylesheet_paths(self, **context: Any) -> list[str]:
        return [f"./{STYLESHEET}"]

    def get_static_assets(self, **context: Any) -> list[tuple[Path, str | bytes]]:
        styles = Path(constants.Dirs.STYLES) / STYLESHEET
        return [(styles, (self._assets / STYLESHEET).read_text(encoding="utf-8"))]

    def pre_compile(self, **context: Any) -> None:
        public = prerequisites.get_web_dir() / constants.Dirs.PUBLIC
        shutil.copytree(self._assets / "fonts", public / "fonts", dirs_exist_ok=True)
        shutil.copy(self._assets / SCRIPT, public / SCRIPT)


def give_words(plugins: list[Any]) -> None:
    """Let Tailwind, which is added when missing, know the words of our class lists. A word that the app has given a
    meaning of its own keeps it. Raises ValueError for an app that still uses Tailwind 3."""
    if any(isinstance(plugin, rx.plugins.TailwindV3Plugin) for plugin in plugins):
        raise ValueError("nestpay's pages need rx.plugins.TailwindV4Plugin in rxconfig.py, not TailwindV3Plugin.")
    tailwind = next((plugin for plugin in plugins if isinstance(plugin, rx.plugins.TailwindV4Plugin)), None)
    if tailwind is None:
        plugins.append(rx.plugins.TailwindV4Plugin(config=TAILWIND))
    else:
        tailwind.config = _merged(TAILWIND, tailwind.config)


def _merged(ours: Any, theirs: Any) -> Any:
    if not (isinstance(ours, dict) and isinstance(theirs, dict)):
        return deepcopy(theirs)
    both = {name: _merged(ours[name], theirs[name]) for name in ours if name in theirs}
    return {**deepcopy(ours), **deepcopy(theirs), **both}


def say_ours_before(theirs: Callable[[Exception], Any]) -> Callable[[Exception], Any]:
    """A handler of what fails in handlers: our own errors say themselves what they are, all others are the app's."""

    def said(exception: Exception) -> Any:
        return show_trouble(exception) if isinstance(exception, NestpayError) else theirs(exception)

    return said
