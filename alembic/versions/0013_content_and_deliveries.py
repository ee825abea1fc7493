"""Articles, spaces and products are sold beside plans, and what a purchase sets going is kept."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_WARES = ("article", "space", "product")
_ONE_OF = " + ".join(f"(case when {name}_id is null then 0 else 1 end)" for name in ("plan", *_WARES)) + " = 1"
_DUE = sa.text("state in ('pending', 'revoking')")
_ACTIVE = sa.text("active")


def upgrade() -> None:
    """Apply this step."""
    _create_wares("spaces")
    _create_wares(
        "articles",
        sa.Column("space_id", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"]),
    )
    op.create_index(op.f("ix_articles_space_id"), "articles", ["space_id"])
    _create_wares("products", sa.Column("file", sa.Text(), server_default="", nullable=False))
    _create_deliveries()
    with op.batch_alter_table("prices", schema=None) as batch_op:
        batch_op.alter_column("plan_id", existing_type=sa.Text(), nullable=True)
        for name in _WARES:
            batch_op.add_column(sa.Column(f"{name}_id", sa.Text(), nullable=True))
            batch_op.create_foreign_key(f"prices_{name}_id", f"{name}s", [f"{name}_id"], ["id"])
            batch_op.create_index(op.f(f"ix_prices_{name}_id"), [f"{name}_id"])
            kind = [f"{name}_id", "provider", "interval", "interval_count", "currency"]
            batch_op.create_index(
                f"prices_one_of_a_kind_{name}", kind, unique=True, postgresql_where=_ACTIVE, sqlite_where=_ACTIVE
            )
        batch_op.create_check_constraint("prices_of_one_thing", _ONE_OF)


def downgrade() -> None:
    """Take this step back. Prices of content have no place any more."""
    op.execute("delete from prices where plan_id is null")
    with op.batch_alter_table("prices", schema=None) as batch_op:
        batch_op.drop_constraint("prices_of_one_thing", type_="check")
        for name in _WARES:
            batch_op.drop_index(f"prices_one_of_a_kind_{name}")
            batch_op.drop_index(op.f(f"ix_prices_{name}_id"))
            batch_op.drop_constraint(f"prices_{name}_id", type_="foreignkey")
            batch_op.drop_column(f"{name}_id")
        batch_op.alter_column("plan_id", existing_type=sa.Text(), nullable=False)
    for table in ("deliveries", "products", "articles", "spaces"):
        op.drop_table(table)


def _create_wares(table: str, *more: sa.Column | sa.ForeignKeyConstraint) -> None:
    op.create_table(
        table,
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("preview", sa.String(), server_default="", nullable=False),
        sa.Column("body", sa.String(), server_default="", nullable=False),
        sa.Column("opens_to", _json, nullable=False),
        sa.Column("benefits", _json, nullable=False),
        sa.Column("published", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        *more,
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("slug", name=f"{table}_slug"),
    )


def _create_deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("result", _json, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state in ('pending', 'done', 'failed', 'revoking', 'revoked')", name="deliveries_state"),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"]),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("order_id", "name", name="deliveries_order_id_name"),
    )
    op.create_index(op.f("ix_deliveries_user_id"), "deliveries", ["user_id"])
    op.create_index("deliveries_due", "deliveries", ["next_attempt_at", "id"], postgresql_where=_DUE, sqlite_where=_DUE)
    op.create_index("deliveries_by_state", "deliveries", ["state", "created_at", "id"])
