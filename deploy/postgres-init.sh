#!/bin/bash
# Runs once, when the volume of the database is empty: makes the two roles and the database (docs/hosting.md).
#   kneecoach_owner  owns the database: migrates, restores, erases. No superuser.
#   kneecoach_app    runs the application, owns nothing; `prepare_database` grants it what it needs.
# psql reads the passwords from the files itself, so that they appear in no list of processes.
set -eu
psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname postgres <<'SQL'
\set owner_password `cat /run/secrets/db_owner_password`
\set app_password `cat /run/secrets/db_app_password`
CREATE ROLE kneecoach_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE kneecoach_app LOGIN PASSWORD :'app_password';
CREATE DATABASE kneecoach OWNER kneecoach_owner;
REVOKE ALL ON DATABASE kneecoach FROM PUBLIC;
GRANT CONNECT ON DATABASE kneecoach TO kneecoach_app;
SQL
