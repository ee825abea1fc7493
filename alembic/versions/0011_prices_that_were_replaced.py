"""A price whose amount changes is archived beside the one that replaces it, and a plan can be put away."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_KIND = ["plan_id", "provider", "interval", "interval_count", "currency"]


def upgrade() -> None:
    """Apply this step."""
    with op.batch_alter_table("plans", schema=None) as batch_op:
        batch_op.add_column(sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("prices", schema=None) as batch_op:
        batch_op.drop_constraint("prices_one_of_a_kind", type_="unique")
        batch_op.create_index(
            "prices_one_of_a_kind_active",
            _KIND,
            unique=True,
            postgresql_where=sa.text("active"),
            sqlite_where=sa.text("active"),
        )


def downgrade() -> None:
    """Take this step back."""
    with op.batch_alter_table("prices", schema=None) as batch_op:
        batch_op.drop_index("prices_one_of_a_kind_active")
        batch_op.create_unique_constraint("prices_one_of_a_kind", _KIND)
    with op.batch_alter_table("plans", schema=None) as batch_op:
        batch_op.drop_column("archived_at")
