"""A program that calls routes with an API key, in the test's own process."""

from functools import cache
from typing import Any

import httpx

from nestpay.api.app import build_api
from tests.api.browser import Browser

the_api = cache(build_api)


class Program:
    """Calls with `key`; none is a stranger."""

    def __init__(self, key: str = "") -> None:
        self._browser = Browser(the_api())
        self._headers = {"authorization": f"Bearer {key}"} if key else {}

    def get(self, path: str, **params: Any) -> httpx.Response:
        """Ask for a path with these parameters."""
        return self._browser.get(path, params=params, headers=self._headers)

    def post(self, path: str, body: Any = None, *, key: str = "", **options: Any) -> httpx.Response:
        """Send JSON, with an idempotency key if there is one; `options` are httpx's."""
        headers = self._headers | ({"idempotency-key": key} if key else {})
        return self._browser.post(path, headers=headers, **(options or {"json": body}))

    def delete(self, path: str) -> httpx.Response:
        """Take something away."""
        return self._browser.delete(path, headers=self._headers)
