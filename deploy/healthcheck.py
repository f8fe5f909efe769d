"""Ask the server in this container whether it answers, under the name that it expects to be called by."""

import os
import sys
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

host = urlsplit(os.environ.get("SITE_URL", "http://localhost:8000")).netloc
try:
    with urlopen(Request("http://127.0.0.1:8000/healthz", headers={"Host": host}), timeout=4) as response:
        sys.stdout.write(response.read().decode())
except OSError as error:
    sys.exit(f"no answer: {error}")
