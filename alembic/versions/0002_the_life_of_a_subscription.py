"""The life of a subscription: refunds, disputes, quotes, seats, trials, and what a subscription remembers."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.create_table(
        "payment_links",
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("provider_payment_intent_id", sa.String(), nullable=False),
        sa.Column("provider_invoice_id", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("provider", "provider_payment_intent_id"),
    )
    op.create_index(
        op.f("ix_payment_links_provider_invoice_id"), "payment_links", ["provider_invoice_id"], unique=False
    )

    op.create_table(
        "trial_claims",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("mailbox", sa.String(), nullable=False),
        sa.Column("card_fingerprint", sa.String(), nullable=True),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("order_id", sa.String(), nullable=True),
        sa.Column("provider_subscription_id", sa.String(), nullable=True),
        sa.Column("is_refused", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("order_id"),
    )
    op.create_index(op.f("ix_trial_claims_card_fingerprint"), "trial_claims", ["card_fingerprint"], unique=False)
    op.create_index(op.f("ix_trial_claims_mailbox"), "trial_claims", ["mailbox"], unique=False)
    op.create_index(
        op.f("ix_trial_claims_provider_subscription_id"), "trial_claims", ["provider_subscription_id"], unique=False
    )
    op.create_index(op.f("ix_trial_claims_user_id"), "trial_claims", ["user_id"], unique=False)

    op.create_table(
        "quotes",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("subscription_id", sa.Text(), nullable=False),
        sa.Column("price_id", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("timing", sa.String(), nullable=False),
        sa.Column("proration_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("due_now_minor", sa.Integer(), nullable=False),
        sa.Column("next_amount_minor", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("credits_now", sa.Integer(), nullable=False),
        sa.Column("is_exact", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("status in ('open', 'accepted', 'refused')", name="quotes_status"),
        sa.CheckConstraint("timing in ('now', 'period_end')", name="quotes_timing"),
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
    )
    op.create_index(op.f("ix_quotes_user_id"), "quotes", ["user_id"], unique=False)

    op.create_table(
        "seats",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("subscription_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=True),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=True),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("status in ('invited', 'active', 'revoked')", name="seats_status"),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["subscriptions.id"],
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("subscription_id", "email", name="seats_subscription_email"),
        sa.UniqueConstraint("subscription_id", "user_id", name="seats_subscription_user"),
        sa.UniqueConstraint("token_hash"),
    )
    op.create_index(op.f("ix_seats_subscription_id"), "seats", ["subscription_id"], unique=False)
    op.create_index(op.f("ix_seats_user_id"), "seats", ["user_id"], unique=False)

    op.create_table(
        "subscription_changes",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("subscription_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("status_before", sa.String(), nullable=False),
        sa.Column("status_after", sa.String(), nullable=False),
        sa.Column("plan_id_before", sa.String(), nullable=True),
        sa.Column("plan_id_after", sa.String(), nullable=True),
        sa.Column("price_id_before", sa.String(), nullable=True),
        sa.Column("price_id_after", sa.String(), nullable=True),
        sa.Column("quantity_before", sa.Integer(), nullable=False),
        sa.Column("quantity_after", sa.Integer(), nullable=False),
        sa.Column("mrr_minor_before", sa.Integer(), nullable=False),
        sa.Column("mrr_minor_after", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["subscriptions.id"],
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_subscription_changes_at"), "subscription_changes", ["at"], unique=False)
    op.create_index(
        op.f("ix_subscription_changes_subscription_id"), "subscription_changes", ["subscription_id"], unique=False
    )

    op.create_table(
        "disputes",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("provider_dispute_id", sa.String(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=True),
        sa.Column("provider_payment_intent_id", sa.String(), nullable=True),
        sa.Column("provider_charge_id", sa.String(), nullable=True),
        sa.Column("amount_minor", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("watermark", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "status in ('warning_needs_response', 'warning_under_review', 'warning_closed', 'needs_response', 'under_review', 'won', 'lost', 'prevented')",
            name="disputes_status",
        ),
        sa.CheckConstraint("amount_minor >= 0", name="disputes_amount"),
        sa.ForeignKeyConstraint(
            ["order_id"],
            ["orders.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("provider", "provider_dispute_id", name="disputes_provider_dispute_id"),
    )
    op.create_index(op.f("ix_disputes_order_id"), "disputes", ["order_id"], unique=False)
    op.create_index(op.f("ix_disputes_provider_charge_id"), "disputes", ["provider_charge_id"], unique=False)
    op.create_index(
        op.f("ix_disputes_provider_payment_intent_id"), "disputes", ["provider_payment_intent_id"], unique=False
    )

    op.create_table(
        "fraud_warnings",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("provider_warning_id", sa.String(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=True),
        sa.Column("provider_payment_intent_id", sa.String(), nullable=True),
        sa.Column("provider_charge_id", sa.String(), nullable=True),
        sa.Column("fraud_type", sa.String(), nullable=False),
        sa.Column("is_actionable", sa.Boolean(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"],
            ["orders.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("provider", "provider_warning_id", name="fraud_warnings_provider_warning_id"),
    )
    op.create_index(op.f("ix_fraud_warnings_order_id"), "fraud_warnings", ["order_id"], unique=False)
    op.create_index(
        op.f("ix_fraud_warnings_provider_charge_id"), "fraud_warnings", ["provider_charge_id"], unique=False
    )
    op.create_index(
        op.f("ix_fraud_warnings_provider_payment_intent_id"),
        "fraud_warnings",
        ["provider_payment_intent_id"],
        unique=False,
    )

    op.create_table(
        "refunds",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("provider_refund_id", sa.String(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=True),
        sa.Column("provider_payment_intent_id", sa.String(), nullable=True),
        sa.Column("provider_charge_id", sa.String(), nullable=True),
        sa.Column("amount_minor", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("watermark", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "status in ('pending', 'requires_action', 'succeeded', 'failed', 'canceled')", name="refunds_status"
        ),
        sa.CheckConstraint("amount_minor >= 0", name="refunds_amount"),
        sa.ForeignKeyConstraint(
            ["order_id"],
            ["orders.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("provider", "provider_refund_id", name="refunds_provider_refund_id"),
    )
    op.create_index(op.f("ix_refunds_order_id"), "refunds", ["order_id"], unique=False)
    op.create_index(op.f("ix_refunds_provider_charge_id"), "refunds", ["provider_charge_id"], unique=False)
    op.create_index(
        op.f("ix_refunds_provider_payment_intent_id"), "refunds", ["provider_payment_intent_id"], unique=False
    )

    with op.batch_alter_table("orders", schema=None) as batch_op:
        batch_op.add_column(sa.Column("credits_revoked", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("credits_owed", sa.Integer(), server_default="0", nullable=False))

    with op.batch_alter_table("subscriptions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("past_due_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("resumes_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("cancel_reason", sa.String(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("cancel_comment", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("scheduled_price_id", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("scheduled_quantity", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("scheduled_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("provider_schedule_id", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("action_url", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("successor_id", sa.String(), nullable=True))


def downgrade() -> None:
    """Take this step back."""
    with op.batch_alter_table("subscriptions", schema=None) as batch_op:
        batch_op.drop_column("successor_id")
        batch_op.drop_column("action_url")
        batch_op.drop_column("provider_schedule_id")
        batch_op.drop_column("scheduled_at")
        batch_op.drop_column("scheduled_quantity")
        batch_op.drop_column("scheduled_price_id")
        batch_op.drop_column("cancel_comment")
        batch_op.drop_column("cancel_reason")
        batch_op.drop_column("resumes_at")
        batch_op.drop_column("paused_at")
        batch_op.drop_column("past_due_at")

    with op.batch_alter_table("orders", schema=None) as batch_op:
        batch_op.drop_column("credits_owed")
        batch_op.drop_column("credits_revoked")

    op.drop_index(
        op.f("ix_refunds_provider_payment_intent_id"),
        "refunds",
    )
    op.drop_index(
        op.f("ix_refunds_provider_charge_id"),
        "refunds",
    )
    op.drop_index(
        op.f("ix_refunds_order_id"),
        "refunds",
    )

    op.drop_table("refunds")
    op.drop_index(
        op.f("ix_fraud_warnings_provider_payment_intent_id"),
        "fraud_warnings",
    )
    op.drop_index(
        op.f("ix_fraud_warnings_provider_charge_id"),
        "fraud_warnings",
    )
    op.drop_index(
        op.f("ix_fraud_warnings_order_id"),
        "fraud_warnings",
    )

    op.drop_table("fraud_warnings")
    op.drop_index(
        op.f("ix_disputes_provider_payment_intent_id"),
        "disputes",
    )
    op.drop_index(
        op.f("ix_disputes_provider_charge_id"),
        "disputes",
    )
    op.drop_index(
        op.f("ix_disputes_order_id"),
        "disputes",
    )

    op.drop_table("disputes")
    op.drop_index(
        op.f("ix_subscription_changes_subscription_id"),
        "subscription_changes",
    )
    op.drop_index(
        op.f("ix_subscription_changes_at"),
        "subscription_changes",
    )

    op.drop_table("subscription_changes")
    op.drop_index(
        op.f("ix_seats_user_id"),
        "seats",
    )
    op.drop_index(
        op.f("ix_seats_subscription_id"),
        "seats",
    )

    op.drop_table("seats")
    op.drop_index(
        op.f("ix_quotes_user_id"),
        "quotes",
    )

    op.drop_table("quotes")
    op.drop_index(
        op.f("ix_trial_claims_user_id"),
        "trial_claims",
    )
    op.drop_index(
        op.f("ix_trial_claims_provider_subscription_id"),
        "trial_claims",
    )
    op.drop_index(
        op.f("ix_trial_claims_mailbox"),
        "trial_claims",
    )
    op.drop_index(
        op.f("ix_trial_claims_card_fingerprint"),
        "trial_claims",
    )

    op.drop_table("trial_claims")
    op.drop_index(
        op.f("ix_payment_links_provider_invoice_id"),
        "payment_links",
    )

    op.drop_table("payment_links")
