"""CSV that runs nothing in a spreadsheet, and an archive that is made piece by piece."""

import csv
import io
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kneecoach.spreadsheet import FORMULA_STARTS, ROWS_AT_ONCE, Column, Table, cell, stream_archive


def read_back(tables: list[Table]) -> dict[str, list[list[str]]]:
    """Return what the files of an archive hold."""
    archive = zipfile.ZipFile(io.BytesIO(b"".join(stream_archive(tables, "About"))))
    return {
        name: list(csv.reader(io.StringIO(archive.read(name).decode("utf-8-sig"), newline="")))
        for name in archive.namelist()
        if name.endswith(".csv")
    }


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, ""),
        (0, 0),
        (-3, -3),
        (Decimal("2.5"), Decimal("2.5")),
        (True, "yes"),
        (False, "no"),
        (date(2026, 11, 25), "2026-11-25"),
        (datetime(2026, 11, 25, 8, 0, 1, 999, tzinfo=UTC), "2026-11-25T08:00:01+00:00"),
        ("", ""),
        ("It clicks", "It clicks"),
        ("-3", "'-3"),
        ("=1+1", "'=1+1"),
        ("+44 20", "'+44 20"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("  =cmd|' /C calc'!A0", "'  =cmd|' /C calc'!A0"),
        ("＝1+1", "'＝1+1"),
    ],
)
def test_cell(value: object, written: object):
    assert cell(value) == written
    assert type(cell(value)) is type(written)


@given(st.text())
def test_no_text_begins_like_a_formula_and_none_is_lost(text: str):
    written = str(cell(text))

    assert not written.startswith(FORMULA_STARTS)
    assert not written.lstrip().startswith(FORMULA_STARTS)
    assert written in (text, f"'{text}")


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))


@given(st.lists(st.tuples(TEXT, st.integers() | st.none()), max_size=20))
def test_what_is_written_is_read_back(rows: list[tuple[str, int | None]]):
    table = Table("notes", "notes", (Column("text", ""), Column("number", "")), rows)

    (_head, *found) = read_back([table])["notes.csv"]

    assert found == [[str(cell(text)), "" if number is None else str(number)] for text, number in rows]


def test_files_begin_with_the_mark_that_spreadsheets_look_for():
    pieces = b"".join(stream_archive([Table("a", "", (Column("b", ""),), [])], "About"))
    archive = zipfile.ZipFile(io.BytesIO(pieces))

    assert archive.read("a.csv") == "\ufeffb\r\n".encode()
    assert archive.read("README.txt") == b"About"
    assert archive.testzip() is None


def test_rows_are_asked_for_piece_by_piece():
    asked: list[int] = []

    def rows() -> Any:
        for number in range(ROWS_AT_ONCE * 4):
            asked.append(number)
            yield (number,)

    pieces = stream_archive([Table("a", "", (Column("b", ""),), rows())], "About")
    next(pieces)

    assert len(asked) == ROWS_AT_ONCE
    assert sum(1 for _piece in pieces) >= 4
