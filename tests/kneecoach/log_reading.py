"""Reading what web and worker write into their log."""

import io
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO, cast


@contextmanager
def log_of_the_site(level: int = logging.WARNING) -> Iterator[io.StringIO]:
    """Give the text that the handler of the settings writes meanwhile, with everything from a level on."""
    root = logging.getLogger()
    (console,) = (handler for handler in root.handlers if handler.get_name() == "console")
    text, former_level = io.StringIO(), root.level
    handler = cast("logging.StreamHandler[TextIO]", console)
    former = handler.setStream(text)
    root.setLevel(level)
    try:
        yield text
    finally:
        root.setLevel(former_level)
        handler.setStream(former or sys.stderr)
