"""How properties are tried out: a busy machine is slow, which says nothing about the rules."""

import os

from hypothesis import HealthCheck, settings

settings.register_profile("kneecoach", deadline=None, suppress_health_check=[HealthCheck.too_slow])
# The same examples each time, and few of them: where the same tests run hundreds of times, as in `make mutants`.
settings.register_profile("quick", settings.get_profile("kneecoach"), max_examples=25, derandomize=True, database=None)
# Far more of them, for a night.
settings.register_profile("thorough", settings.get_profile("kneecoach"), max_examples=1000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "kneecoach"))
