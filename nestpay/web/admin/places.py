"""Where each thing of the admin's desk has its page: links from one page to another are written here only."""

from urllib.parse import quote

from nestpay.web.frames import ADMIN_HOME
from nestpay.web.i18n import localized

ORDER = f"{ADMIN_HOME}/orders/order"
SUBSCRIPTION = f"{ADMIN_HOME}/subscriptions/subscription"
CUSTOMER = f"{ADMIN_HOME}/customers/customer"
EVENT = f"{ADMIN_HOME}/webhooks/event"
EMAIL = f"{ADMIN_HOME}/emails/email"
PLAN = f"{ADMIN_HOME}/plans/plan"
CONTENT = f"{ADMIN_HOME}/content/edit"


def place(path: str, of: str, locale: str | None = None) -> str:
    """The page at `path`, opened for the thing whose id is `of`. Inside a State, say the visitor's `locale`."""
    return f"{localized(path, locale)}?id={quote(of, safe='')}"
