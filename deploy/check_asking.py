"""Ask for the log-in page all the time until a file appears; write what was answered, and the slowest answer in seconds.

check_asking.py SITE_URL STOP RESULT
"""

import json
import sys
import time
from collections import Counter
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen


def main(site_url: str, stop: Path, result: Path) -> None:
    """Ask twenty times a second at most, one after the other."""
    seen: Counter[str] = Counter()
    slowest = 0.0
    while not stop.exists():
        began = time.monotonic()
        try:
            with urlopen(f"{site_url}/account/login/", timeout=30) as answer:  # noqa: S310 -- the stack under check
                seen[str(answer.status)] += 1
        except HTTPError as error:
            seen[str(error.code)] += 1
        except OSError as error:
            seen[str(error)] += 1
        slowest = max(slowest, time.monotonic() - began)
        time.sleep(0.05)
    result.write_text(json.dumps([seen, round(slowest, 2)]))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
