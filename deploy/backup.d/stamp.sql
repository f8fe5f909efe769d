-- The stamp of a backup as JSON, one table a line: rows, and a sum over the rows that no order and no version of
-- PostgreSQL changes.
SET timezone = 'UTC';
SET datestyle = 'ISO, YMD';
SET intervalstyle = 'postgres';
SET extra_float_digits = 1;
SET bytea_output = 'hex';
SELECT string_agg(
  format(
    'SELECT %L AS name, count(*) AS rows, coalesce(sum((''x'' || substr(md5(t::text), 1, 16))::bit(64)::bigint::numeric), 0)'
    ' AS checksum FROM public.%I AS t',
    relname, relname
  ), ' UNION ALL ') AS counting
FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' \gset
SELECT E'{\n"kneecoach": ' || to_json(:'version'::text)
  || E',\n"taken_at": ' || to_json(to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))
  || E',\n"postgresql": ' || current_setting('server_version_num')::int / 10000;
SELECT E',\n"migrations": [' || coalesce(string_agg(to_json(app || '.' || name)::text, ', ' ORDER BY app, name), '') || ']'
FROM django_migrations;
SELECT E',\n"tables": {\n' || string_agg(
  format('%s: {"rows": %s, "checksum": "%s"}', to_json(name), rows, checksum), E',\n' ORDER BY name
) || E'\n}\n}' FROM (:counting) AS counted;
