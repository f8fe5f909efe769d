"""Ask what runs in this container whether it is well.

The web server: whether it answers, under the name that it expects to be called by. The worker touches WORKER_ALIVE_FILE
after each sign of life: whether that was in the last five minutes.
"""

import os
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

SILENT_AFTER_SECONDS = 300


def main() -> None:
    """End with 1 and the reason where it is not well."""
    try:
        if alive_file := os.environ.get("WORKER_ALIVE_FILE"):
            age = time.time() - Path(alive_file).stat().st_mtime
            if age > SILENT_AFTER_SECONDS:
                sys.exit(f"silent for {age:.0f} seconds")
            return
        host = urlsplit(os.environ.get("SITE_URL", "http://localhost:8000")).netloc
        with urlopen(Request("http://127.0.0.1:8000/healthz", headers={"Host": host}), timeout=4) as response:
            sys.stdout.write(response.read().decode())
    except OSError as error:
        sys.exit(f"no answer: {error}")


if __name__ == "__main__":
    main()
