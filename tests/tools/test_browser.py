"""tools/browser.py: gets Chromium, or says loudly that there is none; under CI=true that is a failure."""

from pathlib import Path

import pytest

from tools import browser


@pytest.fixture
def no_browser(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """A machine without Chromium and without a way to get it."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path))
    monkeypatch.setattr(browser, "get_from_debian", lambda: False)
    monkeypatch.setattr(browser, "get_from_playwright", lambda: False)


@pytest.mark.usefixtures("no_browser")
def test_missing_browser_is_loud(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.delenv("CI", raising=False)
    browser.main()
    assert "Browser tests are SKIPPED" in capsys.readouterr().err


@pytest.mark.usefixtures("no_browser")
def test_missing_browser_fails_ci(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CI", "true")
    with pytest.raises(SystemExit, match="a missing browser is a failure"):
        browser.main()


@pytest.mark.usefixtures("no_browser")
def test_downloaded_browser_is_found(tmp_path: Path):
    place = tmp_path / "chromium-1234" / "chrome-linux64" / "chrome"
    place.parent.mkdir(parents=True)
    place.touch()
    assert browser.find() == str(place)


@pytest.mark.parametrize(("uid", "expected"), [(0, True), (1000, False)])
def test_only_root_goes_without_the_sandbox(monkeypatch: pytest.MonkeyPatch, uid: int, expected: bool):  # noqa: FBT001
    monkeypatch.setattr("os.geteuid", lambda: uid)
    assert ("--no-sandbox" in browser.launch_arguments()) is expected
