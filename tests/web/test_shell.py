"""The register of pages: each page three times, guarded, with its texts."""

import pytest
import reflex as rx

from nestpay.web import pages as all_pages
from nestpay.web.i18n import LOCALES, catalogue, localized
from nestpay.web.register import audience_of, live_handler_of, pages
from nestpay.web.session import Session

EXPECTED = {
    "/": "public",
    "/pricing": "public",
    "/pricing/all": "public",
    "/terms": "public",
    "/refund-policy": "public",
    "/sign-in": "public",
    "/sign-up": "public",
    "/forgot-password": "public",
    "/reset-password": "public",
    "/verify-email": "public",
    "/checkout": "customer",
    "/payment/success": "customer",
    "/dashboard": "customer",
    "/dashboard/subscription": "customer",
    "/dashboard/subscription/change": "customer",
    "/dashboard/subscription/cancel": "customer",
    "/seats/accept": "customer",
    "/dashboard/my-orders": "customer",
    "/articles": "public",
    "/article": "public",
    "/spaces": "public",
    "/space": "public",
    "/products": "public",
    "/product": "public",
    "/dashboard/purchases": "customer",
    "/dashboard/entitlements": "customer",
    "/dashboard/admin/content": "admin",
    "/dashboard/admin/content/edit": "admin",
    "/dashboard/credit-history": "customer",
    "/dashboard/credits": "customer",
    "/dashboard/credit-usage-example": "customer",
    "/dashboard/settings": "customer",
    "/dashboard/admin": "admin",
    "/dashboard/admin/audit": "admin",
    "/dashboard/admin/credits": "admin",
    "/dashboard/admin/customers": "admin",
    "/dashboard/admin/customers/customer": "admin",
    "/dashboard/admin/emails": "admin",
    "/dashboard/admin/emails/email": "admin",
    "/dashboard/admin/endpoints": "admin",
    "/dashboard/admin/orders": "admin",
    "/dashboard/admin/orders/order": "admin",
    "/dashboard/admin/reports": "admin",
    "/dashboard/admin/sandbox": "admin",
    "/dashboard/admin/subscriptions": "admin",
    "/dashboard/admin/subscriptions/subscription": "admin",
    "/dashboard/admin/webhooks": "admin",
    "/dashboard/admin/webhooks/event": "admin",
    "/dashboard/admin/plans": "admin",
    "/dashboard/admin/plans/plan": "admin",
}


def test_the_pages_and_whom_they_are_for() -> None:
    assert {path: entry.audience for path, entry in pages.items()} == EXPECTED


@pytest.mark.parametrize("path", EXPECTED)
def test_a_page_has_a_title_and_a_description_in_every_language(path: str) -> None:
    for locale in LOCALES:
        texts = catalogue(locale)
        assert texts[f"{pages[path].title_key}.title"] != texts[f"{pages[path].title_key}.about"]


def test_an_address_in_any_language_finds_its_page() -> None:
    for locale in LOCALES:
        assert audience_of(localized("/dashboard", locale) + "/") == "customer"
        assert live_handler_of(localized("/dashboard/my-orders", locale)) is not None
    assert audience_of("/nowhere") == "public"


def test_only_public_pages_are_offered_to_search_engines() -> None:
    assert all(entry.audience == "public" for entry in pages.values() if entry.listed)


def test_an_app_gets_every_page_in_every_language_and_each_begins_with_the_session() -> None:
    app = rx.App()
    all_pages.add_all(app)
    routes = {localized(path, locale).strip("/") or "index" for path in EXPECTED for locale in LOCALES}
    assert set(app._unevaluated_pages) == routes | {"404"}
    for route in routes:
        first, *_, last = app._load_events[route]
        assert (first, last) == (Session.enter, Session.watch)
