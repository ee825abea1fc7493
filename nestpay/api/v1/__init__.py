"""The REST API, version 1: one router a noun, for programs with a key and for our customers' browsers."""

from nestpay.api.v1 import account, checkout, credits, customers, entitlements, holds, limits, subscriptions

routers = (
    credits.router,
    holds.router,
    entitlements.router,
    limits.router,
    account.router,
    checkout.router,
    subscriptions.router,
    customers.router,
)
