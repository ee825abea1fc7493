"""The users of an app that nestpay was put into are known by its ids."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.add_column("users", sa.Column("external_id", sa.String(), nullable=True))
    op.create_index("ix_users_external_id", "users", ["external_id"], unique=True)


def downgrade() -> None:
    """Take this step back."""
    op.drop_index("ix_users_external_id", "users")
    op.drop_column("users", "external_id")
