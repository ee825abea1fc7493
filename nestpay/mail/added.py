"""Mails that extensions bring: a TOML file each in the package's `mails/`, said in the words of its `i18n/`.

A file has `subject`, `heading`, `paragraphs` and `button`, and may have `preview`, `note`, `rows` (pairs of a label and a
value) and `path`, the page of ours that the button leads to. Each text is a key of the package's texts, or else the text
itself in every language. Its gaps, as in `{repository}`, are filled with the values that the mail was queued with.
"""

import json
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from markupsafe import escape

from nestpay.settings import DEFAULT_LOCALE

_NEEDED = ("subject", "heading", "paragraphs", "button")
_folders: dict[str, Path] = {}


@dataclass(frozen=True, slots=True)
class Wording:
    """What a mail says in one language, with its gaps."""

    texts: Mapping[str, str | list[str]]
    rows: tuple[tuple[str, str], ...]
    path: str

    def filled(
        self, values: Mapping[str, Any], *, escapes: bool
    ) -> tuple[dict[str, str | list[str]], list[tuple[str, str, bool]]]:
        """The texts and the lines of the table with the values in them, for HTML escaped. Raises KeyError for a gap
        that nothing fills."""
        fill: Callable[[str], str] = (
            (lambda text: escape(text).format(**values)) if escapes else (lambda text: text.format(**values))
        )
        texts = {
            name: list(map(fill, said)) if isinstance(said, list) else fill(said) for name, said in self.texts.items()
        }
        return texts, [(fill(label), fill(value), False) for label, value in self.rows]


def add(package: str, folder: Path) -> None:
    """Take up a package's mails, from `mails/` in its folder. They are named after both: `lab.welcome`."""
    if (folder / "mails").is_dir():
        _folders[package.rpartition(".")[2]] = folder
        wording.cache_clear()


def names() -> tuple[str, ...]:
    """All mails that extensions brought, in alphabetical order."""
    return tuple(
        sorted(f"{package}.{path.stem}" for package, folder in _folders.items() for path in folder.glob("mails/*.toml"))
    )


@cache
def wording(name: str, locale: str) -> Wording:
    """What the mail `package.name` says in a language. Raises LookupError, ValueError for a file that lacks something."""
    if name not in names():
        raise LookupError(f"no extension brought a mail {name}")
    package, _, stem = name.partition(".")
    said = tomllib.loads((_folders[package] / "mails" / f"{stem}.toml").read_text(encoding="utf-8"))
    if missing := [part for part in _NEEDED if not said.get(part)]:
        raise ValueError(f"the mail {name} lacks {', '.join(missing)}")
    words = _words(_folders[package], DEFAULT_LOCALE) | _words(_folders[package], locale)

    def read(text: str) -> str:
        return words.get(text, text)

    parts = {"preview": said["heading"], "note": "", **said}
    return Wording(
        texts={
            **{part: read(parts[part]) for part in ("subject", "heading", "button", "preview", "note")},
            "paragraphs": [read(text) for text in said["paragraphs"]],
        },
        rows=tuple((read(label), read(value)) for label, value in said.get("rows", ())),
        path=said.get("path", "/dashboard"),
    )


def _words(folder: Path, locale: str) -> dict[str, str]:
    words: dict[str, str] = {}
    for path in [folder / "i18n" / f"{locale}.json", *sorted((folder / "i18n").glob(f"*.{locale}.json"))]:
        words |= json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return words
