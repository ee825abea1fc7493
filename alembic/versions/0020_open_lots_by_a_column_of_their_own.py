"""Open lots are found by a column that a spend leaves alone, so that PostgreSQL need not write every index anew."""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_INDEX = "CREATE INDEX credit_grants_open ON credit_grants (user_id) WHERE"
_COLUMN = "ALTER TABLE credit_grants ADD COLUMN is_open BOOLEAN GENERATED ALWAYS AS (remaining > 0)"
_UPDATED_IN_PLACE = ("credit_grants", "usage")


def upgrade() -> None:
    """Apply this step."""
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    op.drop_index("credit_grants_open", "credit_grants")
    op.execute(f"{_COLUMN} {'STORED' if is_postgresql else 'VIRTUAL'}")
    op.execute(f"{_INDEX} {'is_open' if is_postgresql else 'is_open = 1'}")
    for table in _UPDATED_IN_PLACE if is_postgresql else ():
        op.execute(f"ALTER TABLE {table} SET (fillfactor = 85)")  # room on each page for a row's next state


def downgrade() -> None:
    """Take this step back."""
    op.drop_index("credit_grants_open", "credit_grants")
    op.execute("ALTER TABLE credit_grants DROP COLUMN is_open")
    op.execute(f"{_INDEX} remaining > 0")
    for table in _UPDATED_IN_PLACE if op.get_bind().dialect.name == "postgresql" else ():
        op.execute(f"ALTER TABLE {table} RESET (fillfactor)")
