"""What is done with a person's data as a whole."""

from kneecoach.privacy.services.erasing import NotTheOwner, Outcome, carry_out, is_owner, lift
from kneecoach.privacy.services.erasure_list import BadList, erase_again, merge

__all__ = ["BadList", "NotTheOwner", "Outcome", "carry_out", "erase_again", "is_owner", "lift", "merge"]
