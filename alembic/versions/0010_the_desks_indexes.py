"""What the admin's desk searches by is indexed, and an account that was deleted says since when."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_PREFIX = "text_pattern_ops"


def upgrade() -> None:
    """Apply this step."""
    with op.batch_alter_table("users", schema=None) as batch_op:
        batch_op.add_column(sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True))
    for name in ("status", "type", "plan_id", "provider"):
        op.create_index(f"orders_by_{name}", "orders", [name, "created_at", "id"])
    op.create_index("orders_by_date", "orders", ["created_at", "id"])
    op.create_index("orders_by_amount", "orders", ["amount_total", "id"])
    op.create_index("orders_by_number", "orders", [sa.text("substr(id, 25)")])
    for name in ("status", "plan_id", "provider"):
        op.create_index(f"subscriptions_by_{name}", "subscriptions", [name, "created_at", "id"])
    op.create_index("subscriptions_by_date", "subscriptions", ["created_at", "id"])
    op.create_index("users_by_date", "users", ["created_at", "id"])
    op.create_index("users_by_email", "users", ["email"], postgresql_ops={"email": _PREFIX})
    op.create_index("users_by_name", "users", [sa.text("lower(name)")], postgresql_ops={"lower(name)": _PREFIX})
    _partial("users_admins", "users", ["created_at", "id"], "role = 'admin'")
    _partial("users_disabled", "users", ["created_at", "id"], "disabled_at is not null")
    op.create_index("credit_logs_by_date", "credit_logs", ["created_at", "id"])
    _partial("credit_logs_by_type", "credit_logs", ["type", "created_at", "id"], "type <> 'feature_usage'")


def _partial(name: str, table: str, columns: list[str], where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, table, columns, postgresql_where=condition, sqlite_where=condition)


def downgrade() -> None:
    """Take this step back."""
    made = {
        "credit_logs": ("by_type", "by_date"),
        "users": ("disabled", "admins", "by_name", "by_email", "by_date"),
        "subscriptions": ("by_date", "by_provider", "by_plan_id", "by_status"),
        "orders": ("by_number", "by_amount", "by_date", "by_provider", "by_plan_id", "by_type", "by_status"),
    }
    for table, names in made.items():
        for name in names:
            op.drop_index(f"{table}_{name}", table_name=table)
    with op.batch_alter_table("users", schema=None) as batch_op:
        batch_op.drop_column("deleted_at")
