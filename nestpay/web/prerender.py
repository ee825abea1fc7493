"""What the prerendered HTML still needs after the build: each page says its own language.

Reflex writes one `<html lang>` for the whole app, but screen readers, hyphenation and search engines go by the page's.
"""

from pathlib import Path
from typing import Any

import reflex as rx

from nestpay.web.i18n import HTML_LANG, LOCALES


class LanguagePlugin(rx.plugins.Plugin):
    """Rewrites the `lang` attribute below each language's folder of the built site."""

    def post_build(self, **context: Any) -> None:
        static_dir = Path(context["static_dir"])
        for locale in LOCALES:
            pages = [*(static_dir / locale).rglob("*.html"), static_dir / f"{locale}.html"]
            for page in filter(Path.exists, pages):
                html = page.read_text(encoding="utf-8")
                page.write_text(
                    html.replace('<html lang="en"', f'<html lang="{HTML_LANG[locale]}"', 1), encoding="utf-8"
                )
