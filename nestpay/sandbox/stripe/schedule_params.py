"""What the calls around subscription schedules accept."""

from nestpay.sandbox.stripe import lists
from nestpay.sandbox.stripe.catalogue import INTERVALS, PRICE_DATA
from nestpay.sandbox.stripe.routes import expandable
from nestpay.sandbox.stripe.subscription_params import DISCOUNT, PRORATION
from nestpay.sandbox.stripe.wire import Flag, Hash, Integer, Listing, Metadata, Text

ITEM = Hash(
    {"price": Text(), "plan": Text(), "price_data": PRICE_DATA, "quantity": Integer(0), "metadata": Metadata()},
    ignores="billing_thresholds discounts tax_rates",
)
DURATION = Hash({"interval": Text(INTERVALS), "interval_count": Integer(1)}, needs=("interval",))
PHASE = Hash(
    {
        "billing_cycle_anchor": Text(("automatic", "phase_start")),
        "default_payment_method": Text(),
        "description": Text(),
        "discounts": Listing(DISCOUNT),
        "duration": DURATION,
        "end_date": Integer(words=("now",)),
        "items": Listing(ITEM),
        "iterations": Integer(1),
        "metadata": Metadata(),
        "proration_behavior": PRORATION,
        "start_date": Integer(words=("now",)),
    },
    needs=("items",),
    ignores=(
        "add_invoice_items application_fee_percent automatic_tax billing_thresholds collection_method currency default_tax_rates "
        "invoice_settings on_behalf_of transfer_data trial trial_end"
    ),
)
END = Text(("cancel", "none", "release", "renew"))
COMMON = {"end_behavior": END, "metadata": Metadata(), "phases": Listing(PHASE)}
CREATE = Hash(
    expandable({**COMMON, "customer": Text(), "from_subscription": Text(), "start_date": Integer(words=("now",))}),
    ignores="billing_mode customer_account default_settings pause_schedules",
)
UPDATE = Hash(
    expandable({**COMMON, "proration_behavior": PRORATION}), ignores="default_settings pause_schedules billing_mode"
)
CANCEL = Hash(expandable({"invoice_now": Flag(), "prorate": Flag()}))
RELEASE = Hash(expandable({"preserve_cancel_date": Flag()}))
LIST = Hash(
    {**lists.PAGING, "customer": Text(), "scheduled": Flag()},
    ignores="canceled_at completed_at released_at customer_account",
)
