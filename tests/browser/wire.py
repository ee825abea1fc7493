"""Speaks to the websocket of the pages the way a hostile browser would: any handler, any arguments, no page needed."""

from typing import Any

import reflex as rx
from playwright.sync_api import Page
from reflex.state import BaseState
from reflex_base.utils.format import format_event_handler

# Engine.IO and Socket.IO by hand: connect, join the namespace, say the events one after the other, keep every answer.
_SPEAK = """
async ([events, patience]) => {
  const address = location.origin.replace('http', 'ws') + '/_event/?EIO=4&transport=websocket&token=' + crypto.randomUUID();
  const socket = new WebSocket(address);
  const heard = [];
  let joined;
  const ready = new Promise((resolve) => { joined = resolve; });
  socket.onmessage = ({data}) => {
    if (data.startsWith('0')) socket.send('40/_event,{}');
    else if (data.startsWith('40/_event')) joined();
    else if (data === '2') socket.send('3');
    else heard.push(data);
  };
  await ready;
  for (const event of events) socket.send('42/_event,' + JSON.stringify(['event', event]));
  await new Promise((resolve) => setTimeout(resolve, patience));
  socket.close();
  return heard.join('\\n');
}
"""


def handlers() -> dict[str, Any]:
    """Every handler of our States by the name it has on the wire."""
    ours = [kind for kind in _below(rx.State) if kind.__module__.startswith("nestpay.")]
    return {format_event_handler(handler): handler for kind in ours for handler in kind.event_handlers.values()}


def _below(kind: type[BaseState]) -> list[type[BaseState]]:
    """The States under one, and those under them."""
    return [each for child in kind.get_substates() for each in (child, *_below(child))]


def call(tab: Page, path: str, *events: tuple[str, dict[str, Any]], patience_ms: int = 2500) -> str:
    """Send events as if they came from the page `path` of `tab`'s visitor; gives all that the server said to it."""
    route = {"pathname": path.split("?")[0], "asPath": path, "query": {}}
    told = [{"name": name, "payload": payload, "router_data": route} for name, payload in events]
    return tab.evaluate(_SPEAK, [told, patience_ms])
