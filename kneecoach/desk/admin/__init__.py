"""The screens of the desk, one module each. Django finds what is registered here."""

from kneecoach.desk.admin.alerts import AlertAdmin
from kneecoach.desk.admin.clinic import ClinicSettingsAdmin
from kneecoach.desk.admin.data_requests import DataRequestAdmin
from kneecoach.desk.admin.patients import PatientAdmin
from kneecoach.desk.admin.prescriptions import PrescriptionAdmin
from kneecoach.desk.admin.programmes import ProgrammeAdmin, ProgrammeVersionAdmin
from kneecoach.desk.admin.red_flags import RedFlagReportAdmin
from kneecoach.desk.admin.rule_sets import RuleSetAdmin
from kneecoach.desk.admin.stage_requests import StageRequestAdmin
from kneecoach.desk.admin.stages import StageAdmin

__all__ = [
    "AlertAdmin",
    "ClinicSettingsAdmin",
    "DataRequestAdmin",
    "PatientAdmin",
    "PrescriptionAdmin",
    "ProgrammeAdmin",
    "ProgrammeVersionAdmin",
    "RedFlagReportAdmin",
    "RuleSetAdmin",
    "StageAdmin",
    "StageRequestAdmin",
]
