"""The catalogue's drift: what differs between a price of ours and the provider's, and since when that is to be checked."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    with op.batch_alter_table("prices", schema=None) as batch_op:
        batch_op.add_column(sa.Column("provider_state", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("check_asked_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Take this step back."""
    with op.batch_alter_table("prices", schema=None) as batch_op:
        batch_op.drop_column("check_asked_at")
        batch_op.drop_column("provider_state")
