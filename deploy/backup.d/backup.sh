#!/bin/bash
# Runs in the container `backup` (docs/hosting.md). As kneecoach_owner, which may read every table.
#
#   backup.sh nightly               make one each night at BACKUP_AT, and at once where the newest is old; keep BACKUP_KEEP
#   backup.sh now                   make one now; prints its name
#   backup.sh list                  what there is, the newest last
#   backup.sh show NAME             its file, to standard output
#   backup.sh restore NAME DATABASE restore it into an empty database and compare every table with the stamp
#   backup.sh load DATABASE         restore standard input into an empty database
#   backup.sh compare DATABASE      compare every table with the stamp on standard input
#   backup.sh fresh                 end with 1 where the newest is older than 26 hours
#   backup.sh erasures              the list of erasures, to standard output
#
# A backup is two files: NAME.dump (pg_dump -Fc), and NAME.dump.json, its stamp: version, migrations, and of every
# table the number of rows and a checksum, from the very snapshot that was dumped. The dump gets its name last: what has
# a name is whole. The list of erasures (ERASURES_FILE) lies beside them as `erasures`, never more than ten minutes old: each
# backup holds whoever was erased since.
set -euo pipefail
umask 077
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=${BACKUP_FOLDER:-/var/lib/postgresql/data}
keep=${BACKUP_KEEP:-14}
at=${BACKUP_AT:-02:30}
export PGHOST=${PGHOST:-db} PGUSER=${PGUSER:-kneecoach_owner} PGDATABASE=${PGDATABASE:-kneecoach}
export PGCONNECT_TIMEOUT=10 PGTZ=UTC
if [ -n "${PGPASSWORD_FILE:-}" ]; then PGPASSWORD=$(cat "$PGPASSWORD_FILE"); export PGPASSWORD; fi

say() { printf '%s  %s\n' "$(date -u +%FT%TZ)" "$*" >&2; }
fail() { say "$*"; exit 1; }
names() { find "$folder" -maxdepth 1 -name 'kneecoach-*.dump' -printf '%f\n' | sort; }
newest() { names | tail -n 1; }
is_fresh() { [ -n "$(find "$folder" -maxdepth 1 -name 'kneecoach-*.dump' -mmin -1560 -print -quit)" ]; }
quiet_psql() { psql --no-psqlrc --quiet --no-align --tuples-only --set ON_ERROR_STOP=1 "$@"; }

# The stamp of what is seen in one transaction. With a file: dumps the very same snapshot into it first.
stamp() { # [DUMP]
  local dump=${1:-} version
  version=$(sed -n 's/^version = "\(.*\)"/\1/p' "${VERSION_FILE:-/kneecoach.toml}")
  if [ -n "$dump" ]; then
    quiet_psql --set dump="$dump" --set version="$version" --file "$here/dump.sql" --file "$here/stamp.sql" \
      --single-transaction
  else
    quiet_psql --set version="$version" --file "$here/stamp.sql"
  fi
}

make_one() {
  local name partial
  # One at a time; what an earlier one did not finish goes.
  exec 9>"$folder/.lock"
  flock 9
  find "$folder" -maxdepth 1 -name '.kneecoach-*' -delete
  name=kneecoach-$(date -u +%Y%m%dT%H%M%SZ).dump
  [ ! -e "$folder/$name" ] || fail "there is one of this very second"
  partial=$folder/.$name
  stamp "$partial" >"$partial.json"
  grep -q '"rows"' "$partial.json" || fail "the stamp names no table"
  chmod 400 "$partial" "$partial.json"
  sync "$partial" "$partial.json"
  mv "$partial.json" "$folder/$name.json"
  mv "$partial" "$folder/$name"
  sync "$folder"
  say "made $name, $(du -h "$folder/$name" | cut -f 1)"
  printf '%s\n' "$name"
}

# Beside the backups stands every line that ever stood in the list, and an empty file where nobody was erased yet.
keep_erasures() {
  [ -n "${ERASURES_FILE:-}" ] || return 0
  [ -x "$(dirname "$ERASURES_FILE")" ] || fail "the list of erasures cannot be read: $ERASURES_FILE"
  exec 8>"$folder/.erasures.lock"
  flock 8
  touch "$folder/erasures"
  [ -e "$ERASURES_FILE" ] || return 0
  # Only whole lines: one may just be written.
  awk '/^[{].*[}]$/ && !seen[$0]++' "$folder/erasures" "$ERASURES_FILE" >"$folder/.erasures"
  if ! cmp -s "$folder/.erasures" "$folder/erasures"; then
    sync "$folder/.erasures"
    mv "$folder/.erasures" "$folder/erasures"
    sync "$folder"
    say "the list of erasures has $(wc -l <"$folder/erasures") lines"
  fi
}

forget_old() {
  local name
  names | head -n "-$keep" | while read -r name; do
    rm -f "$folder/$name" "$folder/$name.json"
    say "removed $name, more than $keep are there"
  done
}

restore() { # NAME DATABASE
  local began=$SECONDS source=()
  # Standard input has no name for pg_restore: it would open the name a second time, when the beginning is read already.
  [ "$1" = - ] || source=("$folder/$1")
  [ "$(PGDATABASE=$2 quiet_psql --command "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace")" = 0 ] ||
    fail "the database $2 is not empty: nothing was restored"
  pg_restore --dbname "$2" --no-owner --no-privileges --exit-on-error --single-transaction "${source[@]}"
  say "restored into $2 in $((SECONDS - began)) s"
}

# Compare the tables of a database with those of a stamp.
compare() { # STAMP DATABASE
  local want have
  want=$(tables_of <"$1")
  have=$(PGDATABASE=$2 stamp | tables_of)
  [ -n "$want" ] || fail "the stamp names no table"
  if [ "$want" != "$have" ]; then
    diff <(printf '%s\n' "$want") <(printf '%s\n' "$have") >&2 || true
    fail "what is restored differs from the stamp"
  fi
  say "$(wc -l <<<"$want") tables have the rows and checksums of the stamp"
}
# One table is one line of a stamp.
tables_of() { grep -E '^ *"[a-z0-9_]+": \{"rows"' | tr -d ' ' | sed 's/,$//' | sort; }

case ${1:-} in
  nightly)
    say "each night at $at, $keep are kept"
    while true; do
      if is_fresh; then
        now=$(date +%s) next=$(date -d "today $at" +%s)
        if [ "$next" -le "$now" ]; then next=$(date -d "tomorrow $at" +%s); fi
        say "the next one at $(date -d "@$next" '+%F %T %Z')"
        while [ "$now" -lt "$next" ]; do
          # Whoever is erased today is in last night's backup.
          "$BASH" "$0" erasures >/dev/null || true
          sleep $((next - now < 600 ? next - now : 600)) & wait $!
          now=$(date +%s)
        done
      fi
      # A process of its own: the first thing that fails ends it.
      "$BASH" "$0" now >/dev/null || { say "failed; tried again in 10 minutes"; sleep 600 & wait $!; }
    done
    ;;
  now) make_one; forget_old; keep_erasures ;;
  list)
    names | while read -r name; do printf '%s  %s\n' "$name" "$(du -h "$folder/$name" | cut -f 1)"; done
    ;;
  newest) newest ;;
  show) cat "$folder/$(basename "$2")" ;;
  restore) restore "$2" "$3"; compare "$folder/$2.json" "$3" ;;
  load) restore - "$2" ;;
  compare) compare /dev/stdin "$2" ;;
  erasures) keep_erasures; if [ -e "$folder/erasures" ]; then cat "$folder/erasures"; fi ;;
  fresh) is_fresh || fail "the newest backup is older than 26 hours" ;;
  *) sed -n '4,15p' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
esac
