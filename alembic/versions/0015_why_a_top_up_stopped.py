"""Why nothing is bought any more by itself is kept beside the wish for it."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    with op.batch_alter_table("top_ups", schema=None) as batch_op:
        batch_op.add_column(sa.Column("stopped_by", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    """Take this step back."""
    with op.batch_alter_table("top_ups", schema=None) as batch_op:
        batch_op.drop_column("stopped_by")
