"""A column that has a value at once, and a rule that holds for new rows only as yet: no row is read, none is written."""

from django.db import migrations

from tests.chaos.newer import COLUMN


class Migration(migrations.Migration):
    dependencies = [("newer", "0001_index")]
    operations = [
        migrations.RunSQL(
            [
                f"ALTER TABLE progress_rep ADD COLUMN {COLUMN} varchar(5) NOT NULL DEFAULT ''",
                f"ALTER TABLE progress_rep ADD CONSTRAINT {COLUMN}_known"
                f" CHECK ({COLUMN} IN ('', 'left', 'right')) NOT VALID",
            ],
            f"ALTER TABLE progress_rep DROP COLUMN {COLUMN}",
        )
    ]
