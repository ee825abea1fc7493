"""Where PostgreSQL knows lz4, it packs what providers send with it: half of the cost of storing an event was packing."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_METHODS = "SELECT enumvals FROM pg_settings WHERE name = 'default_toast_compression'"  # none before PostgreSQL 14


def upgrade() -> None:
    """Apply this step."""
    connection = op.get_bind()
    if connection.dialect.name == "postgresql" and "lz4" in (connection.execute(sa.text(_METHODS)).scalar() or ()):
        op.execute("ALTER TABLE webhook_events ALTER COLUMN payload SET COMPRESSION lz4")


def downgrade() -> None:
    """Take this step back. What was packed with lz4 stays readable."""
    connection = op.get_bind()
    if connection.dialect.name == "postgresql" and connection.execute(sa.text(_METHODS)).scalar():
        op.execute("ALTER TABLE webhook_events ALTER COLUMN payload SET COMPRESSION default")
