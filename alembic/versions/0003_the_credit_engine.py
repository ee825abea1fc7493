"""The credit engine: holds, drips, counters, automatic top-ups, and what an account owes."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.create_table(
        "feature_counters",
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("feature", sa.String(), nullable=False),
        sa.Column("period_start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
        ),
        sa.PrimaryKeyConstraint("user_id", "feature", "period_start"),
    )
    op.create_table(
        "top_ups",
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("price_id", sa.Text(), nullable=False),
        sa.Column("threshold", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("monthly_cap", sa.Integer(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("count_in_month", sa.Integer(), nullable=False),
        sa.Column("waiting_order_id", sa.String(), nullable=True),
        sa.Column("action_url", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("threshold >= 0 and monthly_cap > 0", name="top_ups_bounds"),
        sa.ForeignKeyConstraint(
            ["price_id"],
            ["prices.id"],
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
        ),
        sa.PrimaryKeyConstraint("user_id"),
    )
    op.create_table(
        "credit_drips",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("subscription_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=True),
        sa.Column("index", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("status in ('pending', 'granted', 'canceled')", name="credit_drips_status"),
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
        sa.UniqueConstraint("subscription_id", "cause", "index", name="credit_drips_once"),
    )
    op.create_index(
        "credit_drips_due",
        "credit_drips",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("status = 'pending'"),
        sqlite_where=sa.text("status = 'pending'"),
    )
    op.create_index(op.f("ix_credit_drips_order_id"), "credit_drips", ["order_id"], unique=False)
    op.create_index(op.f("ix_credit_drips_user_id"), "credit_drips", ["user_id"], unique=False)

    op.create_table(
        "credit_holds",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("amount", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("settled_amount", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("feature", sa.String(), nullable=False),
        sa.Column("log_id", sa.String(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("status in ('open', 'settled', 'released', 'expired')", name="credit_holds_status"),
        sa.CheckConstraint("amount > 0", name="credit_holds_amount"),
        sa.ForeignKeyConstraint(
            ["log_id"],
            ["credit_logs.id"],
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("user_id", "key", name="credit_holds_user_key"),
    )
    op.create_index(
        "credit_holds_open",
        "credit_holds",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("status = 'open'"),
        sqlite_where=sa.text("status = 'open'"),
    )

    with op.batch_alter_table("usage", schema=None) as batch_op:
        batch_op.add_column(sa.Column("held", sa.BigInteger(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("debt", sa.BigInteger(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("is_frozen", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.create_check_constraint("usage_held", "held >= 0")
        batch_op.create_check_constraint("usage_debt", "debt >= 0")


def downgrade() -> None:
    """Take this step back."""
    with op.batch_alter_table("usage", schema=None) as batch_op:
        batch_op.drop_constraint("usage_debt", type_="check")
        batch_op.drop_constraint("usage_held", type_="check")
        batch_op.drop_column("is_frozen")
        batch_op.drop_column("debt")
        batch_op.drop_column("held")

    op.drop_index(
        "credit_holds_open",
        "credit_holds",
        postgresql_where=sa.text("status = 'open'"),
        sqlite_where=sa.text("status = 'open'"),
    )

    op.drop_table("credit_holds")
    op.drop_index(
        op.f("ix_credit_drips_user_id"),
        "credit_drips",
    )
    op.drop_index(
        op.f("ix_credit_drips_order_id"),
        "credit_drips",
    )
    op.drop_index(
        "credit_drips_due",
        "credit_drips",
        postgresql_where=sa.text("status = 'pending'"),
        sqlite_where=sa.text("status = 'pending'"),
    )

    op.drop_table("credit_drips")
    op.drop_table("top_ups")
    op.drop_table("feature_counters")
