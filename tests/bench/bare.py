"""The row of the bare insert. Its table is in the databases of the benchmark only."""

from django.db import models

TABLE = """
    CREATE TABLE bare_rep (
        id bigserial PRIMARY KEY,
        user_id bigint NOT NULL REFERENCES accounts_user,
        number smallint NOT NULL,
        received_at timestamptz NOT NULL
    )
"""


class BareRep(models.Model):
    """What is the least that a repetition could be: whose, which, when."""

    user_id = models.BigIntegerField()
    number = models.PositiveSmallIntegerField()
    received_at = models.DateTimeField(auto_now_add=True)

    objects = models.Manager["BareRep"]()

    class Meta:
        app_label = "bench"
        managed = False
        db_table = "bare_rep"

    def __str__(self) -> str:
        return str(self.number)
