"""What is known of the worker itself."""

from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _


class Heartbeat(models.Model):
    """The one row that says when a worker was last heard of. Several workers share it."""

    THE_ROW = 1

    id = models.PositiveSmallIntegerField(primary_key=True, default=THE_ROW, editable=False)
    beat_at = models.DateTimeField(_("last heard of"))

    class Meta:
        verbose_name = verbose_name_plural = _("heartbeat of the worker")
        constraints = (models.CheckConstraint(condition=models.Q(id=1), name="heartbeat_one_row"),)

    def __str__(self) -> str:
        return f"{self.beat_at:%Y-%m-%d %H:%M:%S}"

    @classmethod
    def last(cls) -> datetime | None:
        """Return when a worker was last heard of, None where none ever was. One query."""
        return cls.objects.filter(pk=cls.THE_ROW).values_list("beat_at", flat=True).first()


class JobRun(models.Model):
    """One job of WORKER_JOBS: when it was begun last, and what became of it. Whoever writes `started_at` runs it."""

    name = models.CharField(_("job"), max_length=200, primary_key=True)
    started_at = models.DateTimeField(_("begun"))
    # None while it runs, and for good where the worker was killed in the middle of it.
    ended_at = models.DateTimeField(_("ended"), null=True)
    # The name of what was raised; the log has the rest.
    error = models.CharField(_("error"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("job of the worker")
        verbose_name_plural = _("jobs of the worker")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name
