"""Database triggers of the programme."""

import pgtrigger

PUBLISHED_VERSION = """
    SELECT number INTO published FROM exercises_programmeversion
    WHERE status = 'published' AND id IN ({old}, {new});
    IF published IS NOT NULL THEN
        RAISE EXCEPTION 'programme version % is published and cannot change: make a new version', published
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
"""


def frozen_once_published(*, via_stage: bool = False) -> pgtrigger.Trigger:
    """Refuse to add, change or remove a row that belongs to a published version.

    The row names its version itself, or through its stage. OLD and NEW are null where they do not apply.
    """
    column = "(SELECT version_id FROM exercises_stage WHERE id = {row}.stage_id)" if via_stage else "{row}.version_id"
    return pgtrigger.Trigger(
        name="frozen_once_published",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        declare=[("published", "INTEGER")],
        func=PUBLISHED_VERSION.format(old=column.format(row="OLD"), new=column.format(row="NEW")),
    )
