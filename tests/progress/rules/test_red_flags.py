"""The list of warning signs is the one on the card, in its order."""

import re
from pathlib import Path

from progress.models import RedFlagSign
from progress.rules.red_flags import CARD_VERSION, RedFlag

CARD = Path(__file__).parents[3] / "templates/components/_warning_signs.html"
# A word that each sign cannot do without. Other words on the card need another version.
WORDS = {
    RedFlag.HOT_AND_ILL: "feverish",
    RedFlag.CANNOT_LOAD_OR_MOVE: "weight on the leg",
    RedFlag.WORSE_SINCE_INJURY: "fall",
    RedFlag.OUT_OF_PLACE_OR_LOCKED: "out of place",
    RedFlag.CALF: "calf",
    RedFlag.GIVING_WAY: "giving way",
    RedFlag.CONSTANT_PAIN_OR_WEIGHT_LOSS: "losing weight",
    RedFlag.NUMB_OR_COLD: "numb",
}


def test_every_sign_of_the_card_has_its_code_in_order():
    lines = [str(words) for words in RedFlagSign.WORDS.values()]

    assert list(RedFlagSign.WORDS) == list(RedFlag) == list(WORDS)
    assert len(lines) == len(RedFlag) == 8
    for line, word in zip(lines, WORDS.values(), strict=True):
        assert word in line


def test_card_is_the_same_for_everybody():
    source = CARD.read_text(encoding="utf-8")

    assert re.findall(r"{{.*?}}", source) == ["{{ sign }}"]
    assert "{% if" not in source
    assert CARD_VERSION == 1
