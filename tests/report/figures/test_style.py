"""What pictures share: names are kept apart, and a file is the same wherever it is made."""

import re

import msgspec
import pytest
from matplotlib.figure import Figure
from matplotlib.patches import Circle

from scripts.report.figures.style import finished, headed, heading_height, spread

pytestmark = pytest.mark.pure


class Nothing(msgspec.Struct, frozen=True):
    """What a picture of nothing shows."""


def test_names_that_have_room_stand_where_they_belong() -> None:
    assert spread([10.0, 50.0, 90.0], [20.0] * 3, 0, 100) == [10.0, 50.0, 90.0]
    assert spread([], [], 0, 100) == []


def test_names_without_room_are_moved_apart_and_stay_inside() -> None:
    assert spread([50.0, 50.0], [20.0, 10.0], 0, 100) == pytest.approx([42.5, 57.5])
    assert spread([0.0, 2.0], [20.0, 20.0], 0, 100) == [10.0, 30.0]
    assert spread([99.0, 100.0], [20.0, 20.0], 0, 100) == [70.0, 90.0]


def test_a_file_names_its_parts_in_order_and_its_places_briefly() -> None:
    def drawn() -> str:
        figure = Figure(figsize=(4, 3))
        axes = figure.add_axes((0.1, 0.1, 0.8, 0.8))
        [line] = axes.plot([0.123456, 1], [0, 1], "o")
        # Cut by what has no name but where it lies in memory.
        line.set_clip_path(Circle((0.5, 0.5), 0.4, transform=axes.transData))
        return finished(figure, Nothing(), axes).decode()

    svg = drawn()
    assert svg == drawn()
    assert 'id="part1"' in svg
    assert not re.search(r'id="\w*[0-9a-f]{10}"', svg)
    assert not re.search(r' d="[^"]*\.\d{3}', svg)
    for name in re.findall(r"#(part\d+)", svg):
        assert f'id="{name}"' in svg


def test_a_heading_takes_the_height_that_was_left_for_it() -> None:
    long = "word " * 60
    for title, beside in (("A title", "How to read it"), (long, long)):
        height = heading_height(title, beside) + 2
        left = headed(Figure(figsize=(9, height)), title, beside) * height
        assert 1.8 < left < 2.2
