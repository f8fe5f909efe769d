"""Static files under hashed names, our JavaScript modules among them.

Django rewrites what stylesheets refer to. Its rewriting of JavaScript imports is all or nothing, and stumbles over a
comment in a library's file. So only our own modules are rewritten, in the forms that they use, each at the start of a
line or with `import.meta.url`, and always with double quotes and a relative name:

    import { Outbox } from "./outbox.js";
    new Worker(new URL("./ticker-worker.js", import.meta.url), { type: "module" });

What a phone loads goes without comments and indentation: they are a third of our JavaScript, also after compression.
"""

import re

from django.contrib.staticfiles.storage import ManifestFilesMixin
from django.core.files.base import ContentFile, File
from rjsmin import jsmin
from whitenoise.storage import CompressedManifestStaticFilesStorage

URL = r'"(?P<url>\.{1,2}/[^"]+)"'
STATIC_IMPORT = rf"(?m)^(?P<matched>(?P<head>import\s*|(?:import|export)\b[^;'\"]*?\bfrom\s*){URL};)"
DYNAMIC_IMPORT = rf"(?P<matched>\bimport\({URL}\))"
URL_OF_MODULE = rf"(?P<matched>\bnew URL\({URL}, import\.meta\.url\))"

# The copy under its hashed name is the one that is sent.
SENT = re.compile(r"kneecoach/js/.*\.[0-9a-f]{12}\.js$")


class StaticStorage(CompressedManifestStaticFilesStorage):
    """Hashed, compressed files; modules refer to each other by hashed names too, so each may be cached for ever.

    Modules that import each other in a ring have no hash that could stand in both: collectstatic then fails.
    """

    patterns = (
        *ManifestFilesMixin.patterns,
        (
            "kneecoach/js/*.js",
            (
                (STATIC_IMPORT, '%(head)s"%(url)s";'),
                (DYNAMIC_IMPORT, 'import("%(url)s")'),
                (URL_OF_MODULE, 'new URL("%(url)s", import.meta.url)'),
            ),
        ),
    )

    def _save(self, name: str, content: "File[bytes]") -> str:
        if SENT.search(name):
            content.seek(0)
            content = ContentFile(jsmin(content.read()))
        saved: str = super()._save(name, content)
        return saved
