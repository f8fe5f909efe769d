"""Static files of the last releases, for pages of another version than the `web` that is asked.

While an update replaces one `web` after the other, a page of one version asks another for its styles; and a page that is
open for days asks for a picture or a module that the image of today no longer holds. So each release leaves a copy of its
collected files in ASSETS_FOLDER, in a folder named after its manifest, before a `web` of it answers.
"""

import fcntl
import hashlib
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.responders import MissingFileError

MANIFEST = "staticfiles.json"
RELEASES_KEPT = 3
RELEASE = re.compile(r"[0-9a-f]{16}")
# A name with the hash of what is in it, without a part that begins with a dot: it leads nowhere but down.
HASHED = re.compile(r"(?:[\w-][\w.-]*/)*[\w-][\w.-]*\.[0-9a-f]{12}\.\w+", re.ASCII)


def keep(folder: Path, collected: Path) -> str:
    """Copy collected static files to the kept ones and delete all but the newest three releases; return this one's name.

    Twice is the same as once, except that the release is the newest again. A copy gets its name only when it is whole.
    Several at once take turns. Raises OSError where files are missing or cannot be written.
    """
    name = hashlib.sha256((collected / MANIFEST).read_bytes()).hexdigest()[:16]
    release = folder / name
    with _only_one(folder):
        for unfinished in folder.glob(".*/"):
            shutil.rmtree(unfinished)
        if not release.exists():
            copy = folder / f".{name}"
            shutil.copytree(collected, copy)
            copy.rename(release)
        os.utime(release)
        others = [other for other in kept_releases(folder) if other != release]
        for former in others[RELEASES_KEPT - 1 :]:
            # Renamed first: half a release, left by a deletion that was interrupted, would pass for a whole one.
            shutil.rmtree(former.rename(folder / f".{former.name}"))
    return name


def kept_releases(folder: Path) -> list[Path]:
    """Return the folders of the kept releases, the newest first. Raises OSError where they cannot be read."""
    found = [path for path in folder.iterdir() if RELEASE.fullmatch(path.name)]
    return sorted(found, key=lambda path: path.stat().st_mtime, reverse=True)


@contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


class StaticFilesMiddleware(WhiteNoiseMiddleware):
    """WhiteNoise; what the image does not hold is looked for in the kept releases, under exactly the same address."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        super().__init__(self._kept_or_further)
        self.further = get_response

    def _kept_or_further(self, request: HttpRequest) -> HttpResponse:
        """Answer with a kept file, with the headers of every other static file; hand on what is none."""
        name = request.path_info.removeprefix(self.static_prefix)
        if settings.ASSETS_FOLDER and name != request.path_info and HASHED.fullmatch(name):
            # Without the folder nothing is kept, and a release may be deleted just now.
            with suppress(OSError):
                for release in kept_releases(Path(settings.ASSETS_FOLDER)):
                    with suppress(MissingFileError):
                        file = self.get_static_file(str(release / name), request.path_info)
                        response: HttpResponse = self.serve(file, request)
                        return response
        return self.further(request)

    def immutable_file_test(self, path: str, url: str) -> bool:
        """Tell whether a file may be cached for ever: each that is kept has a hash in its name."""
        is_kept = bool(settings.ASSETS_FOLDER) and Path(path).is_relative_to(settings.ASSETS_FOLDER)
        return is_kept or super().immutable_file_test(path, url)
