"""Warning signs that need a person (docs/rules.md, Sources): one static list, the same for everybody.

Any of them stops the session and is reported; nothing is computed from them. The words stand in
progress.models.RedFlagSign, in this order.
"""

from enum import StrEnum

# Stored with every report: which list was read. It grows when a sign is added, taken away or means something else.
CARD_VERSION = 1


class RedFlag(StrEnum):
    """One warning sign, in the order of the card."""

    HOT_AND_ILL = "hot_and_ill"
    CANNOT_LOAD_OR_MOVE = "cannot_load_or_move"
    WORSE_SINCE_INJURY = "worse_since_injury"
    OUT_OF_PLACE_OR_LOCKED = "out_of_place_or_locked"
    CALF = "calf"
    GIVING_WAY = "giving_way"
    CONSTANT_PAIN_OR_WEIGHT_LOSS = "constant_pain_or_weight_loss"
    NUMB_OR_COLD = "numb_or_cold"
