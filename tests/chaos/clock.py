"""A server whose clock is set back while it runs, as by a step of NTP: every clock of the day, none that only counts."""

import os
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import time_machine
from django.http import HttpRequest, HttpResponse

BACK = timedelta(seconds=5)


class SetBack:
    """Set the clock of this process back as soon as the file is there that CHAOS_CLOCK names."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.sign = Path(os.environ["CHAOS_CLOCK"])
        self.lock = threading.Lock()
        self.is_back = False

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer by whatever the clock says now."""
        with self.lock:
            if not self.is_back and self.sign.exists():
                self.is_back = True
                time_machine.travel(datetime.now(UTC) - BACK, tick=True).start()
        return self.get_response(request)
