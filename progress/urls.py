"""Addresses of the patient's days and sessions."""

from django.urls import path

from progress.views import (
    checks,
    conversation,
    day,
    later,
    outbox,
    overview,
    plan,
    practise,
    readiness,
    record,
    sessions,
    sets,
    signs,
    today,
    zone,
)

app_name = "progress"

urlpatterns = [
    path("", today.today, name="today"),
    path("progress/", overview.overview, name="overview"),
    path("zone/", zone.zone, name="zone"),
    path("progress/readiness/", readiness.readiness, name="readiness"),
    path("progress/readiness/ask/", readiness.ask, name="stage-ask"),
    path("progress/requests/<uuid:request_id>/withdraw/", readiness.withdraw, name="stage-withdraw"),
    path("progress/requests/<uuid:request_id>/put-away/", readiness.put_away, name="stage-put-away"),
    path("progress/<str:day>/", day.day, name="day"),
    path("messages/", conversation.thread, name="messages"),
    path("messages/read/", conversation.read, name="messages-read"),
    path("outbox/", outbox.outbox, name="outbox"),
    path("learn/<slug:stage_key>/practise/", practise.practise, name="practise"),
    path("warning-signs/", signs.warning_signs, name="warning-signs"),
    path("warning-signs/<int:report_id>/", signs.name_signs, name="warning-signs-name"),
    # /checks/
    path("checks/morning/", checks.morning, name="morning-check"),
    path("checks/morning/<str:about>/", checks.morning_answer, name="morning-answer"),
    path("checks/hour-later/<uuid:session_id>/<str:side>/", checks.hour_later, name="hour-later"),
    path("checks/weekly/", checks.weekly, name="weekly-check"),
    # /sessions/
    path("sessions/start/", sessions.start, name="session-start"),
    path("sessions/plan/", plan.next_session, name="plan"),
    path("sessions/later/", later.choose, name="later"),
    path("sessions/later/<str:day>/<str:slot>/", later.enter, name="later-enter"),
    path("sheet/<uuid:patient_id>/", later.sheet, name="sheet"),
    path("sessions/<uuid:session_id>/", sessions.session, name="session"),
    path("sessions/<uuid:session_id>/plan/", plan.rest_of_session, name="session-plan"),
    path("sessions/<uuid:session_id>/safety/", sessions.safety, name="session-safety"),
    path("sessions/<uuid:session_id>/pain/<str:moment>/<str:side>/", sessions.pain, name="session-pain"),
    path("sessions/<uuid:session_id>/override/", sessions.override, name="session-override"),
    path("sessions/<uuid:session_id>/stop/", sessions.stop, name="session-stop"),
    path("sessions/<uuid:session_id>/resume/", sessions.resume, name="session-resume"),
    path("sessions/<uuid:session_id>/record/", record.record, name="session-record"),
    path("sessions/<uuid:session_id>/correct/", record.correct, name="session-correct"),
    path("sessions/<uuid:session_id>/effort/", sessions.effort, name="session-effort"),
    # /sets/
    path("sets/<uuid:set_id>/begin/", sets.begin, name="set-begin"),
    path("sets/<uuid:set_id>/minimum/", sets.minimum, name="set-minimum"),
    path("sets/<uuid:set_id>/finish/", sets.finish, name="set-finish"),
    path("sets/<uuid:set_id>/felt/", sets.felt, name="set-felt"),
    path("sets/<uuid:set_id>/depth/", sets.depth, name="set-depth"),
    path("sets/<uuid:set_id>/reps/<uuid:rep_id>/", sets.rep, name="rep"),
    path("sets/<uuid:set_id>/reps/<uuid:rep_id>/take-back/", sets.take_back, name="rep-take-back"),
]
