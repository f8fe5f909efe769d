"""One physiotherapist and patients with a prescription, for deploy/check and its like. Piped into `manage.py shell`.

The passwords come from the environment (CHECK_PASSWORD), and how many patients (CHECK_PATIENTS, else one); nothing of
this is ever run in a real installation.
"""

import base64
import hashlib
import os
from datetime import date, timedelta

from django.contrib.auth.models import Group
from django.utils import timezone

from exercises.models import Stage
from exercises.services import Prescribing, confirm_eligibility, prescribe
from kneecoach.accounts.models import Patient, User
from kneecoach.accounts.roles import PHYSIOTHERAPISTS
from kneecoach.accounts.services import confirm_vmo_found, set_up_app

now = timezone.now()
password = os.environ["CHECK_PASSWORD"]
physio = User.objects.create_user("physio@check.example", password, name="Petra Physio", is_staff=True)
physio.groups.add(Group.objects.get(name=PHYSIOTHERAPISTS))
# deploy/check_journey.py makes the same key of the same password.
set_up_app(physio, secret=base64.b32encode(hashlib.sha256(password.encode()).digest()[:20]).decode())
stage = Stage.objects.get(version__status="published", number=1)
first_day = now.date() - timedelta(days=7)
for number in range(1, int(os.environ.get("CHECK_PATIENTS") or 1) + 1):
    which = "" if number == 1 else str(number)
    name = f"Paul Patient{which}"
    patient = Patient.objects.create(
        name=name,
        birth_date=date(1990, 5, 17),
        side="right",
        time_zone="Europe/London",
        lead_physiotherapist=physio,
        user=User.objects.create_user(f"patient{which}@check.example", password, name=name),
    )
    confirm_vmo_found(patient, now=now)
    confirm_eligibility(patient=patient, today=first_day, by=physio, now=now)
    asked = Prescribing(patient=patient, stage=stage, dose=stage.dose, side="right", starts_on=first_day)
    prescribe(asked, by=physio, now=now)
