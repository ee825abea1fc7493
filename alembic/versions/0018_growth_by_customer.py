"""The growth report reads each customer's steps in a row, from one narrow index."""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_NAME = "subscription_changes_of_customer"
_COLUMNS = ["currency", "user_id", "at", "mrr_minor_before", "mrr_minor_after", "status_before", "status_after"]


def upgrade() -> None:
    """Apply this step."""
    op.create_index(_NAME, "subscription_changes", _COLUMNS)


def downgrade() -> None:
    """Take this step back."""
    op.drop_index(_NAME, table_name="subscription_changes")
