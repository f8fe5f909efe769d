"""Every input of a patient goes through one of these."""

from progress.forms.checks import SIGN_CHOICES, ReportForm, SignsForm, SwellingForm, WeeklyForm
from progress.forms.messages import MessageForm, ReadForm
from progress.forms.record import CorrectionForm, LaterForm
from progress.forms.requesting import StageRequestForm
from progress.forms.session import (
    AnsweredAtForm,
    DepthForm,
    EffortForm,
    FeltForm,
    MinimumForm,
    OpeningForm,
    PainForm,
    RepForm,
    SafetyForm,
    StartForm,
    StopForm,
    ZoneAnswerForm,
)

__all__ = [
    "SIGN_CHOICES",
    "AnsweredAtForm",
    "CorrectionForm",
    "DepthForm",
    "EffortForm",
    "FeltForm",
    "LaterForm",
    "MessageForm",
    "MinimumForm",
    "OpeningForm",
    "PainForm",
    "ReadForm",
    "RepForm",
    "ReportForm",
    "SafetyForm",
    "SignsForm",
    "StageRequestForm",
    "StartForm",
    "StopForm",
    "SwellingForm",
    "WeeklyForm",
    "ZoneAnswerForm",
]
