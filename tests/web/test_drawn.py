"""Components as HTML: the same elements, every text escaped, and nothing that only a browser could know."""

import pytest
import reflex as rx

from nestpay.web.components.icons import icon
from nestpay.web.drawn import html_of, raw


def test_elements_attributes_and_texts_are_written_and_escaped() -> None:
    drawn = rx.el.div(
        rx.el.a("Terms & <b>conditions</b>", href='/terms?a=1&b="2"', class_name="font-medium"),
        None,
        rx.fragment(rx.el.br(), rx.el.th("x", scope="row", row_span=2)),
        id="here",
        hidden=True,
        custom_attrs={"data-plan": "<pro>"},
    )
    assert html_of(drawn) == (
        '<div id="here" hidden data-plan="&lt;pro&gt;">'
        '<a class="font-medium" href="/terms?a=1&amp;b=&quot;2&quot;">Terms &amp; &lt;b&gt;conditions&lt;/b&gt;</a>'
        '<br><th rowSpan="2" scope="row">x</th></div>'
    )


def test_an_icon_keeps_its_strokes() -> None:
    drawn = html_of(icon("check"))
    assert 'viewBox="0 0 24 24"' in drawn
    assert "stroke-width:1.75" in drawn
    assert '<path d="M20 6 9 17l-5-5"></path></svg>' in drawn


@pytest.mark.parametrize(
    "component",
    [
        rx.el.button("x", on_click=rx.console_log("x")),
        rx.el.p(rx.Var("state.title").to(str)),
        rx.cond(rx.Var("state.open").to(bool), rx.el.p("x")),
    ],
)
def test_what_only_a_browser_can_draw_is_refused(component: rx.Component) -> None:
    with pytest.raises(TypeError):
        html_of(component)


def test_raw_html_is_left_alone_by_react() -> None:
    props = str(raw("<p>x</p>").render()["props"])
    assert "dangerouslySetInnerHTML" in props
    assert "suppressHydrationWarning:true" in props
