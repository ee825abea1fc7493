"""One call to Creem over HTTP: what is safe is tried again, its refusals become our errors, and no key is ever said.

Creem honours no idempotency key except where a product is made. So a call that changes something is sent once: when no
answer comes, nobody knows whether the work was done, and `Unanswered` tells the caller to look before asking again.
"""

import time
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import structlog

from nestpay.domain.errors import ProviderMissing, ProviderRefused, ProviderTrouble

log = structlog.get_logger(__name__)

PRODUCTION, TEST = "https://api.creem.io", "https://test-api.creem.io"
_TRIES = 3
_PAUSE_SECONDS = 0.2
_LONGEST_PAUSE_SECONDS = 2.0
_PAGE_SIZE = 100
_LONGEST_REASON = 300


class Unanswered(ProviderTrouble):
    """Something was asked to be changed and no usable answer came: the work may have been done."""


class Wire:
    """Speaks JSON with one Creem store. `base_url` may end in `/v1`, as Creem's own documents write it."""

    def __init__(self, api_key: str, base_url: str, timeout_seconds: float) -> None:
        self._http = httpx.Client(
            base_url=base_url.rstrip("/").removesuffix("/v1"),
            headers={"x-api-key": api_key, "accept": "application/json"},
            timeout=timeout_seconds,
            trust_env=False,
        )

    def get(self, path: str, *, missing: str = "object", **query: str | int) -> dict[str, Any]:
        """Read something; `missing` names what a 404 means. Raises ProviderTrouble, ProviderRefused, ProviderMissing."""
        return self._ask("GET", path, missing, query=query, is_repeatable=True)

    def post(
        self, path: str, body: Mapping[str, Any], *, missing: str = "object", idempotency_key: str = ""
    ) -> dict[str, Any]:
        """Change something, once unless Creem honours a key for it. Raises as `get`, and Unanswered."""
        headers = {"Idempotency-Key": idempotency_key} if idempotency_key else {}
        is_repeatable = bool(idempotency_key)
        return self._ask("POST", path, missing, body=body, headers=headers, is_repeatable=is_repeatable)

    def delete(self, path: str, *, missing: str = "object") -> dict[str, Any]:
        """Take something away, which may be said twice. Raises as `get`."""
        return self._ask("DELETE", path, missing, is_repeatable=True)

    def pages(self, path: str, *, missing: str = "object", **query: str | int) -> Iterator[dict[str, Any]]:
        """Every item of a list, page by page."""
        number: int | None = 1
        while number is not None:
            found = self.get(path, missing=missing, **query, page_number=number, page_size=_PAGE_SIZE)
            yield from found.get("items") or []
            number = (found.get("pagination") or {}).get("next_page")

    def _ask(
        self,
        method: str,
        path: str,
        missing: str,
        *,
        is_repeatable: bool,
        query: Mapping[str, str | int] | None = None,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        answer = None
        for attempt in range(_TRIES):
            if attempt:
                time.sleep(_pause(answer, attempt))
            try:
                answer = self._http.request(method, f"/v1{path}", params=query, json=body, headers=headers)
            except httpx.ConnectError:
                answer = None  # nothing was sent, so nothing can have been done
                continue
            except httpx.HTTPError as error:
                log.warning("creem.no_answer", path=path, error=type(error).__name__)
                answer = None
                if is_repeatable:
                    continue
                raise Unanswered from None
            if answer.status_code != httpx.codes.TOO_MANY_REQUESTS and not (is_repeatable and answer.is_server_error):
                return _read(answer, path, missing, is_repeatable=is_repeatable)
        if answer is None:
            raise ProviderTrouble
        return _read(answer, path, missing, is_repeatable=is_repeatable)


def _read(answer: httpx.Response, path: str, missing: str, *, is_repeatable: bool) -> dict[str, Any]:
    if answer.is_success:
        try:
            found = answer.json()
        except ValueError:
            raise (ProviderTrouble if is_repeatable else Unanswered) from None
        return found if isinstance(found, dict) else {"items": found}
    status, reason, trace = answer.status_code, *_complaint(answer)
    say = log.info if status == httpx.codes.NOT_FOUND else log.warning
    say("creem.refused", path=path, status=status, reason=reason, trace_id=trace)
    if answer.is_server_error:
        raise ProviderTrouble if is_repeatable else Unanswered
    if status in (httpx.codes.UNAUTHORIZED, httpx.codes.TOO_MANY_REQUESTS) or _is_about_key(status, reason):
        raise ProviderTrouble
    if status == httpx.codes.NOT_FOUND:
        raise ProviderMissing(param=missing)
    raise ProviderRefused(reason=reason)


def _is_about_key(status: int, reason: str) -> bool:
    """Creem answers 403 both to a key that it does not know and to what a store may not do."""
    return status == httpx.codes.FORBIDDEN and ("key" in reason.lower() or reason.lower().startswith("forbidden"))


def _complaint(answer: httpx.Response) -> tuple[str, str]:
    """Creem's own sentence and its trace id; `message` is a list of sentences, or one."""
    try:
        found = answer.json()
    except ValueError:
        found = {}
    if not isinstance(found, dict):
        found = {}
    said = found.get("message") or found.get("error") or "no reason given"
    text = "; ".join(str(each) for each in said) if isinstance(said, list) else str(said)
    return text[:_LONGEST_REASON], str(found.get("trace_id") or "")


def _pause(answer: httpx.Response | None, attempt: int) -> float:
    asked = answer.headers.get("retry-after", "") if answer is not None else ""
    seconds = float(asked) if asked.isdigit() else _PAUSE_SECONDS * attempt
    return min(seconds, _LONGEST_PAUSE_SECONDS)
