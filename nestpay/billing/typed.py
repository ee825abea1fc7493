"""What somebody typed into a filter of the admin's desk, read as text, days, amounts and words of ours."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from nestpay.domain.errors import InvalidAmount, Unreadable
from nestpay.domain.money import parse_amount

_LONGEST = 200
_LARGEST_MINOR = 2**31 - 1
"""What the column of an amount holds."""


def clean(text: object) -> str:
    """One line that any database can take, without blanks around it."""
    return "".join(letter for letter in str(text or "") if letter.isprintable()).strip()[:_LONGEST]


def first_instant(text: str) -> datetime | None:
    """When the day `2027-03-05` begins (UTC); None for nothing. Raises Unreadable."""
    text = clean(text)
    if not text:
        return None
    try:
        day = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise Unreadable(text=text) from None
    return day


def last_instant(text: str) -> datetime | None:
    """When the day after `2027-03-05` begins (UTC); None for nothing. Raises Unreadable."""
    day = first_instant(text)
    try:
        return day + timedelta(days=1) if day else None
    except OverflowError:
        raise Unreadable(text=clean(text)) from None


def minor_units(text: str, currency: str) -> int | None:
    """`19.90` in minor units of a currency; None for nothing. Raises Unreadable."""
    text = clean(text)
    if not text:
        return None
    try:
        amount = parse_amount(text, currency).amount_minor
    except InvalidAmount:
        raise Unreadable(text=text) from None
    if amount > _LARGEST_MINOR:
        raise Unreadable(text=text)
    return amount


def one_of(text: str, words: Collection[str]) -> str:
    """One of these words, or "" for nothing. Raises Unreadable."""
    text = clean(text)
    if text and text not in words:
        raise Unreadable(text=text)
    return text
