"""Static files of the last releases: copied whole or not at all, three of them, and served to pages of another version."""

import os
import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from kneecoach.kept_assets import keep, kept_releases
from tests.kneecoach.test_static_storage import collect
from tests.pages import body_of

pytestmark = pytest.mark.django_db

HASH = "0123456789ab"
# Of forms: another one each time.
TOKEN = re.compile(r"\b\w{64}\b")
STYLE = f"css/site.{HASH}.css"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder in which releases are kept, empty so far."""
    made = tmp_path / "assets"
    made.mkdir()
    return made


@pytest.fixture
def kept(folder: Path, tmp_path: Path, settings: Any) -> Path:
    """Return a kept release with one stylesheet, a file without a hash, a hidden one, and a folder that looks like a file."""
    settings.ASSETS_FOLDER = str(folder)
    release = write_release(tmp_path, "former", {STYLE: "former", "css/site.css": "bare", f"css/.{HASH}.css": "hidden"})
    (release / f"css/folder.{HASH}.css").mkdir()
    # What lies beside the kept releases, one step up.
    (folder.parent / f"secret.{HASH}.css").write_text("secret")
    return folder / keep(folder, release)


def write_release(tmp_path: Path, name: str, files: dict[str, str] | None = None) -> Path:
    """Write what a build would have collected."""
    release = tmp_path / name
    for path, text in {"staticfiles.json": name, **(files or {STYLE: name})}.items():
        (release / path).parent.mkdir(parents=True, exist_ok=True)
        (release / path).write_text(text)
    return release


def age(folder: Path) -> None:
    """Let a day pass for all that is kept."""
    for release in kept_releases(folder):
        seen = release.stat().st_mtime
        os.utime(release, (seen - 86_400, seen - 86_400))


def keep_each(folder: Path, tmp_path: Path, *names: str) -> None:
    """Keep one release after the other, a day apart."""
    for name in names:
        age(folder)
        keep(folder, write_release(tmp_path, name))


def styles_in(folder: Path) -> list[str]:
    """Return what the stylesheets of the kept releases say, the newest first."""
    return [(release / STYLE).read_text() for release in kept_releases(folder)]


# --- keeping -------------------------------------------------------------------------------------------------------
def test_twice_is_the_same_as_once(folder: Path, tmp_path: Path):
    release = write_release(tmp_path, "one")
    name = keep(folder, release)
    (folder / name / STYLE).write_text("not copied again")

    assert keep(folder, release) == name
    assert styles_in(folder) == ["not copied again"]


def test_the_newest_three_are_kept(folder: Path, tmp_path: Path):
    keep_each(folder, tmp_path, "one", "two", "three", "four")

    assert styles_in(folder) == ["four", "three", "two"]
    assert sorted(path.name for path in folder.iterdir() if path.name.startswith(".")) == [".lock"]


def test_who_goes_back_has_the_newest(folder: Path, tmp_path: Path):
    keep_each(folder, tmp_path, "one", "two", "three", "one", "four")

    assert styles_in(folder) == ["four", "one", "three"]


def test_the_current_one_stays_where_the_clock_went_back(folder: Path, tmp_path: Path):
    keep_each(folder, tmp_path, "one", "two", "three")
    for release in kept_releases(folder):
        os.utime(release, (2**33, 2**33))

    keep(folder, write_release(tmp_path, "four"))

    assert len(styles_in(folder)) == 3
    assert styles_in(folder)[-1] == "four"


def test_what_is_no_release_is_left_alone(folder: Path, tmp_path: Path):
    (folder / "lost+found").mkdir()
    keep_each(folder, tmp_path, "one", "two", "three", "four")

    assert (folder / "lost+found").is_dir()


def test_copy_that_was_interrupted_is_never_seen_and_made_anew(folder: Path, tmp_path: Path):
    release = write_release(tmp_path, "one", {STYLE: "one", "js/page.js": "whole"})
    (release / "css/broken.css").symlink_to("nowhere")
    with pytest.raises(OSError, match=r"broken\.css"):
        keep(folder, release)
    assert kept_releases(folder) == []
    assert (unfinished := list(folder.glob(".*/")))

    (release / "css/broken.css").unlink()
    name = keep(folder, release)

    assert (folder / name / "js/page.js").read_text() == "whole"
    assert not [path for path in unfinished if path.exists()]


def test_deletion_that_was_interrupted_leaves_no_half_release(folder: Path, tmp_path: Path):
    name = keep(folder, write_release(tmp_path, "one"))
    (folder / name).rename(folder / f".{name}")
    (folder / f".{name}" / STYLE).unlink()

    assert keep(folder, tmp_path / "one") == name
    assert styles_in(folder) == ["one"]


def test_several_at_once_take_turns(folder: Path, tmp_path: Path):
    files = {f"js/module-{number}.{HASH}.js": "x" for number in range(100)} | {STYLE: "whole"}
    releases = [write_release(tmp_path, name, files) for name in ("one", "two", "three", "four")]

    with ThreadPoolExecutor(8) as pool:
        names = list(pool.map(lambda release: keep(folder, release), releases * 4))

    assert len(set(names)) == 4
    assert styles_in(folder) == ["whole"] * 3


# --- serving -------------------------------------------------------------------------------------------------------
def test_each_version_serves_the_files_of_the_other(folder: Path, tmp_path: Path, settings: Any):
    """As in production: collected, hashed, compressed, and looked up once at the start."""
    settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": "kneecoach.static_storage.StaticStorage"}}
    settings.WHITENOISE_AUTOREFRESH = settings.WHITENOISE_USE_FINDERS = False
    settings.ASSETS_FOLDER = str(folder)
    text, styles, webs = "p { color: red } /* so long that it is compressed */\n" * 50, [], []
    for version in ("former", "newer"):
        source = tmp_path / version
        source.mkdir()
        (source / "site.css").write_text(text + version)
        root, names = collect(source, source)
        styles.append(names["site.css"])
        settings.STATIC_ROOT = root
        webs.append(Client())
        # Reads what its image holds, before the other version is there.
        assert webs[-1].head(f"/static/{names['site.css']}").status_code == 200
        keep(folder, root)

    assert styles[0] != styles[1]
    for web, own, other, version in zip(webs, styles, reversed(styles), ("newer", "former"), strict=True):
        for headers in ({}, {"Accept-Encoding": "gzip"}):
            with closing(web.get(f"/static/{other}", headers=headers)) as response:
                body = response.getvalue()
            with closing(web.get(f"/static/{own}", headers=headers)) as of_the_image:
                assert set(response.headers) == set(of_the_image.headers)
            assert response.status_code == 200
            assert response.headers["Cache-Control"] == of_the_image.headers["Cache-Control"]
            assert {"public", "immutable"} <= set(response.headers["Cache-Control"].split(", "))
            assert response.headers["Content-Type"] == 'text/css; charset="utf-8"'
            assert ("Content-Encoding" in response.headers) == bool(headers)
            assert headers or body.decode() == text + version


def test_a_kept_file_needs_no_database_and_sets_no_cookie(kept: Path, client: Client, unreachable_database: None):
    client.cookies["kneecoach_session"] = "of somebody"

    with closing(client.get(f"/static/{STYLE}")) as response:
        assert (response.status_code, response.getvalue()) == (200, b"former")
    assert response.cookies == {}
    assert "no-store" not in response.headers["Cache-Control"]


def test_methods(kept: Path, client: Client):
    with closing(client.head(f"/static/{STYLE}")) as head:
        assert (head.status_code, head.getvalue(), head.headers["Content-Length"]) == (200, b"", "6")
    seen = client.get(f"/static/{STYLE}", headers={"If-None-Match": head.headers["ETag"]})
    assert (seen.status_code, seen.getvalue()) == (304, b"")
    for method in ("post", "put", "patch", "delete", "options"):
        refused = getattr(client, method)(f"/static/{STYLE}")
        assert (refused.status_code, refused.headers["Allow"]) == (405, "GET, HEAD")


def test_the_newest_counts(kept: Path, folder: Path, tmp_path: Path, client: Client):
    keep_each(folder, tmp_path, "newer")

    with closing(client.get(f"/static/{STYLE}")) as response:
        assert response.getvalue() == b"newer"


@pytest.mark.parametrize(
    "path",
    [
        f"/static/css/other.{HASH}.css",
        "/static/css/site.css",
        "/static/staticfiles.json",
        f"/static/css/.{HASH}.css",
        f"/static/css/folder.{HASH}.css",
        f"/static/css/folder.{HASH}.css/{STYLE}",
        f"/static/../../secret.{HASH}.css",
        f"/static/..%2f..%2fsecret.{HASH}.css",
        f"/static/css/../{STYLE}",
        f"/static/css//site.{HASH}.css",
        f"/static//css/site.{HASH}.css",
        f"/static/%00{STYLE}",
        f"/static/{STYLE}%0a",
        f"/static/{'a' * 5000}.{HASH}.css",
        f"/static/{STYLE}/",
        f"/{STYLE}",
    ],
)
def test_anything_else_is_missing_as_if_nothing_were_kept(kept: Path, client: Client, settings: Any, path: str):
    answers = []
    for assets in (settings.ASSETS_FOLDER, "", str(kept / "nowhere")):
        settings.ASSETS_FOLDER = assets
        response = client.get(path)
        answers.append((response.status_code, dict(response.headers), TOKEN.sub("", body_of(response))))

    assert answers[0][0] == 404
    assert answers[0] == answers[1] == answers[2]


def test_deleted_release_is_missing(kept: Path, client: Client):
    shutil.rmtree(kept)

    assert client.get(f"/static/{STYLE}").status_code == 404
