"""The newest uses of a lot are found by an index alone, however many there are."""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.create_index("credit_lineage_of_lot", "credit_lineage", ["lot_id", "log_id"])
    op.drop_index("ix_credit_lineage_lot_id", "credit_lineage")


def downgrade() -> None:
    """Take this step back."""
    op.create_index("ix_credit_lineage_lot_id", "credit_lineage", ["lot_id"])
    op.drop_index("credit_lineage_of_lot", "credit_lineage")
