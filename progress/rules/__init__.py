"""Plain rules about what was done. No Django in this package; time is always an argument.

days: which local day and which slot an instant belongs to. slots: the state of each slot of a day.
steps: what a session asks for next. reps: whether a repetition can be taken as it was sent.
"""
