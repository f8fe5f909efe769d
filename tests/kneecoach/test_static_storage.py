"""What collectstatic makes of our modules: every reference is a hashed name, and the file is there."""

import json
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import override_settings

MODULES = {
    "coach.js": """
// A comment may say: import { Nothing } from "./nowhere.js";
import { Outbox } from "./outbox.js";
import * as deep from "./deep/tones.js";
import {
  first,
  second,
} from "./outbox.js";
import "./outbox.js";
export { Outbox } from "./outbox.js";
export const text = "./outbox.js";
const later = () => import("./outbox.js");
const worker = () => new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
""",
    "outbox.js": "export class Outbox {}\n",
    "worker.js": 'import { Outbox } from "./outbox.js";\nself.onmessage = () => new Outbox();\n',
    "deep/tones.js": 'import { Outbox } from "../outbox.js";\n',
}


OURS = ["django.contrib.staticfiles.finders.FileSystemFinder"]


def collect(tmp_path: Path, folder: Path, finders: list[str] = OURS) -> tuple[Path, dict[str, str]]:
    """Collect a folder as an image's build does; return the target and original -> hashed names."""
    target = tmp_path / "collected"
    storages = settings.STORAGES | {"staticfiles": {"BACKEND": "kneecoach.static_storage.StaticStorage"}}
    with override_settings(
        STORAGES=storages, STATICFILES_DIRS=[folder], STATICFILES_FINDERS=finders, STATIC_ROOT=target
    ):
        call_command("collectstatic", interactive=False, verbosity=0)
    return target, json.loads((target / "staticfiles.json").read_text())["paths"]


def write_modules(folder: Path, modules: dict[str, str]) -> Path:
    """Write modules where ours would be."""
    for name, text in modules.items():
        path = folder / "kneecoach/js" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def references(text: str) -> list[str]:
    """Return what a module refers to, however it is written."""
    return re.findall(r"""(?:\bfrom|\bimport|\bimport\(|new URL\()\s*["'](\.[^"']+)["']""", text)


def test_modules_refer_to_hashed_names(tmp_path: Path):
    target, names = collect(tmp_path, write_modules(tmp_path / "source", MODULES))
    coach = (target / names["kneecoach/js/coach.js"]).read_text()

    outbox, worker, tones = (
        Path(names[f"kneecoach/js/{name}"]) for name in ("outbox.js", "worker.js", "deep/tones.js")
    )
    assert coach.count(f'"./{outbox.name}"') == 5
    assert f'from"./deep/{tones.name}";' in coach
    assert f'new Worker(new URL("./{worker.name}",import.meta.url)' in coach
    assert f'from"./{outbox.name}";' in (target / worker).read_text()
    assert f'from"../{outbox.name}";' in (target / tones).read_text()


def test_what_is_no_reference_stays_as_it_is(tmp_path: Path):
    target, names = collect(tmp_path, write_modules(tmp_path / "source", MODULES))
    coach = (target / names["kneecoach/js/coach.js"]).read_text()

    assert 'text="./outbox.js"' in coach


def test_what_is_sent_has_no_comments(tmp_path: Path):
    target, names = collect(tmp_path, write_modules(tmp_path / "source", MODULES))

    assert "A comment" in MODULES["coach.js"]
    assert "A comment" not in (target / names["kneecoach/js/coach.js"]).read_text()


def test_a_module_that_changed_changes_the_name_of_those_that_use_it(tmp_path: Path):
    _, before = collect(tmp_path / "before", write_modules(tmp_path / "one", MODULES))
    changed = MODULES | {"outbox.js": "export class Outbox { changed; }\n"}
    _, after = collect(tmp_path / "after", write_modules(tmp_path / "two", changed))

    assert all(before[f"kneecoach/js/{name}"] != after[f"kneecoach/js/{name}"] for name in MODULES)


def test_a_reference_to_nothing_stops_the_build(tmp_path: Path):
    folder = write_modules(tmp_path / "source", {"coach.js": 'import { Outbox } from "./missing.js";\n'})
    with pytest.raises((CommandError, ValueError), match=r"missing\.js"):
        collect(tmp_path, folder)


def test_our_own_modules_refer_to_hashed_names_that_exist(tmp_path: Path):
    target, names = collect(tmp_path, settings.BASE_DIR / "static", settings.STATICFILES_FINDERS)

    modules = [name for name in names if name.startswith("kneecoach/js/")]
    assert modules
    for name in modules:
        path = target / names[name]
        for reference in references(path.read_text()):
            assert re.search(r"\.[0-9a-f]{12}\.js$", reference), f"{name} refers to {reference} without a hash"
            assert (path.parent / reference).is_file(), f"{name} refers to {reference}, which is not there"
