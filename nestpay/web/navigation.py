"""Where the bars lead: the sections of the public site and of a customer, as far as there is a page behind them."""

from nestpay.settings import get_settings
from nestpay.web import host
from nestpay.web.register import menu as added_entries
from nestpay.web.shell import here

Section = tuple[str, str, str]
"""Path, icon, key of the text."""

ADMIN_HOME = "/dashboard/admin"
PURCHASES, SETTINGS = "/dashboard/purchases", "/dashboard/settings"
USAGE_EXAMPLE = "/dashboard/credit-usage-example"
CUSTOMER_NAV: tuple[Section, ...] = (
    ("/dashboard", "home", "nav.overview"),
    ("/dashboard/subscription", "repeat", "nav.subscription"),
    ("/dashboard/my-orders", "receipt", "nav.orders"),
    (PURCHASES, "bag", "nav.purchases"),
    ("/dashboard/credit-history", "coins", "nav.credits"),
    (USAGE_EXAMPLE, "bolt", "nav.usage_example"),
    (SETTINGS, "settings", "nav.settings"),
)
HOMES = ("/dashboard", ADMIN_HOME)
BELONG_TO = {
    "/dashboard/credit-history": ("/dashboard/credits",),
    "/dashboard/purchases": ("/dashboard/entitlements",),
}


def public_ways() -> list[tuple[str, str, str, str]]:
    """Path, part of the page, key of the text, and from which width on it is shown."""
    ways = (
        ("/", "#how", "nav.how", "hidden md:inline-flex"),
        (get_settings().pricing_path, "", "nav.pricing", "hidden sm:inline-flex"),
        ("/articles", "", "nav.articles", "hidden md:inline-flex"),
        ("/", "#questions", "nav.questions", "hidden lg:inline-flex"),
    )
    return [way for way in ways if host.has_way(way[0])]


def customer_sections() -> list[Section]:
    """All sections of a customer, with those that extensions add."""
    # The usage example spends real credits, so a live shop does not offer it.
    own = [entry for entry in _there() if entry[0] != USAGE_EXAMPLE or get_settings().mode != "live"]
    return own + [(entry.path, entry.icon, entry.title_key) for entry in added_entries if entry.audience == "customer"]


def sections_of_a_phone() -> list[Section]:
    """Those at the bottom of a phone, where five fit; purchases are in the account's menu."""
    return [entry for entry in _there() if entry[0] not in (USAGE_EXAMPLE, PURCHASES)]


def sections_of_the_account() -> list[Section]:
    """Those in the menu behind the customer's initial."""
    return [entry for entry in _there() if entry[0] in (PURCHASES, SETTINGS)]


def is_in(path: str) -> bool:
    """Whether the page being built is the one of this entry, or one that belongs to it."""
    return here() == path or (here().startswith(f"{path}/") and path not in HOMES) or here() in BELONG_TO.get(path, ())


def _there() -> list[Section]:
    return [entry for entry in CUSTOMER_NAV if host.has_way(entry[0])]
