"""Charts are reckoned on the server: steps, layers and shares."""

from nestpay.web.components.charts import HEIGHT, WIDTH, bars, steps


def test_values_hold_until_the_next_one_and_to_the_right_edge() -> None:
    drawn = steps([0.0, 0.5], [0, 0], [10, 5])
    assert drawn.top == 10
    assert drawn.line == f"M0 0 L{WIDTH // 2} 0 L{WIDTH // 2} {HEIGHT // 2} L{WIDTH} {HEIGHT // 2}"


def test_the_upper_layer_stands_on_the_lower_one() -> None:
    drawn = steps([0.0], [5], [5])
    assert drawn.lower == f"M0 {HEIGHT // 2} L{WIDTH} {HEIGHT // 2} L{WIDTH} {HEIGHT} L0 {HEIGHT} Z"
    assert drawn.line == f"M0 0 L{WIDTH} 0"


def test_the_scale_ends_at_a_number_that_is_easy_to_read() -> None:
    assert [steps([0.0], [value], [0]).top for value in (0, 7, 11, 101, 10_098, 9_000_001)] == [
        10, 10, 12, 120, 12_000, 10_000_000,
    ]  # fmt: skip


def test_nothing_yet_draws_nothing() -> None:
    assert steps([], [], []).line == ""
    assert bars([], []) == []


def test_bars_are_shares_of_the_largest_and_never_vanish() -> None:
    drawn = bars([("Chat", 200), ("Pdf", 50), ("Tiny", 1)], ["200", "50", "1"])
    assert [(bar.name, bar.share) for bar in drawn] == [("Chat", 100), ("Pdf", 25), ("Tiny", 2)]
