"""The settings of a newer version, which has one migration more (tests/chaos/newer)."""

from tests.settings import *  # noqa: F403 -- they are meant to be all of them

INSTALLED_APPS = [*INSTALLED_APPS, "tests.chaos.newer"]  # noqa: F405 -- as above
