"""What Chromium says about installing the site, and what the icons look like when a phone cuts them."""

import pytest

from kneecoach.accounts.models import Patient
from tests.factories import make_prescription
from tests.plugins.browser import OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.no_clock]

# How many pixels of an icon outside a circle around its middle differ from its corner, and how many inside.
PIXELS = """async ({ source, part }) => {
  const image = new Image();
  image.src = source;
  await image.decode();
  const canvas = new OffscreenCanvas(image.width, image.height);
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, image.width, image.height);
  const radius = image.width * part;
  const found = { outside: 0, inside: 0, clear: 0 };
  for (let y = 0; y < image.height; y += 1) {
    for (let x = 0; x < image.width; x += 1) {
      const at = 4 * (y * image.width + x);
      if (data[at + 3] < 255) found.clear += 1;
      if ([0, 1, 2].every((part) => Math.abs(data[at + part] - data[part]) < 8)) continue;
      found[Math.hypot(x - image.width / 2, y - image.height / 2) > radius ? "outside" : "inside"] += 1;
    }
  }
  return found;
}"""


def test_chromium_would_install_it(open_page: OpenPage, patient: Patient):
    make_prescription(patient=patient)
    page = open_page("/", user=patient.user, service_workers="allow")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    browser = page.context.new_cdp_session(page)

    manifest = browser.send("Page.getAppManifest")
    errors = browser.send("Page.getInstallabilityErrors")["installabilityErrors"]

    assert manifest["errors"] == []
    assert manifest["url"].endswith("/manifest.webmanifest")
    # The contexts of the tests are incognito windows, where nothing can be installed; that is all it minds.
    assert [error["errorId"] for error in errors] in ([], ["in-incognito"])


@pytest.mark.parametrize("name", ["maskable-512.png", "apple-touch-180.png"])
def test_icon_fills_its_square_and_keeps_the_mark_where_nothing_is_cut_off(open_page: OpenPage, name: str):
    page = open_page("/offline/")
    found = page.evaluate(PIXELS, {"source": f"/static/kneecoach/icons/{name}", "part": 0.4})

    assert found["clear"] == 0
    assert found["outside"] == 0
    assert found["inside"] > 1000


def test_the_usual_icon_is_a_tile_with_round_corners(open_page: OpenPage):
    page = open_page("/offline/")
    assert page.evaluate(PIXELS, {"source": "/static/kneecoach/icons/icon-192.png", "part": 0.4})["clear"] > 0
