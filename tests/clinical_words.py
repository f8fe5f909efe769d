"""The words that would tell a stranger that somebody is ill, where, and who helps: none leaves the site."""

import re

# Beginnings of words, whatever stands before them in one.
BEGINNINGS = (
    # where
    "knee patell quad thigh leg hip ankle joint muscle vmo vastus tendon ligament kneecap "
    # what is wrong
    "pain hurt ache ill injur symptom diagnos swell swollen disease disorder condition "
    # what is done about it
    "exercis rehab treat prescri programme session repetition squat stage therap medic drug surg operat dose "
    # who does, and where
    "physio patient doctor nurse clinic hospital health gp surgery practice ward "
    # what it says about somebody
    "warning pause progress recovering"
)
CLINICAL = re.compile(rf"(?<![a-z])(?:{'|'.join(BEGINNINGS.split())})\w*|kneecoach|physio|therap|clinic", re.IGNORECASE)

# What stays allowed: each phrase with the reason why it tells nothing of that.
ALLOWED = {
    "Time for your exercises": "whoever asked to be reminded has to read of what; everybody does exercises, and for many reasons",
    "it is time for your exercises": "as above",
    "here is still time for your exercises today": "as above",
    "X-WR-CALNAME:Exercises": "the name of the calendar in a list of them, for the same reason",
    "PRODID:-//exercises//EN": "what made the calendar, which no calendar shows",
}
# What is drawn at random spells anything now and then: codes, and the part of a link that is good for one person.
DRAWN = re.compile(
    r"^[A-Z0-9]{4}-[A-Z0-9]{4}$|(?<=/i/)[\w-]{22}(?=/$)|(?<=/password/reset/key/)[\w-]+(?=/$)", re.MULTILINE
)


def clinical_words(text: str) -> list[str]:
    """Return the clinical words of a text, without allowed phrases and what is drawn at random."""
    text = DRAWN.sub("", text.replace("\r\n", "\n"))
    for phrase in ALLOWED:
        text = text.replace(phrase, "")
    return CLINICAL.findall(text)
