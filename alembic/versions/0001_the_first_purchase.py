"""The tables of the first purchase: users, plans, orders, subscriptions, credits, inbox and outbox."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.create_table(
        "audit_log",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("before", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("after", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("ip", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_audit_log_at"), "audit_log", ["at"], unique=False)
    op.create_index(op.f("ix_audit_log_subject"), "audit_log", ["subject"], unique=False)

    op.create_table(
        "emails",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("dedupe_key", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=True),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("template", sa.String(), nullable=False),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("context", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), server_default="", nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("status in ('queued', 'sending', 'sent', 'failed', 'dead')", name="emails_status"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("dedupe_key", name="emails_dedupe_key"),
    )
    op.create_index(
        "emails_waiting",
        "emails",
        ["next_attempt_at"],
        unique=False,
        postgresql_where=sa.text("status in ('queued', 'sending', 'failed')"),
        sqlite_where=sa.text("status in ('queued', 'sending', 'failed')"),
    )
    op.create_index(op.f("ix_emails_user_id"), "emails", ["user_id"], unique=False)

    op.create_table(
        "leases",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_table(
        "plans",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("environment", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("features", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("translations", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("benefits", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("highlighted", sa.Boolean(), nullable=False),
        sa.Column("highlight_text", sa.String(), nullable=False),
        sa.Column("button_text", sa.String(), nullable=False),
        sa.Column("button_link", sa.String(), nullable=False),
        sa.Column("trial_days", sa.Integer(), nullable=False),
        sa.Column("sales_group", sa.String(), nullable=False),
        sa.Column("display_order", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("environment in ('test', 'live')", name="plans_environment"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key", "environment", name="plans_key_environment"),
    )
    op.create_table(
        "settings",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_table(
        "users",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("email_verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("role in ('customer', 'admin')", name="users_role"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("email"),
    )
    op.create_table(
        "webhook_events",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.Column("api_version", sa.String(), nullable=False),
        sa.Column("object_id", sa.String(), nullable=False),
        sa.Column("payload", sa.Text(), server_default="", nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_owner", sa.String(), nullable=False),
        sa.Column("error", sa.Text(), server_default="", nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status in ('received', 'processing', 'done', 'ignored', 'failed', 'dead')", name="webhook_events_status"
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("provider", "event_id", name="webhook_events_event_id"),
    )
    op.create_index(op.f("ix_webhook_events_object_id"), "webhook_events", ["object_id"], unique=False)
    op.create_index(op.f("ix_webhook_events_received_at"), "webhook_events", ["received_at"], unique=False)
    op.create_index(
        "webhook_events_waiting",
        "webhook_events",
        ["next_attempt_at"],
        unique=False,
        postgresql_where=sa.text("status in ('received', 'processing', 'failed')"),
        sqlite_where=sa.text("status in ('received', 'processing', 'failed')"),
    )

    op.create_table(
        "customers",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("provider_customer_id", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("provider", "provider_customer_id", name="customers_provider_customer_id"),
    )
    op.create_index(
        "customers_one_live",
        "customers",
        ["user_id", "provider"],
        unique=True,
        postgresql_where=sa.text("retired_at is null"),
        sqlite_where=sa.text("retired_at is null"),
    )
    op.create_index(op.f("ix_customers_user_id"), "customers", ["user_id"], unique=False)

    op.create_table(
        "one_time_tokens",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind in ('verify', 'reset', 'ticket')", name="one_time_tokens_kind"),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("token_hash"),
    )
    op.create_index(op.f("ix_one_time_tokens_expires_at"), "one_time_tokens", ["expires_at"], unique=False)
    op.create_index(op.f("ix_one_time_tokens_user_id"), "one_time_tokens", ["user_id"], unique=False)

    op.create_table(
        "prices",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("plan_id", sa.Text(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("provider_product_id", sa.String(), nullable=True),
        sa.Column("provider_price_id", sa.String(), nullable=True),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("interval", sa.String(), nullable=False),
        sa.Column("interval_count", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("amount_minor", sa.Integer(), nullable=False),
        sa.Column("display_price", sa.String(), nullable=False),
        sa.Column("original_price", sa.String(), nullable=False),
        sa.Column("suffix", sa.String(), nullable=False),
        sa.Column("coupon_id", sa.String(), nullable=False),
        sa.Column("allow_codes", sa.Boolean(), nullable=False),
        sa.Column("benefits", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("interval in ('month', 'year', 'once')", name="prices_interval"),
        sa.CheckConstraint("type in ('one_time', 'recurring')", name="prices_type"),
        sa.CheckConstraint("amount_minor >= 0", name="prices_amount"),
        sa.ForeignKeyConstraint(
            ["plan_id"],
            ["plans.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint(
            "plan_id", "provider", "interval", "interval_count", "currency", name="prices_one_of_a_kind"
        ),
    )
    op.create_index(op.f("ix_prices_plan_id"), "prices", ["plan_id"], unique=False)
    op.create_index(
        "prices_provider_price_id",
        "prices",
        ["provider", "provider_price_id"],
        unique=True,
        postgresql_where=sa.text("provider_price_id is not null"),
        sqlite_where=sa.text("provider_price_id is not null"),
    )

    op.create_table(
        "sessions",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("ip", sa.String(), nullable=False),
        sa.Column("user_agent", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("token_hash"),
    )
    op.create_index(op.f("ix_sessions_expires_at"), "sessions", ["expires_at"], unique=False)
    op.create_index(op.f("ix_sessions_user_id"), "sessions", ["user_id"], unique=False)

    op.create_table(
        "usage",
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("subscription_credits_balance", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("one_time_credits_balance", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("seq", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("head_hash", sa.String(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("one_time_credits_balance >= 0", name="usage_one_time_balance"),
        sa.CheckConstraint("subscription_credits_balance >= 0", name="usage_subscription_balance"),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
        ),
        sa.PrimaryKeyConstraint("user_id"),
    )
    op.create_table(
        "subscriptions",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("provider_subscription_id", sa.String(), nullable=False),
        sa.Column("provider_customer_id", sa.String(), nullable=True),
        sa.Column("plan_id", sa.Text(), nullable=True),
        sa.Column("price_id", sa.Text(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("sales_group", sa.String(), nullable=False),
        sa.Column("current_period_start", sa.DateTime(timezone=True), nullable=True),
        sa.Column("current_period_end", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancel_at_period_end", sa.Boolean(), nullable=False),
        sa.Column("cancels_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("canceled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("trial_start", sa.DateTime(timezone=True), nullable=True),
        sa.Column("trial_end", sa.DateTime(timezone=True), nullable=True),
        sa.Column("anchor_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("watermark", sa.DateTime(timezone=True), nullable=True),
        sa.Column("provider_metadata", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "status in ('pending', 'incomplete', 'incomplete_expired', 'trialing', 'active', 'past_due', 'unpaid', 'canceled', 'paused')",
            name="subscriptions_status",
        ),
        sa.ForeignKeyConstraint(
            ["plan_id"],
            ["plans.id"],
        ),
        sa.ForeignKeyConstraint(
            ["price_id"],
            ["prices.id"],
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("provider", "provider_subscription_id", name="subscriptions_provider_subscription_id"),
    )
    op.create_index(op.f("ix_subscriptions_user_id"), "subscriptions", ["user_id"], unique=False)

    op.create_table(
        "orders",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("provider_order_id", sa.String(), nullable=True),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("price_id", sa.Text(), nullable=True),
        sa.Column("plan_id", sa.Text(), nullable=True),
        sa.Column("subscription_id", sa.Text(), nullable=True),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("amount_subtotal", sa.Integer(), nullable=False),
        sa.Column("amount_discount", sa.Integer(), nullable=False),
        sa.Column("amount_tax", sa.Integer(), nullable=False),
        sa.Column("amount_total", sa.Integer(), nullable=False),
        sa.Column("amount_refunded", sa.Integer(), nullable=False),
        sa.Column("provider_session_id", sa.String(), nullable=True),
        sa.Column("provider_payment_intent_id", sa.String(), nullable=True),
        sa.Column("provider_invoice_id", sa.String(), nullable=True),
        sa.Column("provider_charge_id", sa.String(), nullable=True),
        sa.Column("provider_product_id", sa.String(), nullable=True),
        sa.Column("provider_price_id", sa.String(), nullable=True),
        sa.Column("provider_subscription_id", sa.String(), nullable=True),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("service", sa.String(), nullable=False),
        sa.Column("granted", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("invoice_url", sa.Text(), server_default="", nullable=False),
        sa.Column("receipt_url", sa.Text(), server_default="", nullable=False),
        sa.Column("checkout_url", sa.Text(), server_default="", nullable=False),
        sa.Column("checkout_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("provider_metadata", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status in ('pending', 'succeeded', 'failed', 'canceled', 'refunded', 'partially_refunded', 'disputed')",
            name="orders_status",
        ),
        sa.CheckConstraint(
            "type in ('purchase', 'subscription_initial', 'subscription_renewal', 'subscription_update', 'refund')",
            name="orders_type",
        ),
        sa.CheckConstraint("amount_refunded >= 0 and amount_refunded <= amount_total", name="orders_refunded"),
        sa.ForeignKeyConstraint(
            ["plan_id"],
            ["plans.id"],
        ),
        sa.ForeignKeyConstraint(
            ["price_id"],
            ["prices.id"],
        ),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["subscriptions.id"],
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("provider", "provider_order_id", "type", name="orders_provider_order_id"),
    )
    op.create_index(op.f("ix_orders_provider_charge_id"), "orders", ["provider_charge_id"], unique=False)
    op.create_index(op.f("ix_orders_provider_invoice_id"), "orders", ["provider_invoice_id"], unique=False)
    op.create_index(
        op.f("ix_orders_provider_payment_intent_id"), "orders", ["provider_payment_intent_id"], unique=False
    )
    op.create_index(op.f("ix_orders_provider_session_id"), "orders", ["provider_session_id"], unique=False)
    op.create_index(op.f("ix_orders_subscription_id"), "orders", ["subscription_id"], unique=False)
    op.create_index("orders_of_user", "orders", ["user_id", "created_at", "id"], unique=False)

    op.create_table(
        "credit_grants",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("pool", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("amount", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("remaining", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("order_id", sa.Text(), nullable=True),
        sa.Column("subscription_id", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("pool in ('subscription', 'one_time')", name="credit_grants_pool"),
        sa.CheckConstraint("remaining >= 0 and remaining <= amount", name="credit_grants_remaining"),
        sa.ForeignKeyConstraint(
            ["order_id"],
            ["orders.id"],
        ),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["subscriptions.id"],
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key", name="credit_grants_key"),
    )
    op.create_index(
        "credit_grants_open",
        "credit_grants",
        ["user_id"],
        unique=False,
        postgresql_where=sa.text("remaining > 0"),
        sqlite_where=sa.text("remaining > 0"),
    )
    op.create_index(op.f("ix_credit_grants_order_id"), "credit_grants", ["order_id"], unique=False)

    op.create_table(
        "credit_logs",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("amount", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("subscription_balance_after", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("one_time_balance_after", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=True),
        sa.Column("feature", sa.String(), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("order_id", sa.Text(), nullable=True),
        sa.Column("previous_hash", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"],
            ["orders.id"],
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("user_id", "seq", name="credit_logs_user_seq"),
    )
    op.create_index(
        "credit_logs_key",
        "credit_logs",
        ["user_id", "key"],
        unique=True,
        postgresql_where=sa.text("key is not null"),
        sqlite_where=sa.text("key is not null"),
    )

    op.create_table(
        "credit_lineage",
        sa.Column("log_id", sa.String(), nullable=False),
        sa.Column("lot_id", sa.String(), nullable=False),
        sa.Column("amount", sa.BigInteger(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["log_id"],
            ["credit_logs.id"],
        ),
        sa.ForeignKeyConstraint(
            ["lot_id"],
            ["credit_grants.id"],
        ),
        sa.PrimaryKeyConstraint("log_id", "lot_id"),
    )
    op.create_index(op.f("ix_credit_lineage_lot_id"), "credit_lineage", ["lot_id"], unique=False)


def downgrade() -> None:
    """Take this step back."""
    op.drop_index(
        op.f("ix_credit_lineage_lot_id"),
        "credit_lineage",
    )

    op.drop_table("credit_lineage")
    op.drop_index(
        "credit_logs_key",
        "credit_logs",
        postgresql_where=sa.text("key is not null"),
        sqlite_where=sa.text("key is not null"),
    )

    op.drop_table("credit_logs")
    op.drop_index(
        op.f("ix_credit_grants_order_id"),
        "credit_grants",
    )
    op.drop_index(
        "credit_grants_open",
        "credit_grants",
        postgresql_where=sa.text("remaining > 0"),
        sqlite_where=sa.text("remaining > 0"),
    )

    op.drop_table("credit_grants")
    op.drop_index(
        "orders_of_user",
        "orders",
    )
    op.drop_index(
        op.f("ix_orders_subscription_id"),
        "orders",
    )
    op.drop_index(
        op.f("ix_orders_provider_session_id"),
        "orders",
    )
    op.drop_index(
        op.f("ix_orders_provider_payment_intent_id"),
        "orders",
    )
    op.drop_index(
        op.f("ix_orders_provider_invoice_id"),
        "orders",
    )
    op.drop_index(
        op.f("ix_orders_provider_charge_id"),
        "orders",
    )

    op.drop_table("orders")
    op.drop_index(
        op.f("ix_subscriptions_user_id"),
        "subscriptions",
    )

    op.drop_table("subscriptions")
    op.drop_table("usage")
    op.drop_index(
        op.f("ix_sessions_user_id"),
        "sessions",
    )
    op.drop_index(
        op.f("ix_sessions_expires_at"),
        "sessions",
    )

    op.drop_table("sessions")
    op.drop_index(
        "prices_provider_price_id",
        "prices",
        postgresql_where=sa.text("provider_price_id is not null"),
        sqlite_where=sa.text("provider_price_id is not null"),
    )
    op.drop_index(
        op.f("ix_prices_plan_id"),
        "prices",
    )

    op.drop_table("prices")
    op.drop_index(
        op.f("ix_one_time_tokens_user_id"),
        "one_time_tokens",
    )
    op.drop_index(
        op.f("ix_one_time_tokens_expires_at"),
        "one_time_tokens",
    )

    op.drop_table("one_time_tokens")
    op.drop_index(
        op.f("ix_customers_user_id"),
        "customers",
    )
    op.drop_index(
        "customers_one_live",
        "customers",
        postgresql_where=sa.text("retired_at is null"),
        sqlite_where=sa.text("retired_at is null"),
    )

    op.drop_table("customers")
    op.drop_index(
        "webhook_events_waiting",
        "webhook_events",
        postgresql_where=sa.text("status in ('received', 'processing', 'failed')"),
        sqlite_where=sa.text("status in ('received', 'processing', 'failed')"),
    )
    op.drop_index(
        op.f("ix_webhook_events_received_at"),
        "webhook_events",
    )
    op.drop_index(
        op.f("ix_webhook_events_object_id"),
        "webhook_events",
    )

    op.drop_table("webhook_events")
    op.drop_table("users")
    op.drop_table("settings")
    op.drop_table("plans")
    op.drop_table("leases")
    op.drop_index(
        op.f("ix_emails_user_id"),
        "emails",
    )
    op.drop_index(
        "emails_waiting",
        "emails",
        postgresql_where=sa.text("status in ('queued', 'sending', 'failed')"),
        sqlite_where=sa.text("status in ('queued', 'sending', 'failed')"),
    )

    op.drop_table("emails")
    op.drop_index(
        op.f("ix_audit_log_subject"),
        "audit_log",
    )
    op.drop_index(
        op.f("ix_audit_log_at"),
        "audit_log",
    )

    op.drop_table("audit_log")
