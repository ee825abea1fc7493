"""What the calls around subscriptions and their items accept."""

from nestpay.sandbox.stripe import lists
from nestpay.sandbox.stripe.catalogue import PRICE_DATA
from nestpay.sandbox.stripe.checkout_params import DISCOUNT as SESSION_DISCOUNT
from nestpay.sandbox.stripe.checkout_params import ENABLED, SUBSCRIPTION_DATA
from nestpay.sandbox.stripe.routes import expandable
from nestpay.sandbox.stripe.wire import Flag, Hash, Integer, Listing, Metadata, OrWord, Text

DISCOUNT = Hash({**SESSION_DISCOUNT.known, "discount": Text()})
BEHAVIORS = ("allow_incomplete", "default_incomplete", "error_if_incomplete", "pending_if_incomplete")
ITEM = Hash(
    {
        "price": Text(),
        "price_data": PRICE_DATA,
        "quantity": Integer(0),
        "metadata": Metadata(),
        "id": Text(),
        "plan": Text(),
        "deleted": Flag(),
    },
    ignores="billing_thresholds discounts tax_rates clear_usage current_trial",
)
FEEDBACK = Text(
    tuple(
        "customer_service low_quality missing_features other switched_service too_complex too_expensive unused".split()
    )
)
CANCELLATION = Hash({"comment": Text(), "feedback": FEEDBACK}, ignores="feedback_option")
COMMON = {
    "automatic_tax": ENABLED,
    "cancel_at": OrWord(("min_period_end", "max_period_end"), Integer()),
    "cancel_at_period_end": Flag(),
    "default_payment_method": Text(),
    "description": Text(most=500),
    "metadata": Metadata(),
    "off_session": Flag(),
    "payment_behavior": Text(BEHAVIORS),
}
CREATE = Hash(
    expandable(
        {
            **COMMON,
            "customer": Text(),
            "currency": Text(),
            "items": Listing(ITEM),
            "add_invoice_items": Listing(
                Hash(
                    {"price": Text(), "price_data": PRICE_DATA, "quantity": Integer(1)},
                    ignores="discounts tax_rates metadata period",
                )
            ),
            "discounts": Listing(DISCOUNT),
            "coupon": Text(),
            "promotion_code": Text(),
            "trial_period_days": Integer(0, 730),
            "trial_end": Integer(words=("now",)),
            "trial_settings": SUBSCRIPTION_DATA.known["trial_settings"],
        }
    ),
    needs=("customer",),
    ignores=(
        "application_fee_percent backdate_start_date billing_cycle_anchor billing_cycle_anchor_config billing_mode billing_schedules "
        "billing_thresholds collection_method customer_account days_until_due default_source default_tax_rates invoice_settings "
        "on_behalf_of payment_settings pending_invoice_item_interval proration_behavior transfer_data trial_from_plan"
    ),
)
PRORATION = Text(("always_invoice", "create_prorations", "none"))
ANCHOR = OrWord(("now", "unchanged"), Hash({"type": Text(("now", "unchanged"))}))
COLLECTION = Hash(
    {"behavior": Text(("keep_as_draft", "mark_uncollectible", "void")), "resumes_at": Integer()}, needs=("behavior",)
)
CHANGING = {
    "items": Listing(ITEM),
    "proration_behavior": PRORATION,
    "proration_date": Integer(),
    "billing_cycle_anchor": ANCHOR,
    "trial_end": Integer(words=("now",)),
}
UPDATE = Hash(
    expandable(
        {
            **COMMON,
            **CHANGING,
            "cancellation_details": CANCELLATION,
            "discounts": Listing(DISCOUNT),
            "pause_collection": COLLECTION,
            "trial_settings": SUBSCRIPTION_DATA.known["trial_settings"],
        }
    ),
    ignores=(
        "add_invoice_items application_fee_percent billing_schedules billing_thresholds collection_method days_until_due default_source "
        "default_tax_rates invoice_settings on_behalf_of payment_settings pending_invoice_item_interval transfer_data trial_from_plan"
    ),
)
CANCEL = Hash(expandable({"cancellation_details": CANCELLATION, "invoice_now": Flag(), "prorate": Flag()}))
STATUSES = (
    "active",
    "all",
    "canceled",
    "ended",
    "incomplete",
    "incomplete_expired",
    "past_due",
    "paused",
    "trialing",
    "unpaid",
)
LIST = Hash(
    {
        **lists.PAGING,
        "customer": Text(),
        "price": Text(),
        "plan": Text(),
        "status": Text(STATUSES),
        "collection_method": Text(),
    },
    ignores="automatic_tax current_period_end current_period_start customer_account test_clock",
)
LIST_ITEMS = Hash({**lists.PAGING, "subscription": Text()}, needs=("subscription",))
OF_ITEM = {
    **{name: ITEM.known[name] for name in ("price", "price_data", "quantity", "metadata", "plan")},
    "payment_behavior": Text(BEHAVIORS),
    "proration_behavior": PRORATION,
    "proration_date": Integer(),
    "off_session": Flag(),
}
IGNORED_OF_ITEM = "billing_thresholds discounts tax_rates current_trial"
CREATE_ITEM = Hash(expandable({**OF_ITEM, "subscription": Text()}), needs=("subscription",), ignores=IGNORED_OF_ITEM)
UPDATE_ITEM = Hash(expandable(OF_ITEM), ignores=IGNORED_OF_ITEM)
DELETE_ITEM = Hash(
    expandable({name: OF_ITEM[name] for name in ("payment_behavior", "proration_behavior", "proration_date")}),
    ignores="clear_usage",
)
