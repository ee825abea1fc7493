"""Reflex's own settings of this app; nothing in here is about nestpay."""

import reflex as rx

config = rx.Config(
    app_name="acme",
    telemetry_enabled=False,
    show_built_with_reflex=False,
    state_manager_mode=rx.constants.StateManagerMode.MEMORY,
    plugins=[rx.plugins.RadixThemesPlugin(theme=rx.theme(accent_color="indigo")), rx.plugins.SitemapPlugin()],
)
