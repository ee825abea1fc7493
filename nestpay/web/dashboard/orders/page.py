"""All payments and refunds with their invoices."""

import reflex as rx

from nestpay.web import frames
from nestpay.web.components.tables import pager
from nestpay.web.dashboard.orders.state import OrdersState
from nestpay.web.dashboard.tables import orders_table
from nestpay.web.i18n import t
from nestpay.web.shell import page


@page(
    "/dashboard/my-orders",
    "meta.orders",
    frame=frames.customer,
    audience="customer",
    load=(OrdersState.load,),
    live=OrdersState.again,
)
def my_orders() -> rx.Component:
    return rx.el.div(
        frames.page_head(t("orders.title"), t("orders.text")),
        orders_table(OrdersState.rows, OrdersState.loading),
        pager(OrdersState.newer, OrdersState.older, OrdersState.turn),
    )
