"""Load a programme version from its readable file, exercises/programmes/*.toml.

Works on the models it is given, so that a migration can pass its own historical ones.
"""

import tomllib
from datetime import datetime
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "programmes"


def read(name: str) -> dict[str, Any]:
    """Return the contents of a programme file."""
    return tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


def load_published(name: str, *, get_model: Any, using: str, published_at: datetime) -> None:
    """Write the file's programme, version, texts and stages, then publish the version.

    `get_model(model_name)` returns a model of this app.
    """
    content = read(name)
    programme, _created = (
        get_model("Programme")
        .objects.using(using)
        .get_or_create(key=content["key"], defaults={"title": content["title"]})
    )
    version = (
        get_model("ProgrammeVersion")
        .objects.using(using)
        .create(
            programme=programme, number=content["number"], status="draft", source_note=content["source_note"].strip()
        )
    )
    for text in content["texts"]:
        get_model("ProgrammeText").objects.using(using).create(
            version=version, topic=text["topic"], title=text["title"], body=text["body"].strip()
        )
    stages = {
        row["key"]: _load_stage(row, version=version, get_model=get_model, using=using) for row in content["stages"]
    }
    for row in content["stages"]:
        for key in row["requires"]:
            get_model("StageRequirement").objects.using(using).create(stage=stages[row["key"]], required=stages[key])
    version.status = "published"
    version.published_at = published_at
    version.save(using=using)


def _load_stage(row: dict[str, Any], *, version: Any, get_model: Any, using: str) -> Any:
    columns = ("number", "key", "title", "purpose", "equipment", "drawing", "is_one_legged")
    stage = (
        get_model("Stage")
        .objects.using(using)
        .create(
            version=version,
            **{column: row[column] for column in columns},
            **{column: row[column].strip() for column in ("position", "action", "progression")},
            **row["dose"],
        )
    )
    for order, tip in enumerate(row["tips"], start=1):
        get_model("Tip").objects.using(using).create(stage=stage, order=order, **tip)
    for order, phase in enumerate(row["phases"], start=1):
        get_model("RepPhase").objects.using(using).create(stage=stage, order=order, **phase)
    return stage
