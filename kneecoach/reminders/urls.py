"""Addresses of what a patient chooses about reminders, and of the private calendar."""

from django.urls import path

from kneecoach.reminders import views

app_name = "reminders"

urlpatterns = [
    path("me/reminders/", views.choices, name="choices"),
    path("me/reminders/calendar/", views.new_calendar, name="new-calendar"),
    path("me/reminders/calendar/off/", views.calendar_off, name="calendar-off"),
    path("me/reminders/push/", views.push_on, name="push-on"),
    path("me/reminders/push/<int:push_id>/off/", views.push_off, name="push-off"),
    path("calendar/<str:token>.ics", views.calendar, name="calendar"),
]
