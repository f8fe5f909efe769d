"""A Wednesday in November at eight o'clock, with everything switched on."""

from tests.kneecoach.desk.admin.conftest import clock, switched_on

__all__ = ["clock", "switched_on"]
