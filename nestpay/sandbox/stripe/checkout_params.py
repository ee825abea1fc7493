"""What the calls around checkout sessions accept."""

from nestpay.sandbox.stripe import lists
from nestpay.sandbox.stripe.catalogue import PRICE_DATA
from nestpay.sandbox.stripe.checkout_recovery import WANTED
from nestpay.sandbox.stripe.routes import expandable
from nestpay.sandbox.stripe.wire import Anything, Flag, Hash, Integer, Listing, Metadata, Text

ENABLED = Hash({"enabled": Flag()}, ignores="liability required")
LINE_ITEM = Hash(
    {
        "price": Text(),
        "price_data": PRICE_DATA,
        "quantity": Integer(1, 999999),
        "adjustable_quantity": Hash({"enabled": Flag(), "minimum": Integer(0), "maximum": Integer(1)}),
        "metadata": Metadata(),
    },
    ignores="tax_rates dynamic_tax_rates",
)
DISCOUNT = Hash({"coupon": Text(), "promotion_code": Text()}, ignores="coupon_data")
SUBSCRIPTION_DATA = Hash(
    {
        "description": Text(most=500),
        "metadata": Metadata(),
        "trial_period_days": Integer(1, 730),
        "trial_end": Integer(),
        "trial_settings": Hash(
            {
                "end_behavior": Hash(
                    {
                        "missing_payment_method": Text(("cancel", "create_invoice", "pause")),
                        "billing_cycle_anchor": Text(("now", "unchanged")),
                    }
                )
            }
        ),
    },
    ignores=(
        "application_fee_percent billing_cycle_anchor billing_cycle_anchor_config billing_mode default_tax_rates invoice_settings "
        "on_behalf_of pending_invoice_item_interval proration_behavior transfer_data"
    ),
)
PAYMENT_INTENT_DATA = Hash(
    {
        "description": Text(most=1000),
        "metadata": Metadata(),
        "receipt_email": Text(),
        "setup_future_usage": Text(("off_session", "on_session")),
        "statement_descriptor": Text(most=22),
        "statement_descriptor_suffix": Text(most=22),
        "transfer_group": Text(),
    },
    ignores="application_fee_amount capture_method on_behalf_of shipping transfer_data",
)
CUSTOM_FIELD = Hash(
    {
        "key": Text(most=200),
        "label": Hash({"type": Text(("custom",)), "custom": Text(most=50)}, needs=("custom",)),
        "type": Text(("dropdown", "numeric", "text")),
        "optional": Flag(),
        "dropdown": Hash({"options": Listing(Hash({"label": Text(), "value": Text()})), "default_value": Text()}),
        "numeric": Hash({"default_value": Text(), "maximum_length": Integer(1), "minimum_length": Integer(1)}),
        "text": Hash({"default_value": Text(), "maximum_length": Integer(1), "minimum_length": Integer(1)}),
    },
    needs=("key", "label", "type"),
)
BRANDING = Hash(
    {
        "display_name": Text(),
        "button_color": Text(),
        "background_color": Text(),
        "border_style": Text(),
        "font_family": Text(),
    },
    ignores="icon logo",
)
MESSAGE = Hash({"message": Text(most=1200)})
OLD_BUT_TAKEN = "payment_method_types"
CREATE = Hash(
    expandable(
        {
            "after_expiration": WANTED,
            "allow_promotion_codes": Flag(),
            "allowed_payment_method_types": Listing(),
            "automatic_tax": ENABLED,
            "billing_address_collection": Text(("auto", "required")),
            "cancel_url": Text(),
            "branding_settings": BRANDING,
            "client_reference_id": Text(most=200),
            "consent_collection": Hash(
                {"terms_of_service": Text(("none", "required")), "promotions": Text(("auto", "none"))},
                ignores="payment_method_reuse_agreement",
            ),
            "currency": Text(),
            "custom_fields": Listing(CUSTOM_FIELD),
            "custom_text": Hash(
                dict.fromkeys(("after_submit", "shipping_address", "submit", "terms_of_service_acceptance"), MESSAGE)
            ),
            "customer": Text(),
            "customer_creation": Text(("always", "if_required")),
            "customer_email": Text(most=800),
            "customer_update": Hash({name: Text(("auto", "never")) for name in ("address", "name", "shipping")}),
            "discounts": Listing(DISCOUNT),
            "excluded_payment_method_types": Listing(),
            "expires_at": Integer(),
            "integration_identifier": Text(),
            "invoice_creation": Hash(
                {
                    "enabled": Flag(),
                    "invoice_data": Hash(
                        {"description": Text(), "footer": Text(), "metadata": Metadata()},
                        ignores="account_tax_ids custom_fields issuer rendering_options",
                    ),
                }
            ),
            "line_items": Listing(LINE_ITEM),
            "locale": Text(),
            "metadata": Metadata(),
            "mode": Text(("payment", "setup", "subscription")),
            "origin_context": Text(("mobile_app", "web")),
            "payment_intent_data": PAYMENT_INTENT_DATA,
            "payment_method_collection": Text(("always", "if_required")),
            "phone_number_collection": ENABLED,
            "redirect_on_completion": Text(("always", "if_required", "never")),
            "return_url": Text(),
            "setup_intent_data": Hash({"description": Text(), "metadata": Metadata()}, ignores="on_behalf_of"),
            "submit_type": Text(("auto", "book", "donate", "pay", "subscribe")),
            "subscription_data": SUBSCRIPTION_DATA,
            "success_url": Text(),
            "tax_id_collection": ENABLED,
            "ui_mode": Text(("elements", "embedded_page", "form", "hosted_page", "hosted", "embedded", "custom")),
        }
    ),
    needs=("mode",),
    ignores=(
        "adaptive_pricing customer_account managed_payments name_collection optional_items "
        "payment_method_configuration payment_method_data payment_method_options permissions saved_payment_method_options "
        "shipping_address_collection shipping_options wallet_options " + OLD_BUT_TAKEN
    ),
)
UPDATE = Hash(expandable({"metadata": Metadata()}), ignores="collected_information line_items shipping_options")
LIST = Hash(
    {
        **lists.PAGING,
        "customer": Text(),
        "customer_details": Hash({"email": Text()}),
        "payment_intent": Text(),
        "payment_link": Text(),
        "status": Text(("complete", "expired", "open")),
        "subscription": Text(),
        "customer_account": Anything(),
    }
)
LIST_ITEMS = Hash(lists.PAGING)
