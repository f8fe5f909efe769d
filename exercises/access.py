"""What a patient reads of the programme."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Max, QuerySet, Value, prefetch_related_objects
from django.shortcuts import get_object_or_404
from django.utils.translation import get_language

from exercises.models import Decision, Prescription, ProgrammeText, ProgrammeTranslation, ProgrammeVersion, Stage
from exercises.models.decision import DecisionQuerySet
from exercises.telling import stages_of
from kneecoach.accounts.models import Patient
from kneecoach.prepared import Prepared

SOURCE_LANGUAGE = "en"
NEWS_LASTS, MOST_NEWS = timedelta(days=14), 5
STAGE_COLUMNS = ("title", "purpose", "position", "action", "progression", "equipment")
TEXT_COLUMNS = ("title", "body")


@dataclass(frozen=True)
class ReadableProgramme:
    """A published version in the reader's language."""

    version: ProgrammeVersion
    texts: dict[str, ProgrammeText]
    stages: tuple[Stage, ...]


def readable_programme(patient: Patient) -> ReadableProgramme:
    """Return the version that this patient was last prescribed from; or Http404.

    Who has had no prescription yet reads the newest version of the clinic's first programme, not of one added since.
    """
    last = Prescription.objects.of(patient).aggregate(pk=Max("pk"))["pk"]
    if last:
        stage = Prescription.objects.filter(pk=last).values("stage")
        versions = ProgrammeVersion.objects.published().filter(stages__in=stage)
    else:
        versions = ProgrammeVersion.objects.newest()
    return translated(get_object_or_404(versions.select_related("programme")[:1]))


def decision_of(patient: Patient, key: UUID) -> Decision:
    """Return a decision about this patient, or Http404."""
    return get_object_or_404(Decision.objects.of(patient), pk=key)


def news_of(patient: Patient, now: datetime) -> DecisionQuerySet:
    """Return what was decided in the last two weeks and the patient has not put away."""
    return Decision.objects.of(patient).untold().filter(decided_at__gt=now - NEWS_LASTS)


def load_news(patient: Patient, now: datetime) -> list[Decision]:
    """Return what was decided and the patient has not put away, at most two weeks old, the newest first. One query."""
    rows = NEWS(patient.pk, now)
    in_readers_language(stage for row in rows for stage in stages_of(row))
    return rows


def _news(patient: Any, now: Any) -> QuerySet[Decision]:
    fresh = news_of(patient, Value(now)).select_related("prescription__stage", "ended__stage", "decided_by")  # type: ignore[arg-type]
    return fresh.order_by("-decided_at")[:MOST_NEWS]


NEWS = Prepared(_news, UUID(int=0), datetime(2000, 1, 5, tzinfo=UTC))


def translated(version: ProgrammeVersion) -> ReadableProgramme:
    """Return a version's texts and stages, in the active language where a translation is there.

    Three queries; one more in another language than the source's.
    """
    texts = {row.topic: row for row in version.texts.all()}
    stages = tuple(version.stages.prefetch_related("tips", "phases", "requires"))
    language = _foreign_language()
    if language:
        found = ProgrammeTranslation.objects.filter(version=version, language_code=language).values_list("path", "text")
        by_path = dict(found)
        for topic, row in texts.items():
            for column in TEXT_COLUMNS:
                setattr(row, column, by_path.get(f"text.{topic}.{column}", getattr(row, column)))
        for stage in stages:
            _put_in(by_path, stage)
    return ReadableProgramme(version, texts, stages)


def in_readers_language(stages: Iterable[Stage]) -> None:
    """Put the texts of stages, their tips and phases into the active language, where a translation is there.

    No query in the source's language, three in another.
    """
    language, rows = _foreign_language(), list(stages)
    if not language or not rows:
        return
    prefetch_related_objects(rows, "tips", "phases")
    found: defaultdict[int, dict[str, str]] = defaultdict(dict)
    known = ProgrammeTranslation.objects.filter(
        version__in={row.version_id for row in rows}, language_code=language, path__startswith="stage."
    )
    for version_id, path, text in known.values_list("version_id", "path", "text"):
        found[version_id][path] = text
    for row in rows:
        _put_in(found[row.version_id], row)


def _foreign_language() -> str:
    """Return the active language, or nothing where the programme is written in it."""
    language = (get_language() or SOURCE_LANGUAGE).split("-")[0]
    return "" if language == SOURCE_LANGUAGE else language


def _put_in(found: Mapping[str, str], stage: Stage) -> None:
    for column in STAGE_COLUMNS:
        setattr(stage, column, found.get(f"stage.{stage.key}.{column}", getattr(stage, column)))
    for tip in stage.tips.all():
        tip.text = found.get(f"stage.{stage.key}.tip.{tip.order}", tip.text)
    for phase in stage.phases.all():
        phase.cue = found.get(f"stage.{stage.key}.phase.{phase.order}", phase.cue)
