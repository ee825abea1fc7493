"""How a file travels from an admin's disk to the route that keeps it: a script of ours, so that its progress is seen.

The State is asked before anything is sent, and told how it ended. The script does not wait in between: the page stays live.
"""

import json

import reflex as rx
from reflex.event import EventSpec, EventType

INPUT, DONE, BAR, SHARE, BOX = "product-file", "upload-done", "upload-bar", "upload-share", "upload-progress"

_CHOOSE = f"""
((name) => {{
  const input = document.getElementById('{INPUT}');
  input.dataset.name = name;
  input.value = '';
  input.click();
}})"""
_CHOSEN = f"""
((input) => input?.files[0] ? {{name: input.dataset.name || input.files[0].name, size: input.files[0].size}} : {{}})
(document.getElementById('{INPUT}'))"""
_SEND = f"""
((name, replace) => {{
  const at = (id) => document.getElementById(id);
  const request = new XMLHttpRequest();
  const stay = (event) => event.preventDefault();
  const show = (share) => {{
    at('{BAR}').value = share;
    at('{SHARE}').textContent = new Intl.NumberFormat(document.documentElement.lang, {{style: 'percent'}}).format(share);
  }};
  request.open('PUT', `/api/admin/files/${{encodeURIComponent(name)}}?replace=${{replace}}`);
  request.upload.onprogress = (event) => at('{BAR}') && show(event.loaded / event.total);
  request.onloadend = () => {{
    window.removeEventListener('beforeunload', stay);
    let said = {{}};
    try {{ said = JSON.parse(request.responseText || '{{}}'); }} catch {{ said = {{}}; }}
    window.nestpayUploaded = {{name, status: request.status, key: said.key || '', limit: said.values?.limit || 0,
                              stopped: !!request.stopped}};
    if (at('{BOX}')) at('{BOX}').hidden = true;
    at('{DONE}')?.click();
  }};
  request.onabort = () => {{ request.stopped = true; }};
  window.addEventListener('beforeunload', stay);
  window.nestpayUpload = request;
  show(0);
  at('{BOX}').hidden = false;
  request.send(at('{INPUT}').files[0]);
}})"""


def choose(name: str | rx.Var[str] = "") -> EventSpec:
    """Let the admin choose a file; with a `name` it will be kept under that one."""
    wanted = rx.Var.create(name) if isinstance(name, str) else name
    return rx.call_function(rx.Var(f"() => {_CHOOSE}({wanted!s})", _var_data=wanted._get_all_var_data()))


def chosen(callback: EventType[dict[str, object]]) -> EventSpec:
    """Tell the name and size of what was chosen."""
    return rx.call_script(_CHOSEN, callback=callback)


def send(name: str, *, replace: bool) -> EventSpec:
    """Send what was chosen, to be kept under this name."""
    return rx.call_script(f"{_SEND}({json.dumps(name)}, {json.dumps(replace)})")


def ended(callback: EventType[dict[str, object]]) -> EventSpec:
    """Tell how the sending ended."""
    return rx.call_script("window.nestpayUploaded || {}", callback=callback)


def stop() -> EventSpec:
    """Give the sending up."""
    return rx.call_script("window.nestpayUpload?.abort()")
