"""The limits and criteria that a physiotherapist set, version by version. The newest counts; none is ever changed."""

from dataclasses import asdict
from uuid import UUID

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q, Subquery
from django.utils.translation import gettext_lazy as _

from kneecoach.accounts.models import Patient
from progress.rules.limits import PRESETS, Criteria, PainLimits, Preset, RuleValues


class RuleSetQuerySet(models.QuerySet["RuleSet"]):
    """The vocabulary of rule sets."""

    def for_patient(self, patient: Patient | UUID) -> "RuleSetQuerySet":
        """Return those that concern a patient, the one that counts first: their own newest, unless handed back, then the clinic's."""
        newest = RuleSet.objects.filter(patient=patient).order_by("-version").values("pk")[:1]
        own = Q(pk=Subquery(newest)) & ~Q(preset=Preset.CLINIC)
        return self.filter(own | Q(patient=None)).order_by(F("patient").asc(nulls_last=True), "-version")

    def of_clinic(self) -> "RuleSetQuerySet":
        """Return the clinic's, newest first."""
        return self.filter(patient=None).order_by("-version")


class RuleSet(models.Model):
    """One version of the limits and criteria, of the clinic or of one patient. Values: progress.rules.limits."""

    class PresetName(models.TextChoices):
        """What the values are called."""

        STRICT = Preset.STRICT, _("strict")
        STANDARD = Preset.STANDARD, _("standard")
        LENIENT = Preset.LENIENT, _("lenient")
        OWN = Preset.OWN, _("own values")
        CLINIC = Preset.CLINIC, _("as the clinic has them")

    patient = models.ForeignKey(
        Patient, models.PROTECT, null=True, blank=True, related_name="rule_sets", verbose_name=_("patient")
    )
    version = models.PositiveIntegerField(_("version"))
    preset = models.CharField(_("preset"), max_length=8, choices=PresetName)
    green_max = models.PositiveSmallIntegerField(_("calm up to"))
    amber_max = models.PositiveSmallIntegerField(_("acceptable up to"))
    settled_tolerance = models.PositiveSmallIntegerField(_("settled within"))
    min_days_on_stage = models.PositiveSmallIntegerField(_("days on the stage"))
    window_days = models.PositiveSmallIntegerField(_("days looked at"))
    min_full_days = models.PositiveSmallIntegerField(_("full days"))
    rep_target = models.PositiveSmallIntegerField(_("repetitions"), null=True, blank=True)
    hold_ok_percent = models.PositiveSmallIntegerField(_("holds kept, %"))
    pain_worst_max = models.PositiveSmallIntegerField(_("worst pain"))
    mornings_settled_min = models.PositiveSmallIntegerField(_("mornings settled"))
    weekly_rise_max = models.PositiveSmallIntegerField(_("rise from week to week"))
    vmo_felt_percent = models.PositiveSmallIntegerField(_("muscle felt, %"))
    # Nobody: the values that an installation begins with.
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("set by")
    )
    made_at = models.DateTimeField(_("set"))

    objects = RuleSetQuerySet.as_manager()

    class Meta:
        verbose_name = _("limits and criteria")
        verbose_name_plural = _("limits and criteria")
        ordering = ("-made_at", "-version")
        constraints = (
            models.UniqueConstraint(fields=("patient", "version"), nulls_distinct=False, name="ruleset_version_unique"),
            models.CheckConstraint(
                condition=Q(green_max__lt=F("amber_max"), amber_max__lte=7, settled_tolerance__lte=3),
                name="ruleset_limits_in_bounds",
            ),
            models.CheckConstraint(
                condition=Q(
                    min_days_on_stage__lte=60,
                    window_days__gte=3,
                    window_days__lte=28,
                    min_full_days__gte=1,
                    min_full_days__lte=F("window_days"),
                    hold_ok_percent__gte=50,
                    hold_ok_percent__lte=100,
                    pain_worst_max__lte=5,
                    mornings_settled_min__lte=F("window_days"),
                    weekly_rise_max__lte=4,
                    vmo_felt_percent__lte=100,
                )
                & (Q(rep_target=None) | Q(rep_target__gte=1, rep_target__lte=30)),
                name="ruleset_criteria_in_bounds",
            ),
            models.CheckConstraint(
                condition=Q(preset__in=[*PRESETS, Preset.OWN]) | Q(preset=Preset.CLINIC, patient__isnull=False),
                name="ruleset_preset_known",
            ),
        )
        triggers = (pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),)

    def __str__(self) -> str:
        return f"{self.get_preset_display()}, {_('version')} {self.version}"

    @property
    def values(self) -> RuleValues:
        """Return the values as the rules take them."""
        return RuleValues(
            PainLimits(**{name: getattr(self, name) for name in asdict(PainLimits())}),
            Criteria(**{name: getattr(self, name) for name in asdict(Criteria())}),
        )
