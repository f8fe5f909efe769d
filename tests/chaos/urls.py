"""Our addresses, and one that takes repetitions the way most would: each request is a new row."""

from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt

NAIVE_TABLE = "CREATE TABLE naive_rep (id bigserial PRIMARY KEY, rep_id text NOT NULL)"


@csrf_exempt
@login_not_required  # it has to lose to ours, and not by its door
def naive(request: HttpRequest, rep_id: str) -> HttpResponse:
    """Store a repetition without an identity."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO naive_rep (rep_id) VALUES (%s)", [rep_id])
    return HttpResponse(status=200, headers={"X-Outbox-Receipt": request.headers.get("X-Outbox-Id", "")})


# The path has /reps/ in it, so that rules of the proxy take it for one.
urlpatterns = [path("naive/reps/<str:rep_id>/", naive), path("", include("kneecoach.urls"))]
handler400 = "kneecoach.origins.bad_request"
handler429 = "kneecoach.http.too_many"
handler500 = "kneecoach.unavailable.server_error"
