"""Keeps an editor from losing what was typed: a question before the page is left, and the way to what is wrong."""

import reflex as rx
from reflex.event import EventSpec

FORM_ID = "plan-form"
LEAVE_DIALOG = "leave-plan"

# A click on a link asks in the page itself; closing the tab, reloading and the browser's own buttons ask in the
# browser's way, which is all that they allow.
_WATCH = f"""
(() => {{
  const form = () => document.getElementById('{FORM_ID}');
  const dirty = () => form()?.dataset.dirty === 'true';
  if (window.nestpayGuard) return;
  window.nestpayGuard = true;
  document.addEventListener('input', event => {{
    if (event.target.form && event.target.form === form()) form().dataset.dirty = 'true';
  }});
  window.addEventListener('beforeunload', event => {{
    if (dirty()) {{ event.preventDefault(); event.returnValue = ''; }}
  }});
  window.navigation?.addEventListener('navigate', event => {{
    if (event.navigationType !== 'traverse' || !event.cancelable || !dirty()) return;
    if (!window.confirm(form().dataset.question)) event.preventDefault();
  }});
  window.addEventListener('click', event => {{
    const link = event.target.closest?.('a[href]');
    if (!link || !dirty() || event.defaultPrevented || event.ctrlKey || event.metaKey || link.target === '_blank') return;
    const there = link.getAttribute('href');
    if (there.startsWith('#')) return;
    event.preventDefault();
    event.stopPropagation();
    window.nestpayLeave = link.href;
    document.getElementById('{LEAVE_DIALOG}')?.showModal();
  }}, true);
}})()
"""


def watch() -> EventSpec:
    """Begin to ask before the page is left with something unsaved in its form."""
    return rx.call_script(_WATCH)


def leave() -> EventSpec:
    """Go where the visitor wanted to go, without what was typed."""
    return rx.call_script(
        f"document.getElementById('{FORM_ID}').dataset.dirty = 'false'; window.location.assign(window.nestpayLeave)"
    )


def settle() -> EventSpec:
    """Nothing is unsaved any more."""
    return rx.call_script(f"(document.getElementById('{FORM_ID}') ?? {{dataset: {{}}}}).dataset.dirty = 'false'")


def to_first_complaint() -> EventSpec:
    """Bring the first field that is wrong into view."""
    return rx.call_script(
        "setTimeout(() => document.querySelector('[data-wrong]')?.scrollIntoView({block: 'center', behavior: 'smooth'}), 80)"
    )


def to_top() -> EventSpec:
    """Bring the top of the page into view."""
    return rx.call_script("window.scrollTo({top: 0, behavior: 'smooth'})")
