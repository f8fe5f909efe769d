"""What has to hold before anybody is given the first stage (docs/rules.md, Sources)."""

from django.utils.translation import gettext_lazy as _

# Another text is another version: what was confirmed under an earlier one stays what it was.
VERSION = 1

SENTENCES = (
    ("diagnosed", _("The diagnosis is made, and other causes of the knee pain were looked for.")),
    ("cleared", _("No recent operation, fracture or dislocation of the leg, or a doctor has cleared it for exercise.")),
    ("stands_safely", _("Standing with the back to a wall is safe, with a chair near by.")),
    ("age_checked", _("The birth date on this page is right.")),
)
SENTENCES_FOR_MINORS = (
    ("no_hip_signs", _("No limp, and no pain in the hip, groin or thigh: the hip was thought of and looked at.")),
    ("guardian_agrees", _("A parent or guardian knows the programme and agrees.")),
)
STOP_FOR_MINORS = _(
    "Under 18, knee pain can come from the hip. With a limp, or pain in the hip, groin or thigh: prescribe nothing, and "
    "have a doctor look at the hip first."
)


def sentences_for(*, is_minor: bool) -> tuple[tuple[str, str], ...]:
    """Return key and text of everything that has to be confirmed."""
    return (*SENTENCES, *(SENTENCES_FOR_MINORS if is_minor else ()))
