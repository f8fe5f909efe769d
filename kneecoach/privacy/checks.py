"""What `manage.py check` says where a column is stored and nobody has said why, how long and for whom."""

from django.core.checks import CheckMessage, Error, register

from kneecoach.privacy.retention import differences
from kneecoach.privacy.rules import BadPlan


@register
def check_every_column_has_a_rule(app_configs: object, **kwargs: object) -> list[CheckMessage]:
    """Compare kneecoach/privacy/retention.toml with the models."""
    return [
        Error(
            f"{difference}.",
            hint="Say in kneecoach/privacy/retention.toml what it holds, why, how long, and what erasing does to it.",
            id="kneecoach.E001",
        )
        for difference in _found()
    ]


def _found() -> list[str]:
    try:
        return differences()
    except BadPlan as error:
        return [str(error)]
