"""Brings all pages to an app: importing a page's module registers it, `add_all` hands it over with its surroundings."""

import importlib

import reflex as rx
from reflex_components_core.base.error_boundary import error_boundary

from nestpay.billing import extensions
from nestpay.web import i18n
from nestpay.web.admin.audit import page as admin_audit
from nestpay.web.admin.content import editor as admin_content_editor
from nestpay.web.admin.content import page as admin_content
from nestpay.web.admin.credits import page as admin_credits
from nestpay.web.admin.customers import one as admin_customer
from nestpay.web.admin.customers import page as admin_customers
from nestpay.web.admin.emails import mail_page as admin_mail
from nestpay.web.admin.emails import page as admin_emails
from nestpay.web.admin.endpoints import page as admin_endpoints
from nestpay.web.admin.home import page as admin_home
from nestpay.web.admin.orders import one as admin_order
from nestpay.web.admin.orders import page as admin_orders
from nestpay.web.admin.plans import editor as admin_plan
from nestpay.web.admin.plans import page as admin_plans
from nestpay.web.admin.reports import page as admin_reports
from nestpay.web.admin.sandbox import page as admin_sandbox
from nestpay.web.admin.subscriptions import one as admin_subscription
from nestpay.web.admin.subscriptions import page as admin_subscriptions
from nestpay.web.admin.webhooks import event_page as admin_event
from nestpay.web.admin.webhooks import page as admin_webhooks
from nestpay.web.auth import page as auth
from nestpay.web.checkout import page as checkout
from nestpay.web.content import page as content
from nestpay.web.dashboard.credits import lots
from nestpay.web.dashboard.credits import page as credits
from nestpay.web.dashboard.orders import page as orders
from nestpay.web.dashboard.overview import page as overview
from nestpay.web.dashboard.purchases import page as purchases
from nestpay.web.dashboard.settings import page as settings
from nestpay.web.dashboard.subscription import cancel, change, seats
from nestpay.web.dashboard.subscription import page as subscription
from nestpay.web.dashboard.usage_example import page as usage_example
from nestpay.web.i18n import HTML_LANG, LOCALES, t_in
from nestpay.web.library import page as library
from nestpay.web.pricing import page as pricing
from nestpay.web.session import StrangerGuard, show_trouble
from nestpay.web.shell import add_pages

MODULES = (
    (content, pricing, checkout, auth, overview),
    (subscription, change, cancel, seats),
    (orders, credits, lots, usage_example, settings),
    (library, purchases, admin_content, admin_content_editor),
    (admin_plans, admin_plan),
    (admin_orders, admin_order, admin_subscriptions, admin_subscription),
    (admin_customers, admin_customer, admin_credits),
    (admin_home, admin_webhooks, admin_event, admin_emails, admin_mail, admin_reports, admin_audit, admin_sandbox),
    (admin_endpoints,),
)
TOAST_MS = 8000
"""Long enough to be read slowly, and to be found by who looks away."""


def add_all(app: rx.App) -> None:
    """Give the app its pages, its stylesheet, its way to say that something failed, and the guard of its tabs."""
    add_extensions()
    app.html_lang = HTML_LANG[LOCALES[0]]
    app.stylesheets = ["/nestpay.css"]
    app.head_components = [
        rx.el.link(rel="icon", href="/favicon.svg", type="image/svg+xml"),
        rx.el.link(
            rel="preload", href="/fonts/inter-latin.woff2", custom_attrs={"as": "font", "crossOrigin": "anonymous"}
        ),
    ]
    app.toaster = rx.toast.provider(
        position="top-center", offset="4.75rem", toast_options=rx.toast.options(duration=TOAST_MS)
    )
    app.app_wraps = {(55, "ErrorBoundary"): _error_boundary}
    app.backend_exception_handler = show_trouble
    app.add_middleware(StrangerGuard())
    app.add_page(content.not_found, route="404", title=t_in("en", "not_found.title"), context={"sitemap": None})
    add_pages(app.add_page)


def add_extensions() -> None:
    """Take up the texts (`i18n/`) and the pages (`pages.py`) of the packages that EXTENSIONS names."""
    for name, folder in extensions.folders().items():
        if (folder / "i18n").is_dir():
            i18n.add_folder(folder / "i18n")
        if (folder / "pages.py").exists():
            importlib.import_module(f"{name}.pages")


def _error_boundary(_: bool) -> rx.Component:
    """When drawing a page fails in the browser: an apology in every language, since the page cannot say which it spoke."""
    apology = rx.el.main(
        *(rx.el.p(t_in(locale, "errors.unexpected"), lang=HTML_LANG[locale]) for locale in LOCALES),
        rx.el.a(t_in("en", "not_found.home"), href="/", class_name="font-medium text-accent-ink underline"),
        class_name="nestpay nestpay-page grid min-h-dvh place-content-center justify-items-center gap-4 p-6 text-center text-ink",
        role="alert",
    )
    return error_boundary(fallback_render=rx.Var.create(apology))
