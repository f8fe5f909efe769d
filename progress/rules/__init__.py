"""Plain rules about what was done. No Django in this package; time is always an argument.

days: which local day and which slot an instant belongs to. slots: the state of each slot of a day. travel: days on which
the clock changed. later: what can be entered afterwards. steps: what a session asks for next. reps: whether a repetition
can be taken as it was sent. asking, weekly: when a question is open. limits: what a physiotherapist sets. pain: zones,
settled, rising. advice: what the patient reads. alerts: what the physiotherapist looks at. readiness: the count of
criteria. adherence: done of due. red_flags: the list of warning signs. months: months as calendars show them.

What they mean, with worked examples: docs/rules.md.
"""
