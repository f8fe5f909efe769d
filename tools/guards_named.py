"""The guards that no rule of tools/guards_found.py finds, by name: what stands there, and what comes in its place.

Each names the tests that have to notice. What stands there has to be in its module exactly once.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from tools.guards_found import ROOT, Mutant

# Folders and files of tests.
SITE = "tests/test_site_matrix.py"
ACCOUNTS = "tests/kneecoach/accounts"
VIEWS = f"{ACCOUNTS}/views"
LIMITS, AGAIN, FACTOR = f"{VIEWS}/test_limits.py", f"{VIEWS}/test_reauthenticate.py", f"{VIEWS}/test_second_factor.py"
WELCOME, WAYS_IN, DEVICES = f"{VIEWS}/test_welcome.py", f"{VIEWS}/test_welcome_log_in.py", f"{VIEWS}/test_devices.py"
SESSIONS, ADDRESS = f"{ACCOUNTS}/test_middleware.py", f"{VIEWS}/test_address.py"
LOG_IN, BY_CODE = f"{VIEWS}/test_login.py", f"{VIEWS}/test_login_by_code.py"
ADAPTER, ADMIN = f"{ACCOUNTS}/test_adapter.py", f"{ACCOUNTS}/test_admin.py"
ACCEPTING = f"{ACCOUNTS}/services/test_accepting.py"
HEADERS, OBSERVATORY = "tests/kneecoach/test_middleware.py", "tests/kneecoach/test_observatory.py"
SETTINGS, ORIGINS = "tests/kneecoach/test_settings.py", "tests/kneecoach/test_origins.py"
REDIRECTS = "tests/test_redirects_and_headers.py"
CALENDAR, PUSH = "tests/kneecoach/reminders/test_views.py", "tests/kneecoach/reminders/test_push_views.py"


@dataclass(frozen=True)
class Named:
    """A guard: how it is called, what stands in the module, what comes in its place, and who has to notice."""

    name: str
    old: str
    new: str
    tests: tuple[str, ...]


def _middleware(path: str, *tests: str) -> Named:
    return Named(f"MIDDLEWARE {path.rpartition('.')[2]}", f'    "{path}",\n', "", tests)


def _limit(action: str, rates: str, *, tests: tuple[str, ...] = (LIMITS,), without: str = "") -> Named:
    """Return a rate limit without one of its rates, or without any."""
    left = ",".join(rate for rate in rates.split(",") if rate != without) if without else ""
    return Named(f"limit of {action} {without}".strip(), f'"{action}": "{rates}"', f'"{action}": "{left}"', tests)


NAMED: dict[str, tuple[Named, ...]] = {
    "kneecoach/settings.py": (
        _middleware("kneecoach.middleware.SecurityHeadersMiddleware", HEADERS),
        _middleware("kneecoach.origins.ForwardedProtoMiddleware", ORIGINS),
        _middleware("django.middleware.security.SecurityMiddleware", OBSERVATORY),
        _middleware("kneecoach.integrity.ScriptIntegrityMiddleware", OBSERVATORY),
        _middleware("django.middleware.csrf.CsrfViewMiddleware", HEADERS),
        _middleware("kneecoach.accounts.middleware.LogInMiddleware", SESSIONS),
        _middleware("kneecoach.middleware.HtmxLoginRequiredMiddleware", SITE),
        _middleware("django.middleware.clickjacking.XFrameOptionsMiddleware", HEADERS),
        _middleware("kneecoach.accounts.middleware.StaffMiddleware", FACTOR),
        _limit("login_failed", "100/m/ip,5/5m/key", without="100/m/ip"),
        _limit("login_failed", "100/m/ip,5/5m/key", without="5/5m/key"),
        _limit("login", "300/m/ip"),
        _limit("request_login_code", "100/m/ip,3/m/key", without="100/m/ip"),
        _limit("request_login_code", "100/m/ip,3/m/key", without="3/m/key"),
        _limit("reset_password", "100/m/ip,3/m/key", without="100/m/ip"),
        _limit("reset_password", "100/m/ip,3/m/key", without="3/m/key"),
        _limit("reset_password_from_key", "100/m/ip"),
        _limit("invitation", "60/m/ip", tests=(WELCOME,)),
        _limit("calendar", "120/m/ip", tests=(CALENDAR,)),
        _limit("reauthenticate", "10/5m/user", tests=(AGAIN,)),
        _limit("address", "5/5m/user,3/m/key", without="5/5m/user", tests=(ADDRESS,)),
        _limit("address", "5/5m/user,3/m/key", without="3/m/key", tests=(ADDRESS,)),
        _limit("webauthn_login", "300/m/ip"),
        Named("proxy", "1 if TRUST_PROXY else 0", "1", (SETTINGS, LIMITS)),
        Named("enumeration", "ACCOUNT_PREVENT_ENUMERATION = True", "ACCOUNT_PREVENT_ENUMERATION = False", (LIMITS,)),
        Named("unknown accounts", "UNKNOWN_ACCOUNTS = True", "UNKNOWN_ACCOUNTS = False", (LIMITS,)),
        Named("verified passkeys", 'VERIFICATION = "required"', 'VERIFICATION = "discouraged"', (FACTOR,)),
        Named("cookies", "CSRF_COOKIE_HTTPONLY = True", "CSRF_COOKIE_HTTPONLY = False", (OBSERVATORY, SETTINGS)),
        Named("long passwords", '"OPTIONS": {"min_length": 12}', '"OPTIONS": {"min_length": 1}', (WAYS_IN,)),
        Named("passwords like the name", '("name", "email")', '("email",)', (WAYS_IN, LOG_IN)),
        Named("five minutes", "REAUTHENTICATION_TIMEOUT = 300", "REAUTHENTICATION_TIMEOUT = 3000000", (AGAIN,)),
    ),
    "kneecoach/middleware.py": (
        Named("no-store", "session is not None and session.accessed", "False", (HEADERS,)),
        Named("headers", "response.headers.setdefault(name, value)", "pass", (HEADERS,)),
    ),
    "kneecoach/http.py": (
        Named(
            "own_path",
            "if not url or not url_has_allowed_host_and_scheme(\n"
            "        url, allowed_hosts={request.get_host()}, require_https=request.is_secure()\n    )",
            "if not url",
            (REDIRECTS, HEADERS),
        ),
        Named(
            "own_path host",
            "path if url_has_allowed_host_and_scheme(path, allowed_hosts=None) else None",
            "path",
            (REDIRECTS,),
        ),
    ),
    "kneecoach/accounts/access.py": (
        Named("staff", "if request.user.is_staff:", "if False:", (SITE,)),
        Named("gate", "if not is_always_open and not patient.may_be_recorded:", "if False:", (SITE,)),
    ),
    "kneecoach/accounts/middleware.py": (
        Named("over", "        if end:", "        if False:", (SESSIONS,)),
        Named("factor", "or not needs_second_factor(request)", "or True", (FACTOR,)),
        Named("new key", "if before and after and before != after:", "if False:", (DEVICES,)),
    ),
    "kneecoach/accounts/proofs.py": (
        Named("factor", 'record["method"] == SECOND for', "True for", (FACTOR,)),
        Named("recent", 'record["at"] > since for', "True for", (AGAIN,)),
        Named("new key", "request.session.cycle_key()", "pass", (AGAIN,)),
        Named("forgotten factor", 'row for row in records if row["method"] != SECOND', "*records", (FACTOR,)),
    ),
    "kneecoach/accounts/views/reauthenticate.py": (
        Named("mail beside a factor", "if user.email and not (user.is_staff and types):", "if user.email:", (AGAIN,)),
        Named(
            "app of a patient", "if user.is_staff and Authenticator.Type.TOTP", "if Authenticator.Type.TOTP", (AGAIN,)
        ),
        Named("ways", "if way in ways and", "if way in _METHODS and", (AGAIN,)),
        Named("password", 'not request.user.check_password(form.cleaned_data["password"])', "False", (AGAIN,)),
        Named("code", 'not _code_of(request).is_right(form.cleaned_data["code"])', "False", (AGAIN,)),
        Named("factor owed", "is_recent(request) and not _owes_factor(request)", "is_recent(request)", (AGAIN,)),
        Named("ways of who owes it", "if way in _FACTORS or not _owes_factor(request)]", "]", (AGAIN,)),
        Named(
            "code that counts",
            "if not _code_of(request).counts(now=timezone.now()):",
            "if False:",
            (AGAIN,),
        ),
    ),
    "kneecoach/accounts/views/address.py": (
        Named("code that counts", "if not code.counts(now=timezone.now()):", "if not code.email:", (ADDRESS,)),
        Named("other log-ins", "    end_other_log_ins(request, user)\n", "", (ADDRESS,)),
    ),
    "kneecoach/accounts/services/addresses.py": (
        Named("invitation in the mail", "                revoke_mailed(locked, by=locked, now=now)\n", "", (ADDRESS,)),
    ),
    "kneecoach/accounts/admin.py": (
        Named("invitation in the mail", "            services.revoke_mailed(", "            bool(", (ADMIN,)),
        Named("other log-ins", "            services.end_other_log_ins(request, obj)\n", "", (ADMIN,)),
        Named("own address", "is_technical(request) and obj != request.user", "is_technical(request)", (ADMIN,)),
        Named("own factor", "            if account == request.user:\n", "            if False:\n", (ADMIN,)),
        Named(
            "own password",
            "        if account == request.user:\n            return",
            "        if False:\n            return",
            (ADMIN,),
        ),
    ),
    "kneecoach/desk/site.py": (
        Named(
            "one door",
            "login_not_required, secure_admin_login, require_safe",
            "login_not_required, secure_admin_login",
            (LOG_IN,),
        ),
    ),
    "kneecoach/urls.py": (
        Named(
            "further addresses",
            'CLOSED = {"account_email", "account_confirm_email", "account_email_verification_sent"}',
            "CLOSED: set[str] = set()",
            (ADDRESS,),
        ),
    ),
    "kneecoach/accounts/mailed_codes.py": (
        Named("time", "return is_fresh and", "return", (AGAIN,)),
        Named(
            "tries",
            'is_fresh and bool(self._sent["tries"] < app_settings.LOGIN_BY_CODE_MAX_ATTEMPTS)',
            "is_fresh",
            (AGAIN,),
        ),
        Named("holder", 'sent if sent.get("holder") == self.holder else {}', "sent", (ADDRESS,)),
        Named("purpose", 'f"mailed_code_{self.purpose.value}"', '"mailed_code"', (ADDRESS,)),
        Named("code", 'constant_time_compare(_bare(typed), _bare(sent["code"]))', "True", (WAYS_IN,)),
        Named("once", "del self.session[self.key]", "pass", (AGAIN,)),
    ),
    "kneecoach/accounts/guests.py": (
        Named("open", "Invitation.objects.open_at(timezone.now())", "Invitation.objects.all()", (WELCOME,)),
        Named("somebody else", "if request.user.is_authenticated:", "if False:", (WELCOME,)),
        Named("agreed", 'self.said.get("version") != CONSENT_VERSION', '"version" not in self.said', (WELCOME,)),
        Named("code that counts", "and self._code.counts(now=now)", "", (WAYS_IN,)),
    ),
    "kneecoach/accounts/views/welcome.py": (
        Named("open", "if invitation.state_at(timezone.now()) == InvitationState.OPEN:", "if True:", (WELCOME,)),
        Named("own", "and invitation.patient.user_id == request.user.pk", "", (WELCOME,)),
        Named("nothing of the other", "    logout(request)\n", "", (WELCOME,)),
        Named("log-in ends", "    end_log_in_here(request)\n", "", (PUSH,)),
    ),
    "kneecoach/accounts/views/welcome_log_in.py": (
        Named("proven address", "if not guest.proven_email else", "if False else", (WAYS_IN,)),
    ),
    "kneecoach/accounts/models/invitations.py": (
        Named("time", "self.waiting().filter(expires_at__gt=now)", "self.waiting()", (WELCOME,)),
    ),
    "kneecoach/accounts/adapter.py": (
        Named(
            "sign-up",
            "        return False\n\n    def send_mail",
            "        return True\n\n    def send_mail",
            (ADAPTER,),
        ),
        Named("next", "return bool(super().is_safe_url(url))", "return True", (REDIRECTS, HEADERS)),
        Named("former address", "if email and email.lower() != user.email:", "if False:", (BY_CODE,)),
        Named(
            "one counter",
            'str(credentials.get("email", "")).lower()',
            "str(super()._get_login_attempts_cache_key(request, **credentials))",
            (LIMITS,),
        ),
        Named("factor", "bool(user and user.is_staff and super()._should_handle(request))", "False", (FACTOR,)),
        Named("log-in ends", "        end_log_in_here(request)\n", "", (PUSH,)),
        Named(
            "links of ours",
            'settings.SITE_URL + reverse("account_reset_password_from_key", kwargs={"uidb36": uidb36, "key": token})',
            "super().get_reset_password_from_key_url(key)",
            (LOG_IN,),
        ),
        Named("encrypted", "return secret_box.encrypt(text)", "return text", (FACTOR,)),
    ),
    "kneecoach/accounts/log_ins.py": (Named("tries of one browser", 'if rate.endswith("/key")', "if rate", (LIMITS,)),),
    "kneecoach/accounts/factor_forms.py": (
        Named(
            "once",
            'not cache.add(f"second-factor-used:{self.user.pk}:{typed}", 1, USED_FOR_SECONDS)',
            "False",
            (FACTOR,),
        ),
    ),
    "kneecoach/accounts/services/accepting.py": (
        Named("log-ins end", "                end_all_log_ins(user)\n", "", (ACCEPTING, PUSH)),
    ),
    "kneecoach/accounts/services/factors.py": (
        Named("log-ins end", "        end_all_log_ins(user)\n", "", (FACTOR, DEVICES)),
    ),
    "kneecoach/reminders/access.py": (
        Named("secret", "token_hash=hash_of(token)", "token_hash__isnull=False", (CALENDAR,)),
        Named("closed account", "patient__user__is_active=True, ", "", (CALENDAR,)),
        Named("stopped", ", patient__stopped_at=None", "", (CALENDAR,)),
    ),
    "kneecoach/privacy/views/consent.py": (
        Named("restricted", 'if patient.stopped_why not in {"", Stopped.WITHDRAWN}:', "if False:", (SITE,)),
    ),
}


def named_mutants() -> Iterator[Mutant]:
    """Yield each module with one guard less. Raises ValueError where a guard is not there, or more than once."""
    for path, guards in NAMED.items():
        source = (ROOT / path).read_text(encoding="utf-8")
        for guard in guards:
            if source.count(guard.old) != 1:
                raise ValueError(f"{path}: «{guard.name}» stands there {source.count(guard.old)} times, not once.")
            yield Mutant(path, f"named {guard.name}", source.replace(guard.old, guard.new), guard.tests)
