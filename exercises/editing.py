"""Editing the programme: a version copied as a draft, looked at, published. What is published never changes."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils.translation import gettext as _

from exercises import rules
from exercises.models import (
    DOSE_FIELDS,
    Programme,
    ProgrammeText,
    ProgrammeTranslation,
    ProgrammeVersion,
    RepPhase,
    Stage,
    StageRequirement,
    Tip,
    Topic,
)
from kneecoach.accounts.models import User

Status = ProgrammeVersion.Status
STAGE_WORDS = ("title", "purpose", "position", "action", "progression", "equipment")
STAGE_FACTS = ("number", "drawing", "is_one_legged", *DOSE_FIELDS)


@dataclass(frozen=True)
class Difference:
    """One thing that a version says otherwise than the one before it; empty where it was not there."""

    where: str
    what: str
    before: str
    after: str


def new_programme(*, key: str, title: str) -> ProgrammeVersion:
    """Make a programme with an empty draft, and return the draft. The same key again is the same programme."""
    with transaction.atomic():
        programme, _made = Programme.objects.get_or_create(key=key, defaults={"title": title})
        return new_version(programme=programme)


def new_version(*, programme: Programme) -> ProgrammeVersion:
    """Return the draft of a programme: the one that is there, or a copy of the newest version."""
    with transaction.atomic():
        # The programme's row is the lock: two taps at once make one draft.
        programme = Programme.objects.select_for_update().get(pk=programme.pk)
        draft = programme.versions.filter(status=Status.DRAFT).order_by("-number").first()
        if draft:
            return draft
        newest = programme.versions.order_by("-number").first()
        number = (programme.versions.aggregate(last=Max("number"))["last"] or 0) + 1
        draft = ProgrammeVersion.objects.create(
            programme=programme, number=number, source_note=newest.source_note if newest else ""
        )
        if newest:
            _copy(newest, draft)
        return draft


def publish(*, version: ProgrammeVersion, by: User, now: datetime) -> ProgrammeVersion:
    """Publish a draft. From then on nothing in it changes. Published again it stays as it is.

    Raises ValidationError with everything that stands against it. A translation of a text that is not the one it was
    made of any more is left out: patients then read the new text as it was written.
    """
    with transaction.atomic():
        row = ProgrammeVersion.objects.select_for_update(of=("self",)).get(pk=version.pk)
        if row.status == Status.PUBLISHED:
            return row
        faults = faults_of(row)
        if faults:
            raise ValidationError(faults)
        stale_translations(row).delete()
        row.status, row.published_at, row.published_by = Status.PUBLISHED, now, by
        row.save(update_fields=["status", "published_at", "published_by"])
        return row


def faults_of(version: ProgrammeVersion) -> list[str]:
    """Return everything that stands against publishing a version, in words. Bounds: docs/rules.md, Dose."""
    stages = list(version.stages.prefetch_related("phases", "requires", "tips"))
    if not stages:
        return [_("It has no stage yet.")]
    found = [f"{stage}: {fault}" for stage in stages for fault in _faults_of_stage(stage)]
    if [stage.number for stage in stages] != list(range(1, len(stages) + 1)):
        found.append(_("The stages have to be numbered from 1 on, without a gap."))
    if rules.has_circle({row.key: [one.key for one in row.requires.all()] for row in stages}):
        found.append(_("Stages require each other in a circle: nobody could ever be given one of them."))
    topics = set(version.texts.values_list("topic", flat=True))
    found += [
        _("The text “%(topic)s” is missing.") % {"topic": topic.label} for topic in Topic if topic.value not in topics
    ]
    return found


def _faults_of_stage(stage: Stage) -> Iterator[str]:
    for fault in rules.dose_faults(stage.dose):
        name = Stage._meta.get_field(fault.field).verbose_name  # type: ignore[union-attr]
        yield _("%(field)s has to be between %(lowest)s and %(highest)s.") % {
            "field": name,
            "lowest": fault.lowest,
            "highest": fault.highest,
        }
    phases = stage.phases.all()
    if not any(phase.counts_as_hold for phase in phases):
        yield _("one part of the repetition has to count as the hold.")
    if not all(getattr(stage, name).strip() for name in ("title", "purpose", "position", "action")):
        yield _("title, purpose, starting position and action have to be written.")
    if any(required.version_id != stage.version_id for required in stage.requires.all()):
        yield _("it requires a stage of another version.")


def stale_translations(version: ProgrammeVersion) -> QuerySet[ProgrammeTranslation]:
    """Return the translations of a draft that were made of another text: copied ones, where the text has changed."""
    before = version_before(version)
    if before is None:
        return version.translations.none()
    old, new = _texts_by_path(before), _texts_by_path(version)
    changed = {path for path in new.keys() | old.keys() if new.get(path) != old.get(path)}
    copied = set(before.translations.values_list("language_code", "path", "text"))
    stale = [
        row.pk
        for row in version.translations.all()
        if row.path in changed and (row.language_code, row.path, row.text) in copied
    ]
    return version.translations.filter(pk__in=stale)


def version_before(version: ProgrammeVersion) -> ProgrammeVersion | None:
    """Return the published version before this one."""
    earlier = version.programme.versions.filter(status=Status.PUBLISHED, number__lt=version.number)
    return earlier.order_by("-number").first()


def differences(version: ProgrammeVersion) -> list[Difference]:
    """Return what a version says otherwise than the published one before it, in the order of its pages."""
    before = version_before(version)
    old, new = _facts(before) if before else {}, _facts(version)
    keys = [*new, *(key for key in old if key not in new)]
    return [
        Difference(*key, before=old.get(key, ""), after=new.get(key, ""))
        for key in keys
        if old.get(key, "") != new.get(key, "")
    ]


# --- copying -------------------------------------------------------------------------------------------------------
def _copy(source: ProgrammeVersion, draft: ProgrammeVersion) -> None:
    """Copy everything of a version into an empty draft."""
    texts = source.texts.order_by("pk")
    ProgrammeText.objects.bulk_create(
        ProgrammeText(version=draft, topic=row.topic, title=row.title, body=row.body) for row in texts
    )
    ProgrammeTranslation.objects.bulk_create(
        ProgrammeTranslation(version=draft, language_code=row.language_code, path=row.path, text=row.text)
        for row in source.translations.all()
    )
    rows = list(source.stages.prefetch_related("tips", "phases", "requirements"))
    made = {row.pk: _copy_stage(row, draft) for row in rows}
    StageRequirement.objects.bulk_create(
        StageRequirement(stage=made[row.pk], required=made[needed.required_id])
        for row in rows
        for needed in row.requirements.all()
    )


def _copy_stage(row: Stage, draft: ProgrammeVersion) -> Stage:
    names = ("key", *STAGE_FACTS, *STAGE_WORDS)
    stage = Stage.objects.create(version=draft, **{name: getattr(row, name) for name in names})
    Tip.objects.bulk_create(Tip(stage=stage, order=tip.order, kind=tip.kind, text=tip.text) for tip in row.tips.all())
    RepPhase.objects.bulk_create(
        RepPhase(
            stage=stage,
            order=phase.order,
            kind=phase.kind,
            seconds=phase.seconds,
            cue=phase.cue,
            counts_as_hold=phase.counts_as_hold,
        )
        for phase in row.phases.all()
    )
    return stage


# --- comparing -----------------------------------------------------------------------------------------------------
def _facts(version: ProgrammeVersion) -> dict[tuple[str, str], str]:
    """Return everything that a version says, by where it stands and what it is called."""
    found: dict[tuple[str, str], str] = {}
    for text in version.texts.order_by("pk"):
        found[str(text.get_topic_display()), _("title")] = text.title
        found[str(text.get_topic_display()), _("text")] = text.body
    for stage in version.stages.prefetch_related("tips", "phases", "requires"):
        found |= {(f"{_('Stage')} {stage.key}", what): value for what, value in _facts_of_stage(stage)}
    return found


def _facts_of_stage(stage: Stage) -> Iterator[tuple[str, str]]:
    for name in (*STAGE_FACTS, *STAGE_WORDS):
        field = Stage._meta.get_field(name)
        shown = getattr(stage, f"get_{name}_display", None)
        value = shown() if shown else getattr(stage, name)
        if isinstance(value, bool):
            value = _("yes") if value else _("no")
        yield str(field.verbose_name), str(value)  # type: ignore[union-attr]
    yield _("tips and notes"), "\n".join(f"{tip.get_kind_display()}: {tip.text}" for tip in stage.tips.all())
    yield _("parts of a repetition"), "\n".join(_phase_words(phase) for phase in stage.phases.all())
    yield _("stages required before"), ", ".join(sorted(row.key for row in stage.requires.all()))


def _phase_words(phase: RepPhase) -> str:
    hold = f", {_('counts as hold')}" if phase.counts_as_hold else ""
    return f"{phase.get_kind_display()} {phase.seconds} s “{phase.cue}”{hold}"


def _texts_by_path(version: ProgrammeVersion) -> dict[str, str]:
    """Return the texts that can be translated, by their path."""
    found = {
        f"text.{row.topic}.{name}": getattr(row, name) for row in version.texts.all() for name in ("title", "body")
    }
    for stage in version.stages.prefetch_related("tips", "phases"):
        found |= {f"stage.{stage.key}.{name}": getattr(stage, name) for name in STAGE_WORDS}
        found |= {f"stage.{stage.key}.tip.{tip.order}": tip.text for tip in stage.tips.all()}
        found |= {f"stage.{stage.key}.phase.{phase.order}": phase.cue for phase in stage.phases.all()}
    return found
