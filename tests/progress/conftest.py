"""How properties are tried out: a busy machine is slow, which says nothing about the rules."""

from hypothesis import HealthCheck, settings

settings.register_profile("kneecoach", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("kneecoach")
