"""Rows that a mouse can drag to another place among their own; fingers and keyboards use the arrows beside them."""

from typing import Any

import reflex as rx

from nestpay.web.components.icons import icon

DRAGGED = rx.Var("window.nestpayDragged?.id ?? ''").to(str)
"""The id of the row that is being dragged, at the moment of an event."""

# The row under the mouse takes it only from its own group, and shows a line where the dragged one would stand.
_TAKEN = rx.Var("""(event) => {
  const row = event.currentTarget.closest('li');
  window.nestpayDragged = {id: row.dataset.row, group: row.dataset.group, from: row.offsetTop};
  event.dataTransfer.effectAllowed = 'move';
  event.dataTransfer.setDragImage(row, 12, 12);
}""")
_OVER = rx.Var("""(event) => {
  const row = event.currentTarget, dragged = window.nestpayDragged;
  if (!dragged || dragged.group !== row.dataset.group || dragged.id === row.dataset.row) return;
  event.preventDefault();
  row.dataset.over = dragged.from > row.offsetTop ? 'before' : 'after';
}""")
_LEFT = rx.Var("(event) => { delete event.currentTarget.dataset.over; }")
_LET_GO = rx.Var("() => { window.nestpayDragged = null; }")
_LINE = (
    "data-[over=before]:shadow-[inset_0_2px_0_var(--accent)] data-[over=after]:shadow-[inset_0_-2px_0_var(--accent)]"
)


class _Place(rx.el.Li):
    """A row that something can be dropped on."""

    on_drop: rx.EventHandler[rx.event.no_args_event_spec]


def row(*children: Any, row_id: Any, group: Any, on_drop: Any, class_name: str, **props: Any) -> rx.Component:
    """A row of a list. `on_drop` takes the place of this row for `DRAGGED`, which is of the same `group`."""
    also = {"data-row": row_id, "data-group": group, "onDragOver": _OVER, "onDragLeave": _LEFT, "onDropCapture": _LEFT}
    custom_attrs = {**also, **props.pop("custom_attrs", {})}
    return _Place.create(
        *children, on_drop=on_drop, class_name=f"{class_name} {_LINE}", custom_attrs=custom_attrs, **props
    )


def grip(title: str) -> rx.Component:
    """What one takes a row by. Who cannot drag is not shown it."""
    return rx.el.span(
        icon("grip"),
        title=title,
        draggable=True,
        class_name="hidden cursor-grab place-items-center rounded py-2 text-faint hover:text-ink pointer-fine:grid",
        custom_attrs={"aria-hidden": "true", "onDragStart": _TAKEN, "onDragEnd": _LET_GO},
    )
