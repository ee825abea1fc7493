"""What Reflex has to know to build the pages and to serve them from one address."""

import reflex as rx

from nestpay.settings import get_settings
from nestpay.web.prerender import LanguagePlugin
from nestpay.web.tokens import TAILWIND

settings = get_settings()

config = rx.Config(
    app_name="nestpay",
    # The browser talks to the address it came from: pages and websocket share one port.
    api_url=settings.site_url,
    deploy_url=settings.site_url,
    backend_host=settings.host,
    backend_port=settings.port,
    cors_allowed_origins=[settings.origin],
    trusted_proxy_hops=settings.trusted_proxy_hops,
    redis_url=settings.redis_url or None,
    # What a tab shows is a copy of the database, so without Redis it stays in memory and never on disk.
    state_manager_mode=rx.constants.StateManagerMode.REDIS
    if settings.redis_url
    else rx.constants.StateManagerMode.MEMORY,
    telemetry_enabled=False,
    show_built_with_reflex=False,
    default_color_mode="system",
    plugins=[
        rx.plugins.TailwindV4Plugin(config=TAILWIND),
        rx.plugins.SitemapPlugin(),
        LanguagePlugin(),
    ],
)
