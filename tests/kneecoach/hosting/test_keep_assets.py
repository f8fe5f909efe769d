"""`manage.py keep_assets`: what it says, and that it ends with an error where nothing was kept."""

from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from kneecoach.kept_assets import kept_releases


def test_keeps_what_was_collected(tmp_path: Path, settings: Any, capsys: pytest.CaptureFixture[str]):
    settings.STATIC_ROOT, settings.ASSETS_FOLDER = tmp_path / "collected", str(tmp_path / "assets")
    for folder in ("collected", "assets"):
        (tmp_path / folder).mkdir()
    (tmp_path / "collected/staticfiles.json").write_text("{}")

    call_command("keep_assets")

    (release,) = kept_releases(tmp_path / "assets")
    assert capsys.readouterr().out == f"The static files of this version are kept as {release.name}.\n"


def test_without_a_folder_nothing_is_kept(settings: Any, capsys: pytest.CaptureFixture[str]):
    settings.ASSETS_FOLDER = ""

    call_command("keep_assets")

    assert capsys.readouterr().out.startswith("ASSETS_FOLDER is empty")


@pytest.mark.parametrize(("there", "missing"), [("staticfiles.json", "assets"), ("assets", "staticfiles.json")])
def test_what_is_missing_is_named(tmp_path: Path, settings: Any, there: str, missing: str):
    settings.STATIC_ROOT, settings.ASSETS_FOLDER = tmp_path, str(tmp_path / "assets")
    (tmp_path / there).touch()

    with pytest.raises(CommandError, match=rf"are not kept: .*.*'{tmp_path}/{missing}"):
        call_command("keep_assets")
