"""Prepared queries answer as the querysets that they were made of."""

import threading
import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import Count
from django.test.utils import CaptureQueriesContext

from kneecoach.accounts.models import Patient
from kneecoach.prepared import Prepared
from progress.models import ExerciseSession, ExerciseSet
from tests.factories import a_moment, make_patient, make_session

NOBODY = uuid.UUID(int=0)
pytestmark = pytest.mark.django_db


def test_gives_instances_with_what_was_joined_and_added(django_assert_num_queries):
    one, other = (
        make_session(patient=make_patient(), now=a_moment()),
        make_session(patient=make_patient(), now=a_moment()),
    )
    ask = Prepared(
        lambda patient: (
            ExerciseSet.objects.filter(exercise_session__patient=patient)
            .select_related("exercise_session", "stage")
            .annotate(done=Count("reps"))
        ),
        NOBODY,
    )

    for session in (one, other, one):
        with django_assert_num_queries(1):
            (row,) = ask(session.patient_id)
            joined = (row, row.exercise_session, row.stage.number, vars(row)["done"])
        assert joined == (session.sets.get(), session, 1, 0)


def test_gives_tuples_in_order():
    patient = make_patient()
    for days in (0, 1, 2):
        make_session(patient=patient, now=a_moment() + timedelta(days=days))
    queryset = ExerciseSession.objects.order_by("local_date").values_list("local_date", "slot", named=True)
    ask = Prepared(
        lambda patient, first: queryset.filter(patient=patient, local_date__gte=first), NOBODY, a_moment().date()
    )
    first = (a_moment() + timedelta(days=1)).date()

    assert ask(patient.pk, first) == list(queryset.filter(patient=patient, local_date__gte=first))
    assert [row.local_date for row in ask(patient.pk, first)] == [first, first + timedelta(days=1)]


def test_sees_what_has_changed():
    patient = make_patient(name="Anna Knee")
    ask = Prepared(lambda patient: Patient.objects.filter(pk=patient), NOBODY)
    assert [row.name for row in ask(patient.pk)] == ["Anna Knee"]
    Patient.objects.update(name="Anna Hip")
    assert [row.name for row in ask(patient.pk)] == ["Anna Hip"]
    assert ask(uuid.uuid4()) == []


def test_locks_rows_like_its_queryset():
    patient = make_patient()
    ask = Prepared(lambda patient: Patient.objects.select_for_update().filter(pk=patient), NOBODY)
    with connection.execute_wrapper(lambda run, sql, *rest: seen.append(sql) or run(sql, *rest)):
        seen: list[str] = []
        ask(patient.pk)
    assert seen[0].endswith("FOR UPDATE")


def test_log_of_queries_tells_it_also_when_it_was_planned_before():
    ask = Prepared(lambda patient: Patient.objects.filter(pk=patient), NOBODY)
    with CaptureQueriesContext(connection) as queries:
        for _time in range(6):
            ask(NOBODY)
    assert [query["sql"].partition(" ")[0] for query in queries] == ["SELECT"] * 6
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%accounts_patient%'")
        assert cursor.fetchone()[0] > 0


def test_each_thread_uses_its_own_connection():
    patient = make_patient()
    ask = Prepared(lambda patient: Patient.objects.filter(pk=patient), NOBODY)
    assert len(ask(patient.pk)) == 1
    found: list[list[Patient]] = []

    def elsewhere() -> None:
        try:
            found.append(ask(patient.pk))
        finally:
            connection.close()

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join(30)
    # What this test has written is in its own transaction: another connection does not see it.
    assert found == [[]]


@pytest.mark.parametrize("values", [(), (None,), ([NOBODY],), (NOBODY, NOBODY)], ids=repr)
def test_what_would_be_another_query_is_refused(values):
    with pytest.raises(TypeError, match="Takes 1 values"):
        Prepared(lambda patient: Patient.objects.filter(pk=patient), NOBODY)(*values)


def test_an_example_that_is_not_in_the_query_is_refused():
    with pytest.raises(ValueError, match="Not every one"):
        Prepared(lambda patient: Patient.objects.all(), NOBODY)(NOBODY)
