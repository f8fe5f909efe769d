"""What becomes of a message, by whatever way it goes."""

from enum import Enum


class Fate(Enum):
    """What became of a message."""

    ACCEPTED = "accepted"
    # The server cannot be reached: certainly not accepted, and no other message would be.
    UNREACHABLE = "unreachable"
    # It said to come again with this message: certainly not accepted.
    LATER = "later"
    # It will never take this message.
    REFUSED = "refused"
    # It will take none for this browser any more.
    GONE = "gone"
    # It was gone in the middle of it. It may have taken the message.
    UNKNOWN = "unknown"
