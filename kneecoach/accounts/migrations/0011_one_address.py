"""An account has one address, in accounts_user. allauth's list of further ones, by which it would log in too, is closed."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("accounts", "0010_reminders_in_browsers"), ("account", "0009_emailaddress_unique_primary_email")]

    operations = [
        migrations.RunSQL(
            # Addresses from before, and some that nobody ever proved: a code that was mailed to one opened the account.
            sql="""
                -- So that the version before, which may still run, adds none between here and the end.
                LOCK TABLE account_emailaddress IN ACCESS EXCLUSIVE MODE;
                DELETE FROM account_emailconfirmation;
                DELETE FROM account_emailaddress;
                -- What refers to those rows is looked at now: with pending trigger events a table cannot be altered.
                SET CONSTRAINTS ALL IMMEDIATE;
                ALTER TABLE account_emailaddress ADD CONSTRAINT an_account_has_one_address CHECK (FALSE);
            """,
            reverse_sql="ALTER TABLE account_emailaddress DROP CONSTRAINT an_account_has_one_address;",
        )
    ]
