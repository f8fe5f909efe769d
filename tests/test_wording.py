"""No text for patients makes a claim that the evidence does not carry, or says that the software is a device."""

from collections import Counter

import pytest

from tests.wording import ALLOWED, BANNED, faults, patient_texts, python_texts, script_texts, template_texts, toml_texts

# One text for each thing that must not be said, and the words for it that come to mind first.
PLANTED = {
    "isolates the muscle": ("This exercise isolates the inner thigh.", "Isolated training of the VMO."),
    "targets only the muscle": (
        "It targets only the VMO.",
        "Only targeting the inner thigh.",
        "It targets the muscle.",
    ),
    "realigns the kneecap": ("This realigns your kneecap.", "Re-align the kneecap.", "Realignment in six weeks."),
    "tracks the kneecap": ("Your kneecap tracks better.", "We track your kneecap."),
    "corrects the kneecap": (
        "It corrects your kneecap.",
        "Correct how the kneecap glides.",
        "Correcting the tracking.",
    ),
    "cures": ("It cures knee pain.", "Cured in six weeks.", "A cure."),
    "prevents": ("It prevents pain.", "Preventing injury.", "Prevention."),
    "proven": ("A proven programme.", "Studies have proved it.", "This proves it."),
    "diagnoses": ("The app diagnoses your knee.", "A diagnosis in a minute.", "Diagnostic."),
    "calculates": ("It calculates your progress.", "Calculated from your pain."),
    "converts": ("It converts taps to seconds.", "Conversion is not said, converting is."),
    "detects": ("It detects how you move.", "Detection of a squat."),
    "measures": ("It measures the muscle.", "The measure of your pain.", "A measurement."),
    "monitors": ("It monitors your knee.", "Monitoring your pain."),
}


def test_no_text_for_patients_claims_what_it_must_not():
    found = [f"{row.where}: {fault}: {row.text[:200]}" for row in patient_texts() for fault in faults(row.text)]

    assert found == []


def test_texts_are_read_from_everywhere():
    counts = Counter(row.where.partition("/")[0] for row in patient_texts())

    assert set(counts) == {"templates", "progress", "exercises", "kneecoach", "static"}
    assert min(counts.values()) > 20


@pytest.mark.parametrize(("fault", "text"), [(fault, text) for fault, texts in PLANTED.items() for text in texts])
def test_claim_is_found(fault: str, text: str):
    assert fault in faults(text)
    assert fault in faults(text.upper())


def test_every_claim_is_planted():
    assert set(PLANTED) == set(BANNED)


CLAIM = "A proven cure"


@pytest.mark.parametrize(
    "texts",
    [
        template_texts(f'<p>{{% translate "{CLAIM}" %}}</p>'),
        template_texts(
            f"<p>{{% blocktranslate trimmed %}}\n  {CLAIM.replace(' ', chr(10))}\n{{% endblocktranslate %}}</p>"
        ),
        template_texts(f"<p>{CLAIM}</p>"),
        template_texts(f'<svg aria-label="{CLAIM}"></svg>'),
        python_texts(f'label = _("{CLAIM}")'),
        python_texts(f'label = ngettext("one", "{CLAIM}", 2)'),
        toml_texts({"stages": [{"tips": [CLAIM]}]}),
        script_texts(f'say("{CLAIM}");'),
        script_texts(f"say(`{CLAIM}`);"),
    ],
)
def test_claim_is_found_wherever_it_stands(texts):
    assert {"proven", "cures"} <= {fault for text in texts for fault in faults(text)}


@pytest.mark.parametrize(
    "texts",
    [
        template_texts(f"{{# {CLAIM} #}}<p class='c-measure'>{{{{ chart.measure.path }}}}</p>"),
        template_texts("{% comment %} prevents {% endcomment %}"),
        python_texts('"""It prevents nothing."""\nraise ValueError("cannot convert")'),
        script_texts('// It prevents the default.\nevent.preventDefault(); node.matches("measure");'),
    ],
)
def test_what_nobody_reads_is_not_blamed(texts):
    assert [fault for text in texts for fault in faults(text)] == []


@pytest.mark.parametrize(
    "text",
    [
        "Physiotherapists call this patellar maltracking.",
        "Correct something",
        "The physiotherapist corrected a session of your knee exercises later.",
        "Improve, approve, improved, prove nothing",
        "secure, accurate, current",
    ],
)
def test_words_that_only_look_like_a_claim_are_not_blamed(text: str):
    assert faults(text) == []


def test_every_exception_is_still_there_and_has_a_reason():
    everything = " ".join(row.text for row in patient_texts())

    assert {phrase: phrase in everything for phrase in ALLOWED} == dict.fromkeys(ALLOWED, True)
    assert all(ALLOWED.values())
    assert all(faults(phrase.replace(" ", "  ")) for phrase in ALLOWED)
