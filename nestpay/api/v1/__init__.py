"""The REST API, version 1: one router a noun, for programs with a key and for our customers' browsers."""

from nestpay.api.v1 import account, credits, holds, limits

routers = (credits.router, holds.router, account.router, limits.router)
