"""What every test may use. Infrastructure stands in tests/plugins/, rows are made by tests/factories.py."""

pytest_plugins = [
    "tests.plugins.workers",
    "tests.plugins.database",
    "tests.plugins.browser",
    "tests.plugins.switches",
    "tests.plugins.own_words",
    "tests.fixtures",
]
