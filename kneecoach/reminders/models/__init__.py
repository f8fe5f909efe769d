"""What the worker keeps: messages, that it is alive, which jobs were begun when; the private calendars; and where to push to."""

from kneecoach.reminders.models.calendar import CalendarFeed
from kneecoach.reminders.models.push import PushDevice
from kneecoach.reminders.models.reminders import Reminder
from kneecoach.reminders.models.worker import Heartbeat, JobRun

__all__ = ["CalendarFeed", "Heartbeat", "JobRun", "PushDevice", "Reminder"]
