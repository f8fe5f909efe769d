"""What the worker keeps: messages, that it is alive, which jobs were begun when; and the private calendars."""

from kneecoach.reminders.models.calendar import CalendarFeed
from kneecoach.reminders.models.reminders import Reminder
from kneecoach.reminders.models.worker import Heartbeat, JobRun

__all__ = ["CalendarFeed", "Heartbeat", "JobRun", "Reminder"]
