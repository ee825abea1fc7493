"""Payments know their charge and receipt, and accounts their top-up threshold."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    with op.batch_alter_table("payment_links", schema=None) as batch_op:
        batch_op.add_column(sa.Column("provider_charge_id", sa.String(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("receipt_url", sa.Text(), server_default="", nullable=False))

    with op.batch_alter_table("usage", schema=None) as batch_op:
        batch_op.add_column(sa.Column("top_up_below", sa.BigInteger(), server_default="0", nullable=False))


def downgrade() -> None:
    """Take this step back."""
    with op.batch_alter_table("usage", schema=None) as batch_op:
        batch_op.drop_column("top_up_below")

    with op.batch_alter_table("payment_links", schema=None) as batch_op:
        batch_op.drop_column("receipt_url")
        batch_op.drop_column("provider_charge_id")
