"""A file that somebody sends is let go of while it arrives."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import global_settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_folder(settings: Any, tmp_path: Path) -> None:
    """Leave no place where a byte could be kept: whoever tries fails."""
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path / "not there"


def send() -> Any:
    """Send a log-in with five megabytes beside it."""
    file = SimpleUploadedFile("knee.bin", b"x" * 5_000_000)
    return Client().post("/account/login/", {"login": "anna@example.org", "password": "wrong", "file": file})


def test_no_byte_of_a_file_is_kept_and_the_form_is_read():
    response = send()

    assert (response.status_code, dict(response.wsgi_request.FILES)) == (200, {})
    assert response.wsgi_request.POST["login"] == "anna@example.org"


def test_django_would_have_kept_it(settings: Any):
    settings.FILE_UPLOAD_HANDLERS = global_settings.FILE_UPLOAD_HANDLERS

    with pytest.raises(FileNotFoundError):
        send()
