"""The words of the customer's pages in English, Chinese and French; English is the key of its translations."""

import json
from datetime import UTC, datetime
from pathlib import Path

from nestpay.sandbox.money import decimals
from nestpay.sandbox.money import shown as money

FILES = (Path(__file__).with_name("texts.json"), Path(__file__).parents[1] / "creem" / "pages" / "texts.json")
TEXTS: dict[str, dict[str, str]] = {
    english: found for file in FILES for english, found in json.loads(file.read_text("utf-8")).items()
}
LANGUAGES = ("en", "zh", "fr")
FRENCH_MONTHS = "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split()


class Tongue:
    """One language: its words, dates and amounts."""

    def __init__(self, code: str) -> None:
        self.code = code

    def __call__(self, english: str, **values: object) -> str:
        """The sentence in this language; what has no translation stays English. `values` fill its braces."""
        text = TEXTS.get(english, {}).get(self.code, english)
        return text.format(**values) if values else text

    def date(self, seconds: int) -> str:
        """A day, such as `21 November 2026`."""
        day = datetime.fromtimestamp(seconds, UTC)
        if self.code == "zh":
            return f"{day.year}年{day.month}月{day.day}日"
        if self.code == "fr":
            return f"{'1er' if day.day == 1 else day.day} {FRENCH_MONTHS[day.month - 1]} {day.year}"
        return day.strftime("%-d %B %Y")

    def money(self, amount: int, currency: str) -> str:
        """An amount in minor units as a reader of this language expects it."""
        if self.code != "fr":
            return money(amount, currency)
        places = decimals(currency)
        whole, rest = divmod(abs(amount), 10**places)
        digits = f"{whole:,}".replace(",", "\u202f") + (f",{rest:0{places}d}" if places else "")
        sign = {"usd": "$US", "eur": "€", "gbp": "£GB", "cad": "$CA"}.get(currency, currency.upper())
        return f"{'-' if amount < 0 else ''}{digits}\u00a0{sign}"


TONGUES = {code: Tongue(code) for code in LANGUAGES}


def tongue_of(locale: str | None, accepted: str | None) -> Tongue:
    """The language of a page: the locale that was asked for, else the browser's first that is spoken here."""
    wishes = [locale] if locale and locale != "auto" else [part.split(";")[0] for part in (accepted or "").split(",")]
    for wish in wishes:
        code = wish.strip().lower().split("-")[0].split("_")[0]
        if code in TONGUES:
            return TONGUES[code]
    return TONGUES["en"]
