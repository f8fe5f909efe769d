"""What people open and look at in tests/e2e/test_hostile_*.py: every page of a role, and whether a text became more there."""

from playwright.sync_api import Dialog, Page

from kneecoach.accounts.models import Patient
from tests.cast import PATTERNS, Cast, url_of
from tests.desk_table import ADDRESSES, may
from tests.test_urls import EXPECTED
from tests.writing import pages_of_finished

FILE = "is answered with a file to keep"
# Addresses that a browser shows no page for, and why.
NO_PAGE = {
    "privacy:export-json": FILE,
    "privacy:export-csv": FILE,
    "admin:accounts_patient_record": FILE,
    "admin:accounts_patient_visit_pdf": FILE,
    "admin:accounts_patient_paper_pdf": FILE,
}
# Stands on the page, or in a template of it, as an element or an attribute that no template of ours has.
PLANTED = """
() => {
  const planted = "script:not([src]), iframe, img[src='x'], a[href^='javascript'], [data-xss], [onerror], [onload], [onfocus], [onmouseover], [onclick]";
  const roots = [document];
  for (const root of roots) for (const template of root.querySelectorAll("template")) roots.push(template.content);
  return roots.flatMap((root) => [...root.querySelectorAll(planted)].map((element) => element.outerHTML.slice(0, 200)));
}
"""
PLANT = """() => document.body.insertAdjacentHTML(
  "beforeend", "<b data-xss></b><template><p><template><i data-xss></i></template></p></template>"
)"""


def addresses_of(cast: Cast, role: str, about: Patient | None = None) -> list[str]:
    """Return every page that answers a role, about the patient or another; the minor has pages of their own."""
    if role == "minor":
        return []
    patient = about or cast.patient
    ids = cast.ids[patient.pk] | {"accounts_user": cast.physiotherapist.pk}
    column = role if role in ("anonymous", "patient", "physiotherapist") else "staff"
    asked = pages_of_finished(cast) if role == "patient" else []
    for name, route in PATTERNS:
        if name in NO_PAGE:
            continue
        if name in EXPECTED and getattr(EXPECTED[name], column)[0] == 200:
            asked.append(url_of(name, route, ids))
        elif name in ADDRESSES and role not in ("anonymous", "patient"):
            look = ADDRESSES[name].get
            if look.first is None and look.answer == 200 and may(role, look.ability):
                asks = f"?patient={patient.pk}" if name.endswith("prescription_add") else ""
                asked.append(url_of(name, route, ids) + asks)
    return list(dict.fromkeys(asked))


def watch(page: Page, found: list[str], role: str) -> None:
    """Note every dialog, and close it."""

    def on_dialog(dialog: Dialog) -> None:
        found.append(f"{role}: dialog {dialog.message}")
        dialog.dismiss()

    page.on("dialog", on_dialog)


def look(page: Page, url: str, found: list[str]) -> tuple[int, str]:
    """Open a page and note what of the texts has become more than text. Return its status and the page."""
    answer = page.goto(url)
    status = answer.status if answer else 0
    return status, judge(page, url, status, found)


def judge(page: Page, what: str, status: int, found: list[str]) -> str:
    """Note what of the texts has become more than text on the page that is open. Return the page."""
    if status in (0, 500):
        found.append(f"{what}: {status}")
    found += [f"{what}: {planted}" for planted in page.evaluate(PLANTED)]
    if page.evaluate("window.__xss"):
        found.append(f"{what}: has run")
    return page.content()


def notices(page: Page) -> bool:
    """Tell whether what is planted on a page is seen, so that no test can pass by looking at nothing."""
    page.evaluate(PLANT)
    return page.evaluate(PLANTED) == ['<b data-xss=""></b>', '<i data-xss=""></i>']
