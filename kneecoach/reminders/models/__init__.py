"""What the worker keeps: that it is alive, and which jobs were begun when."""

from kneecoach.reminders.models.worker import Heartbeat, JobRun

__all__ = ["Heartbeat", "JobRun"]
