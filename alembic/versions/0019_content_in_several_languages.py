"""Articles, spaces and products carry their title, preview and text in the other languages too."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_TABLES = ("articles", "spaces", "products")
_COLUMNS = ("titles", "texts")


def upgrade() -> None:
    """Apply this step."""
    for table in _TABLES:
        for name in _COLUMNS:
            op.add_column(table, sa.Column(name, _json, server_default="{}", nullable=False))


def downgrade() -> None:
    """Take this step back. What was translated is lost."""
    for table in _TABLES:
        with op.batch_alter_table(table) as batch_op:
            for name in _COLUMNS:
                batch_op.drop_column(name)
