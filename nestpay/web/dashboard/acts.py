"""How a handler of the dashboard carries out one act: in a thread, with the refusal or the good news told in words."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

import reflex as rx
from reflex.event import EventSpec

from nestpay.domain.errors import NestpayError, SignInRequired
from nestpay.web.i18n import t_in
from nestpay.web.session import leave_to, sentence

Result = TypeVar("Result")


async def attempt(work: Callable[[], Result], locale: str) -> tuple[Result | None, EventSpec | None]:
    """What `work` returned, or what to tell the visitor instead. Raises SignInRequired: the page itself is left then."""
    try:
        return await asyncio.to_thread(work), None
    except SignInRequired:
        raise
    except NestpayError as error:
        return None, rx.toast.error(sentence(locale, error))


async def lead_to(work: Callable[[], str], locale: str) -> EventSpec:
    """Go to the address that `work` finds, or say why there is none."""
    url, trouble = await attempt(work, locale)
    return trouble or leave_to(url or "/")


def done(locale: str, key: str, **values: object) -> EventSpec:
    """The good news."""
    return rx.toast.success(t_in(locale, key, **values))
