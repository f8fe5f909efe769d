#!/usr/bin/env python
"""Django's command-line utility for administrative tasks."""

import os
import sys


def main():
    """Run administrative tasks."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kneecoach.settings")
    from django.core.management import execute_from_command_line

    from kneecoach.env import ConfigurationError

    try:
        execute_from_command_line(sys.argv)
    except ConfigurationError as error:
        sys.exit(str(error))  # the list of mistakes; where it was raised helps nobody


if __name__ == "__main__":
    main()
