-- Dump what this transaction sees, and nothing that comes later: the stamp is counted from the same snapshot.
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY;
SELECT pg_export_snapshot() AS snapshot \gset
\setenv SNAPSHOT :snapshot
\setenv DUMP :dump
\! pg_dump --format custom --snapshot "$SNAPSHOT" --file "$DUMP"
\if :SHELL_ERROR
  \warn 'pg_dump failed'
  SELECT pg_dump_failed();
\endif
