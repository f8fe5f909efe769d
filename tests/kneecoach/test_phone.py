"""Manifest, service worker and offline page: there for everybody, with a word about nobody."""

import json
import re
import struct
from typing import Any

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.test import Client

from kneecoach import phone
from kneecoach.accounts.models import Patient
from tests.fixtures import client_of

ADDRESSES = ("/manifest.webmanifest", "/sw.js", "/offline/")
TOKENS = settings.BASE_DIR / "static/kneecoach/css/tokens.css"


def config_of(script: str) -> dict[str, Any]:
    """Return what the server fills into the service worker."""
    found = re.search(
        r'^const \{ version, offline, files, prefix, today, icon, reminder \} = JSON\.parse\((".*")\);$',
        script,
        flags=re.MULTILINE,
    )
    assert found
    return json.loads(json.loads(found[1]))


@pytest.mark.parametrize("address", ADDRESSES)
def test_answer_is_the_same_for_everybody(db: None, patient: Patient, address: str):
    of_nobody = Client().get(address)
    of_patient = client_of(patient.user).get(address)

    assert of_nobody.status_code == of_patient.status_code == 200
    assert of_nobody.content == of_patient.content
    for response in (of_nobody, of_patient):
        assert not response.cookies
        # A new version of any of them is seen at once; the service worker keeps what has to be kept.
        assert response["Cache-Control"] == "no-store"
        assert b"csrf" not in response.content


# No database in these: the three answers need none.
def test_manifest_opens_on_today():
    response = Client().get("/manifest.webmanifest")
    manifest = response.json()

    assert response["Content-Type"] == "application/manifest+json"
    assert (manifest["start_url"], manifest["scope"], manifest["display"]) == ("/", "/", "standalone")
    assert {(icon["sizes"], icon["purpose"]) for icon in manifest["icons"]} == {
        ("192x192", "any"),
        ("512x512", "any"),
        ("512x512", "maskable"),
    }
    assert f"--paper: light-dark({manifest['background_color']}," in TOKENS.read_text()


@pytest.mark.parametrize(
    ("name", "size"), [*((name, size) for name, size, _ in phone.ICONS), ("apple-touch-180.png", 180)]
)
def test_icons_have_the_size_that_they_say(name: str, size: int):
    path = finders.find(f"kneecoach/icons/{name}")
    assert path
    with open(path, "rb") as file:
        head = file.read(24)
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", head[16:24]) == (size, size)


def test_service_worker_is_a_script_of_the_whole_site():
    response = Client().get("/sw.js")

    assert response["Content-Type"] == "text/javascript; charset=utf-8"
    assert response["Service-Worker-Allowed"] == "/"
    config = config_of(response.text)
    assert config["offline"] == "/offline/"
    assert all(url.startswith(config["prefix"]) for url in config["files"])


def test_service_worker_keeps_every_file_of_ours_but_those_of_the_desk():
    names = phone.kept_files()

    assert all(finders.find(name) for name in names)
    assert "kneecoach/js/rep-coach.js" in names
    assert "kneecoach/css/session.css" in names
    assert not phone.OF_THE_DESK & set(names)
    assert all(finders.find(name) for name in phone.OF_THE_DESK)


def test_version_changes_with_the_name_of_a_file_and_with_the_page(monkeypatch: pytest.MonkeyPatch):
    before = config_of(Client().get("/sw.js").text)["version"]
    assert config_of(Client().get("/sw.js").text)["version"] == before

    monkeypatch.setattr(staticfiles_storage, "url", lambda name: f"/static/hashed/{name}")
    assert config_of(Client().get("/sw.js").text)["version"] != before


def test_offline_page_shows_no_one(db: None, patient: Patient):
    text = client_of(patient.user).get("/offline/").text

    assert patient.name not in text
    assert "hx-headers" not in text
    assert "No connection" in text


@pytest.mark.parametrize("address", ADDRESSES)
def test_only_reading_is_possible(address: str):
    assert Client().post(address).status_code == 405
