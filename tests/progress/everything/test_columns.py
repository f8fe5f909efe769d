"""The archive misses no kind of row that belongs to a patient."""

import pytest
from django.db import models

from kneecoach.accounts.models import AccessLog, Patient, User
from kneecoach.reminders.models import CalendarFeed, PushDevice, Reminder
from progress.everything.columns import KINDS
from progress.models import ReadinessEvaluation
from tests.test_architecture import OUR_MODELS

# In the archive with what belongs to it: a criterion names its evaluation's day, prescription and time.
TOLD_WITH_OTHERS = {ReadinessEvaluation}
# The account holds nothing about the knee. What was sent, and the address of a calendar, belong to an app that the record
# knows nothing of; retention.toml says why a copy leaves them out.
NOT_A_KIND = {User, AccessLog, Reminder, CalendarFeed, PushDevice}


def belongs_to_a_patient(model: type[models.Model], seen: frozenset[type[models.Model]] = frozenset()) -> bool:
    """Tell whether a chain of foreign keys leads from a model to Patient."""
    parents = {field.related_model for field in model._meta.fields if isinstance(field, models.ForeignKey)}
    return Patient in parents or any(
        belongs_to_a_patient(row, seen | {model}) for row in parents - seen - {User, model}
    )


def test_every_model_of_a_patient_has_a_file():
    wanted = {model for model in OUR_MODELS if belongs_to_a_patient(model)} - NOT_A_KIND - TOLD_WITH_OTHERS

    assert {kind[2] for kind in KINDS} == wanted | {Patient}
    assert len(wanted) > 15


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind[0])
def test_every_column_is_named_once_and_explained(kind):
    names = [name for name, _path, _meaning in kind[4]]

    assert len(set(names)) == len(names)
    assert all(meaning for _name, _path, meaning in kind[4])
