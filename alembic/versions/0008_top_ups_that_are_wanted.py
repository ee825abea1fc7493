"""A spend that falls below the threshold of a top-up says so in its own commit."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    with op.batch_alter_table("top_ups", schema=None) as batch_op:
        batch_op.add_column(sa.Column("wanted_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Take this step back."""
    with op.batch_alter_table("top_ups", schema=None) as batch_op:
        batch_op.drop_column("wanted_at")
