"""We tell others what happened: endpoints, events, and the attempts to deliver them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Apply this step."""
    op.create_table(
        "outgoing_endpoints",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("url", sa.Text(), server_default="", nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("types", _json, nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("secret_version", sa.Integer(), nullable=False),
        sa.Column("rotated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("status in ('active', 'disabled')", name="outgoing_endpoints_status"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "outgoing_events",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=True),
        sa.Column("data", _json, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_outgoing_events_created_at"), "outgoing_events", ["created_at"], unique=False)
    untold = sa.text("told_at is null")
    op.create_index("outgoing_events_untold", "outgoing_events", ["id"], postgresql_where=untold, sqlite_where=untold)
    _create_deliveries()


def _create_deliveries() -> None:
    op.create_table(
        "outgoing_deliveries",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("endpoint_id", sa.Text(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("response_status", sa.Integer(), nullable=True),
        sa.Column("response", sa.Text(), server_default="", nullable=False),
        sa.Column("took_ms", sa.Integer(), nullable=True),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status in ('queued', 'sending', 'delivered', 'failed', 'dead')", name="outgoing_deliveries_status"
        ),
        sa.ForeignKeyConstraint(["event_id"], ["outgoing_events.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["endpoint_id"], ["outgoing_endpoints.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("endpoint_id", "event_id", name="outgoing_deliveries_event"),
    )
    op.create_index(op.f("ix_outgoing_deliveries_event_id"), "outgoing_deliveries", ["event_id"], unique=False)
    op.create_index("outgoing_deliveries_of_endpoint", "outgoing_deliveries", ["endpoint_id", "id"], unique=False)
    waiting = sa.text("status in ('queued', 'sending', 'failed')")
    op.create_index(
        "outgoing_deliveries_waiting",
        "outgoing_deliveries",
        ["next_attempt_at"],
        postgresql_where=waiting,
        sqlite_where=waiting,
    )


def downgrade() -> None:
    """Take this step back."""
    op.drop_table("outgoing_deliveries")
    op.drop_table("outgoing_events")
    op.drop_table("outgoing_endpoints")
