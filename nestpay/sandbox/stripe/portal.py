"""Billing portal sessions and configurations as the API makes and reads them; the page itself is in pages/portal.py."""

from copy import deepcopy
from typing import Any

from nestpay.sandbox.books import Books, new_id
from nestpay.sandbox.documents import Document
from nestpay.sandbox.stripe import lists
from nestpay.sandbox.stripe.errors import invalid, required
from nestpay.sandbox.stripe.objects import portal as objects
from nestpay.sandbox.stripe.records import changed, created, fetch, items_of
from nestpay.sandbox.stripe.routes import Call, Route, expandable
from nestpay.sandbox.stripe.subscriptions import ENDED
from nestpay.sandbox.stripe.wire import Anything, Flag, Hash, Integer, Listing, Metadata, Text, merge_metadata

SESSION, CONFIGURATION = "billing_portal.session", "billing_portal.configuration"
PRORATION = Text(("always_invoice", "create_prorations", "none"))
FLOWS = (
    "customer_update", "payment_method_update", "subscription_cancel", "subscription_pause", "subscription_update",
    "subscription_update_confirm",
)  # fmt: skip
SUBSCRIPTION = Hash({"subscription": Text()}, needs=("subscription",))
FLOW = Hash(
    {
        "type": Text(FLOWS),
        "after_completion": Hash(
            {
                "type": Text(("hosted_confirmation", "portal_homepage", "redirect")),
                "hosted_confirmation": Hash({"custom_message": Text(most=500)}),
                "redirect": Hash({"return_url": Text()}, needs=("return_url",)),
            },
            needs=("type",),
        ),
        "subscription_cancel": Hash(
            {
                "subscription": Text(),
                "retention": Hash(
                    {"type": Text(("coupon_offer",)), "coupon_offer": Hash({"coupon": Text()}, needs=("coupon",))},
                    needs=("type", "coupon_offer"),
                ),
            },
            needs=("subscription",),
        ),
        "subscription_pause": SUBSCRIPTION,
        "subscription_update": SUBSCRIPTION,
        "subscription_update_confirm": Hash(
            {
                "subscription": Text(),
                "items": Listing(Hash({"id": Text(), "price": Text(), "quantity": Integer(0)}, needs=("id",))),
                "discounts": Listing(Hash({"coupon": Text(), "promotion_code": Text()})),
            },
            needs=("subscription", "items"),
        ),
    },
    needs=("type",),
)
CREATE_SESSION = Hash(
    expandable(
        {
            "customer": Text(),
            "configuration": Text(),
            "flow_data": FLOW,
            "locale": Text(),
            "return_url": Text(),
            "after_expiration": Hash(
                {"type": Text(("customer_login",)), "customer_login": Hash({"expires_at": Integer()})}, needs=("type",)
            ),
        }
    ),
    ignores="customer_account on_behalf_of",
)
FEATURES = Hash(
    {
        "customer_update": Hash({"enabled": Flag(), "allowed_updates": Listing()}),
        "invoice_history": Hash({"enabled": Flag()}, needs=()),
        "payment_method_update": Hash({"enabled": Flag(), "payment_method_configuration": Text()}),
        "subscription_cancel": Hash(
            {
                "enabled": Flag(),
                "mode": Text(("at_period_end", "immediately")),
                "proration_behavior": PRORATION,
                "cancellation_reason": Hash({"enabled": Flag(), "options": Listing(Text(tuple(objects.REASONS)))}),
            }
        ),
        "subscription_pause": Hash({"enabled": Flag(), "duration": Anything()}),
        "subscription_update": Hash(
            {
                "enabled": Flag(),
                "default_allowed_updates": Listing(Text(("price", "promotion_code", "quantity"))),
                "products": Listing(
                    Hash(
                        {
                            "product": Text(),
                            "prices": Listing(),
                            "adjustable_quantity": Hash(
                                {"enabled": Flag(), "minimum": Integer(0), "maximum": Integer(1)}
                            ),
                        },
                        needs=("product", "prices"),
                    )
                ),
                "proration_behavior": PRORATION,
                "billing_cycle_anchor": Text(("now", "unchanged")),
                "trial_update_behavior": Text(("continue_trial", "end_trial")),
                "schedule_at_period_end": Anything(),
            }
        ),
    }
)
PROFILE = Hash({"headline": Text(most=60), "privacy_policy_url": Text(), "terms_of_service_url": Text()})
CONFIGURE = {
    "business_profile": PROFILE,
    "default_return_url": Text(),
    "features": FEATURES,
    "login_page": Hash({"enabled": Flag()}),
    "metadata": Metadata(),
    "name": Text(),
}
CREATE = Hash(expandable(CONFIGURE), needs=("features",))
UPDATE = Hash(expandable({**CONFIGURE, "active": Flag()}))
LIST = Hash({**lists.PAGING, "active": Flag(), "is_default": Flag()})


def create_session(call: Call) -> Document:
    """POST /v1/billing_portal/sessions."""
    books, given = call.books, call.params
    if not given.get("customer"):
        raise required("customer")
    customer = fetch(books, "customer", given["customer"], "customer")
    if given.get("configuration"):
        configuration = fetch(books, CONFIGURATION, given["configuration"], "configuration")
        if not configuration["active"]:
            raise invalid("The configuration is inactive and cannot make sessions.", "configuration")
    else:
        configuration = default_configuration(books)
    session_id = new_id("bps")
    fields: Document = {
        "after_expiration": _after_expiration(given.get("after_expiration")),
        "flow": _flow(books, given["flow_data"], customer, configuration) if given.get("flow_data") else None,
        "locale": given.get("locale"),
        "return_url": given.get("return_url") or configuration["default_return_url"],
    }
    url = f"{books.site}/stripe/portal/{session_id}"
    return created(books, objects.session(session_id, books.now, customer["id"], configuration["id"], url, **fields))


def _after_expiration(given: Document | None) -> Document | None:
    if not given:
        return None
    login = given.get("customer_login") or {}
    return {"customer_login": {"expires_at": login.get("expires_at")}, "type": given["type"]}


def _flow(books: Books, given: Document, customer: Document, configuration: Document) -> Document:
    kind = given["type"]
    if kind in ("payment_method_update", "customer_update"):
        return objects.flow(kind, {} if kind == "customer_update" else None, given.get("after_completion"))
    own = given.get(kind)
    if not own:
        raise required(f"flow_data[{kind}]")
    feature = "subscription_update" if kind == "subscription_update_confirm" else kind
    if not configuration["features"][feature]["enabled"]:
        raise invalid(
            f"This {kind} flow cannot be created because the feature {feature} is disabled in the portal configuration.",
            "flow_data[type]",
        )
    where = f"flow_data[{kind}][subscription]"
    subscription = fetch(books, "subscription", own["subscription"], where)
    if subscription["customer"] != customer["id"] or subscription["status"] in ENDED:
        raise invalid(f"The subscription {subscription['id']} is not one of the customer's live ones.", where)
    if kind == "subscription_cancel":
        if subscription["cancel_at"]:
            raise invalid("This subscription is set to be canceled already.", where)
        own = {"retention": own.get("retention"), "subscription": subscription["id"]}
    if kind == "subscription_update_confirm":
        own = _confirming(books, own, subscription)
    return objects.flow(kind, own, given.get("after_completion"))


def _confirming(books: Books, own: Document, subscription: Document) -> Document:
    ids = {item["id"] for item in items_of(books, subscription)}
    where = "flow_data[subscription_update_confirm][items]"
    if len(own["items"]) != 1 or own["items"][0]["id"] not in ids:
        raise invalid("Exactly one item of the subscription can be updated.", where)
    item = {name: own["items"][0].get(name) for name in ("id", "price", "quantity")}
    if item["price"]:
        fetch(books, "price", item["price"], f"{where}[0][price]")
    discounts = [
        {"coupon": one.get("coupon"), "promotion_code": one.get("promotion_code")} for one in own.get("discounts") or []
    ]
    return {"discounts": discounts or None, "items": [item], "subscription": subscription["id"]}


def default_configuration(books: Books) -> Document:
    """The configuration of sessions that name none; the first session makes it, with everything allowed."""
    found = books.select(CONFIGURATION, "json_extract(body, '$.is_default') = 1")
    if found:
        return found[0]
    features = deepcopy(objects.FEATURES)
    return created(books, objects.configuration(new_id("bpc"), books.now, features, is_default=True))


def _features(old: Document, given: Document) -> Document:
    """The features with what was given put over them, one level deep as Stripe does."""
    features = {name: {**feature, **(given.get(name) or {})} for name, feature in old.items()}
    reason = features["subscription_cancel"]["cancellation_reason"]
    features["subscription_cancel"]["cancellation_reason"] = {
        **objects.FEATURES["subscription_cancel"]["cancellation_reason"],
        **reason,
    }
    products = features["subscription_update"]["products"]
    if products is not None:
        features["subscription_update"]["products"] = [_product(one) for one in products]
    return features


def _product(given: Document) -> Document:
    quantity = {"enabled": False, "maximum": None, "minimum": 1, **(given.get("adjustable_quantity") or {})}
    return {**given, "adjustable_quantity": quantity}


def _settings(old: Document, given: Document) -> Document:
    changes: dict[str, Any] = {name: given[name] for name in ("active", "default_return_url", "name") if name in given}
    if given.get("business_profile"):
        changes["business_profile"] = {**old["business_profile"], **given["business_profile"]}
    if given.get("login_page"):
        changes["login_page"] = {"enabled": given["login_page"]["enabled"], "url": None}
    if "metadata" in given:
        changes["metadata"] = merge_metadata(old["metadata"], given["metadata"])
    return changes


def create_configuration(call: Call) -> Document:
    """POST /v1/billing_portal/configurations: a feature that is not named is off."""
    books, given = call.books, call.params
    bare = {name: {**feature, "enabled": False} for name, feature in deepcopy(objects.FEATURES).items()}
    bare["customer_update"]["allowed_updates"] = []
    bare["subscription_update"] |= {"default_allowed_updates": [], "products": [], "proration_behavior": "none"}
    configuration = objects.configuration(new_id("bpc"), books.now, _features(bare, given["features"] or {}))
    return created(books, {**configuration, **_settings(configuration, given)})


def update_configuration(call: Call) -> Document:
    """POST /v1/billing_portal/configurations/{id}."""
    books, given = call.books, call.params
    configuration = fetch(books, CONFIGURATION, call.ids[0])
    changes = {**_settings(configuration, given), "updated": books.now}
    if given.get("features"):
        changes["features"] = _features(configuration["features"], given["features"])
    return changed(books, configuration, changes, f"{CONFIGURATION}.updated", silent=("updated",))


def list_configurations(call: Call) -> Document:
    """GET /v1/billing_portal/configurations."""
    where = lists.Filter().equal(call.params, "active", "is_default")
    return lists.page(call.books, CONFIGURATION, call.params, "/v1/billing_portal/configurations", where)


ROUTES = [
    Route("POST", "/v1/billing_portal/sessions", create_session, CREATE_SESSION),
    Route("POST", "/v1/billing_portal/configurations", create_configuration, CREATE),
    Route("GET", "/v1/billing_portal/configurations", list_configurations, LIST),
    Route("GET", "/v1/billing_portal/configurations/{id}", lambda call: fetch(call.books, CONFIGURATION, call.ids[0])),
    Route("POST", "/v1/billing_portal/configurations/{id}", update_configuration, UPDATE),
]
