"""A browser for routes, in the test's own process: it keeps cookies and does not follow redirects."""

import asyncio
from typing import Any

import httpx
from fastapi import FastAPI


class Browser:
    """Speaks to `app` as a visitor from `ip`."""

    def __init__(self, app: FastAPI, ip: str = "203.0.113.9") -> None:
        transport = httpx.ASGITransport(app, client=(ip, 4711))
        self._client = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000")
        self.cookies = self._client.cookies

    def get(self, path: str, **options: Any) -> httpx.Response:
        """Ask for a path; `options` are those of httpx (`params`, `headers`)."""
        return asyncio.run(self._client.get(path, **options))

    def put(self, path: str, **options: Any) -> httpx.Response:
        """Put something to a path; options are those of httpx."""
        return asyncio.run(self._client.put(path, **options))

    def delete(self, path: str, **options: Any) -> httpx.Response:
        """Take something away; `options` are those of httpx."""
        return asyncio.run(self._client.delete(path, **options))

    def post(self, path: str, **options: Any) -> httpx.Response:
        """Send something to a path; `options` are those of httpx (`content`, `json`, `headers`)."""
        return asyncio.run(self._client.post(path, **options))
