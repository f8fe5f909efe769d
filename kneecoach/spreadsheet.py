"""CSV that a spreadsheet opens without running anything in it, several tables packed into one streamed archive."""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

# Spreadsheets take a cell that begins like this for a formula (OWASP, CSV injection).
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# Spreadsheets of some systems take a file without it for another encoding.
BYTE_ORDER_MARK = "\N{BYTE ORDER MARK}"
ROWS_AT_ONCE = 500

Value = str | int | Decimal | bool | date | datetime | object | None


@dataclass(frozen=True)
class Column:
    """One column: its name, and what stands in it, with its unit."""

    name: str
    meaning: str


@dataclass(frozen=True)
class Table:
    """One file of the archive. `rows` are asked for when it is written."""

    name: str
    about: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[Value]]


def cell(value: Value) -> str | int | Decimal:
    """Return a value as it is written: nothing for none, numbers as they are, ISO 8601 for times, text made harmless.

    An apostrophe in front keeps a text that begins like a formula a text; spreadsheets do not show it.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | Decimal):
        return value
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    text = value.isoformat() if isinstance(value, date) else str(value)
    return f"'{text}" if text.startswith(FORMULA_STARTS) or text.lstrip().startswith(FORMULA_STARTS) else text


def stream_archive(tables: Iterable[Table], readme: str) -> Iterator[bytes]:
    """Yield a ZIP archive with one CSV file for each table, and what the columns mean as README.txt.

    No more than some hundred rows are in memory at once.
    """
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", readme)
        for table in tables:
            with archive.open(f"{table.name}.csv", "w", force_zip64=True) as file:
                for text in _lines(table):
                    file.write(text.encode())
                    yield pipe.taken()
    yield pipe.taken()


def _lines(table: Table) -> Iterator[str]:
    """Yield a table as text, some rows at once."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write(BYTE_ORDER_MARK)
    writer.writerow(column.name for column in table.columns)
    for count, row in enumerate(table.rows, start=1):
        writer.writerow([cell(value) for value in row])
        if count % ROWS_AT_ONCE == 0:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


class _Pipe(io.RawIOBase):
    """Where the archive is written to, and taken from piece by piece."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        """Return True."""
        return True

    def write(self, data: Any) -> int:
        """Keep a piece until it is taken."""
        piece = bytes(data)
        self._pieces.append(piece)
        return len(piece)

    def taken(self) -> bytes:
        """Return what was written since the last time."""
        data = b"".join(self._pieces)
        self._pieces.clear()
        return data
