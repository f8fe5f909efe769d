"""What is on record of a session: each value as it was recorded, and what corrections made of it."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Prefetch, prefetch_related_objects

from exercises.access import in_readers_language
from progress.models import Correction, ExerciseSession, ExerciseSet, PainRating

What = Correction.What
# Session, what, set, rating: what a correction is about.
Key = tuple[UUID, str, UUID | None, int | None]


@dataclass(frozen=True)
class Item:
    """One value of a session. `value` and `felt` are as recorded; the newest correction counts, where there is one."""

    what: Correction.What
    value: int | None = None
    felt: str = ""
    exercise_set: ExerciseSet | None = None
    pain_rating: PainRating | None = None
    corrections: tuple[Correction, ...] = ()

    @property
    def key(self) -> str:
        """Return a name that no other value of the session has."""
        owner = self.exercise_set or self.pain_rating
        return f"{self.what.value}-{owner.pk}" if owner else self.what.value

    @property
    def recorded(self) -> Correction:
        """Return the value as recorded, in the shape of a correction: not saved, only to be shown."""
        return Correction(what=self.what, value=self.value, felt=self.felt)

    @property
    def now(self) -> Correction:
        """Return the value that counts."""
        return self.corrections[-1] if self.corrections else self.recorded


def load_record(session: ExerciseSession) -> tuple[Item, ...]:
    """Return every value of a session that can be corrected, in the order in which it came about. Three queries."""
    return load_records([session])[session.pk]


def load_records(sessions: Sequence[ExerciseSession]) -> dict[UUID, tuple[Item, ...]]:
    """Return the same for several sessions, by id. Three queries for all of them, two where their sets are loaded."""
    prefetch_related_objects(sessions, Prefetch("sets", ExerciseSet.objects.with_counts()))
    in_readers_language(row.stage for session in sessions for row in session.sets.all())
    corrections: defaultdict[Key, list[Correction]] = defaultdict(list)
    for made in Correction.objects.filter(exercise_session__in=sessions).select_related("corrected_by"):
        corrections[(made.exercise_session_id, made.what, made.exercise_set_id, made.pain_rating_id)].append(made)
    ratings: defaultdict[object, list[PainRating]] = defaultdict(list)
    for rating in PainRating.objects.filter(exercise_session__in=sessions).order_by("rated_at", "pk"):
        ratings[rating.exercise_session_id].append(rating)
    return {session.pk: tuple(_items(session, ratings[session.pk], corrections)) for session in sessions}


def _items(
    session: ExerciseSession, ratings: Sequence[PainRating], corrections: Mapping[Key, Sequence[Correction]]
) -> Iterator[Item]:
    def item(
        what: Correction.What,
        value: int | None = None,
        felt: str = "",
        exercise_set: ExerciseSet | None = None,
        pain_rating: PainRating | None = None,
    ) -> Item:
        set_id = exercise_set.pk if exercise_set else None
        key = (session.pk, what.value, set_id, pain_rating.pk if pain_rating else None)
        return Item(what, value, felt, exercise_set, pain_rating, tuple(corrections.get(key, ())))

    for row in session.sets.all():
        yield item(What.REPS, value=row.reps_held, exercise_set=row)  # type: ignore[attr-defined]
        yield item(What.FELT, felt=row.felt_muscle, exercise_set=row)
        if row.depth_target is not None:
            yield item(What.DEPTH, value=row.depth, exercise_set=row)
    for rating in ratings:
        yield item(What.PAIN, value=rating.value, pain_rating=rating)
    yield item(What.EFFORT, value=session.effort)
