"""What fails is found at once and says where it failed, refused deliveries are counted, and reports read narrow indexes."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_GIVEN_UP = "status in ('failed', 'dead')"


def upgrade() -> None:
    """Apply this step."""
    op.create_table(
        "bad_deliveries",
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("day", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("provider", "day"),
    )
    with op.batch_alter_table("webhook_events", schema=None) as batch_op:
        batch_op.add_column(sa.Column("trace", sa.Text(), server_default="", nullable=False))
    for table in ("webhook_events", "emails"):
        op.create_index(
            f"{table}_in_trouble",
            table,
            ["status", "id"],
            postgresql_where=sa.text(_GIVEN_UP),
            sqlite_where=sa.text(_GIVEN_UP),
        )
    op.create_index("emails_by_recipient", "emails", ["recipient", "id"])
    op.create_index("audit_log_by_actor", "audit_log", ["actor_id", "id"])
    op.create_index("audit_log_by_action", "audit_log", ["action", "id"])
    op.create_index(
        "orders_paid",
        "orders",
        ["currency", "paid_at", "type", "plan_id", "amount_total", "amount_tax"],
        postgresql_where=sa.text("paid_at is not null"),
        sqlite_where=sa.text("paid_at is not null"),
    )


def downgrade() -> None:
    """Take this step back."""
    op.drop_index("orders_paid", table_name="orders")
    op.drop_index("audit_log_by_action", table_name="audit_log")
    op.drop_index("audit_log_by_actor", table_name="audit_log")
    op.drop_index("emails_by_recipient", table_name="emails")
    for table in ("emails", "webhook_events"):
        op.drop_index(f"{table}_in_trouble", table_name=table)
    with op.batch_alter_table("webhook_events", schema=None) as batch_op:
        batch_op.drop_column("trace")
    op.drop_table("bad_deliveries")
