"""What extensions asked to be told waits in a table of its own."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_WAITING = "status in ('waiting', 'running', 'failed')"


def upgrade() -> None:
    """Apply this step."""
    op.create_table(
        "reactions",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("listener", sa.String(), nullable=False),
        sa.Column("fact", sa.String(), nullable=False),
        sa.Column("payload", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("user_id", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("status in ('waiting', 'running', 'failed', 'done', 'dead')", name="reactions_status"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "reactions_waiting",
        "reactions",
        ["next_attempt_at"],
        postgresql_where=sa.text(_WAITING),
        sqlite_where=sa.text(_WAITING),
    )
    op.create_index("ix_reactions_user_id", "reactions", ["user_id"])


def downgrade() -> None:
    """Take this step back."""
    op.drop_table("reactions")
