"""What is on record of a session: each value as it was recorded, and what corrections made of it."""

from collections import defaultdict
from dataclasses import dataclass

from progress.models import Correction, ExerciseSession, ExerciseSet, PainRating

What = Correction.What


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
    corrections: defaultdict[tuple[str, object, object], list[Correction]] = defaultdict(list)
    for made in session.corrections.select_related("corrected_by"):
        corrections[(made.what, made.exercise_set_id, made.pain_rating_id)].append(made)

    def item(what: Correction.What, **values: object) -> Item:
        exercise_set, rating = values.get("exercise_set"), values.get("pain_rating")
        key = (what.value, getattr(exercise_set, "pk", None), getattr(rating, "pk", None))
        return Item(what, corrections=tuple(corrections[key]), **values)  # type: ignore[arg-type]

    items = []
    for row in ExerciseSet.objects.with_counts().filter(exercise_session=session).order_by("order"):
        items.append(item(What.REPS, value=row.reps_held, exercise_set=row))  # type: ignore[attr-defined]
        items.append(item(What.FELT, felt=row.felt_muscle, exercise_set=row))
        if row.depth_target is not None:
            items.append(item(What.DEPTH, value=row.depth, exercise_set=row))
    ratings = session.pain_ratings.order_by("rated_at", "pk")
    items += [item(What.PAIN, value=rating.value, pain_rating=rating) for rating in ratings]
    return (*items, item(What.EFFORT, value=session.effort))
