"""Where the archive goes on, told from its rows and the log's bounds."""

import pytest

from streams.archive.ranges import Place, Range, RangeState, Resume, place_in_log, resume_from

OPEN, DONE, LOST = RangeState.OPEN, RangeState.DONE, RangeState.LOST


@pytest.mark.parametrize(
    ("rows", "resume"),
    [
        pytest.param([], Resume(None), id="nothing was archived yet"),
        pytest.param([Range(0, 9, OPEN, 1), Range(0, 9, DONE, 1)], Resume(10), id="done: after it"),
        pytest.param([Range(0, 9, DONE, 1), Range(10, 19, OPEN, 1)], Resume(10, 19), id="open: again, same bounds"),
        pytest.param([Range(0, 9, LOST, 1)], Resume(10), id="lost: after it"),
        pytest.param(
            [Range(0, 9, DONE, 1), Range(10, 14, OPEN, 7), Range(10, 19, OPEN, 5)],
            Resume(10, 14),
            id="of two open rows the newer owner's counts",
        ),
        pytest.param(
            [Range(10, 14, DONE, 7), Range(10, 19, OPEN, 9)],
            Resume(15),
            id="a settled row counts before any open one",
        ),
        pytest.param(
            [Range(10, 14, DONE, 7), Range(15, 20, DONE, 7), Range(10, 19, OPEN, 5)],
            Resume(21),
            id="an open row that a fenced owner left behind is passed over",
        ),
    ],
)
def test_the_newest_range_decides(rows: list[Range], resume: Resume) -> None:
    assert resume_from(rows) == resume
    assert resume_from(reversed(rows)) == resume


@pytest.mark.parametrize(
    ("resume", "begin", "end", "place"),
    [
        pytest.param(Resume(None), 0, 0, Place(0), id="an empty log"),
        pytest.param(Resume(None), 5, 9, Place(5, lost_to=4), id="a log that forgot its beginning"),
        pytest.param(Resume(7), 0, 9, Place(7), id="in the middle"),
        pytest.param(Resume(9), 0, 9, Place(9), id="at the end"),
        pytest.param(Resume(7, 8), 0, 9, Place(7, 8), id="a block to be repeated"),
        pytest.param(Resume(3), 5, 9, Place(5, lost_to=4), id="the log dropped records first"),
        pytest.param(Resume(3, 6), 5, 9, Place(5, lost_to=4), id="a block whose beginning is gone cannot be repeated"),
        pytest.param(Resume(10), 0, 9, None, id="the log is shorter than the archive"),
        pytest.param(Resume(7, 9), 0, 9, None, id="the log is shorter than a block that was begun"),
    ],
)
def test_the_position_is_laid_against_the_log(resume: Resume, begin: int, end: int, place: Place | None) -> None:
    assert place_in_log(resume, begin=begin, end=end) == place
