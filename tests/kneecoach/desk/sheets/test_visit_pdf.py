"""The visit sheet as a file: tagged, one page, the same words, and what the page says where none can be made."""

import io
from typing import Any

import pypdf
import pytest
from django.test import Client

from kneecoach import pdf
from kneecoach.accounts.models import AccessLog, Patient
from tests.factories import a_moment, make_prescription
from tests.kneecoach.desk.admin.conftest import NOW
from tests.pages import faults, soup, text_at
from tests.pdfs import needs_pango, structure
from tests.rows import make_history, make_mornings

pytestmark = pytest.mark.django_db


def url_of(patient: Patient, page: str) -> str:
    """Return a page about a patient."""
    return f"/admin/accounts/patient/{patient.pk}/{page}"


def read(response: Any) -> pypdf.PdfReader:
    """Return the PDF of an answer."""
    assert (response.status_code, response["Content-Type"]) == (200, "application/pdf")
    return pypdf.PdfReader(io.BytesIO(response.content))


@needs_pango
@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_four_weeks_are_one_tagged_page(physio_client: Client, patient: Patient, paper: str):
    made = make_prescription(patient=patient, now=a_moment("2026-10-20 08:00"))
    make_history(patient=patient, prescription=made, until=NOW, sessions=56)
    make_mornings(patient=patient, until=NOW, days=20, pain=2)

    response = physio_client.get(url_of(patient, "visit.pdf"), {"paper": paper})

    reader = read(response)
    tags = structure(reader)
    names = [name for name, _alt in tags]
    text = reader.pages[0].extract_text()
    assert response["Content-Disposition"] == 'inline; filename="visit-sheet-2026-11-25.pdf"'
    assert len(reader.pages) == 1
    assert (names.count("/H1"), names.count("/Table")) == (1, 3)
    assert names.count("/TR") == 30 + 6 + 2
    assert [alt for name, alt in tags if name == "/Figure"] == [
        "Worst pain of each day from 0 to 10. The numbers are in the table below."
    ]
    assert "Anna Knee" in text
    assert text.count("done") >= 54
    assert "PatientName" not in response["Content-Disposition"]
    assert list(AccessLog.objects.values_list("view", flat=True)) == ["visit sheet, pdf"]


@needs_pango
def test_twelve_weeks_go_over_pages_with_the_name_on_each(physio_client: Client, patient: Patient):
    make_prescription(patient=patient, now=a_moment("2026-09-01 08:00"))

    response = physio_client.get(url_of(patient, "visit.pdf"), {"first": "2026-09-03", "last": "2026-11-25"})

    pages = [page.extract_text() for page in read(response).pages]
    assert len(pages) in (2, 3)
    assert all("Anna Knee" in text for text in pages)


@pytest.mark.parametrize("page", ["visit.pdf", "visit/", "paper.pdf", "paper/"])
def test_where_none_can_be_made_the_page_says_what_to_install(
    physio_client: Client, patient: Patient, monkeypatch: pytest.MonkeyPatch, page: str
):
    def missing() -> None:
        raise pdf.PdfUnavailable("cannot load library 'libpango-1.0-0'")

    monkeypatch.setattr(pdf, "_weasyprint", missing)

    response = physio_client.get(url_of(patient, page))

    assert (response.status_code, faults(response)) == (503 if page.endswith(".pdf") else 200, [])
    assert "No PDF can be made on this server." in text_at(response, "[role=note]")
    assert text_at(response, "[role=note] code").startswith("apt-get install libpango-1.0-0")
    assert soup(response).select("a[href*='.pdf']") == []
    assert text_at(response, ".sheet-name") == "Anna Knee"
