"""The commands that read or write only the database."""

from typing import Final

import click

from glossator.commands.deferred import runs

MAX_DAYS: Final = 400
MAX_LISTED: Final = 1000

as_json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


@click.command(short_help="Print what models cost per day, and what is left.")
@click.option("--days", type=click.IntRange(1, MAX_DAYS), default=7, show_default=True, help="Number of days.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@runs("usage:usage")
def usage() -> None:
    """Print what models cost per day (of UTC), and what is left of each cap.

    All processes count together in the database. What a process has not settled yet counts as spent.
    """


@click.command(short_help="Print what readers asked and the book does not answer.")
@click.option("--days", type=click.IntRange(1, MAX_DAYS), default=30, show_default=True, help="Number of days.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@runs("report:report")
def report() -> None:
    """Print what the book lacks: questions that it did not answer, grouped, with the nearest section.

    Covers at most REPORT__RETENTION_DAYS. E-mail addresses and numbers in the examples are masked; names are not.
    """


@click.command("encrypt", short_help="Encrypt stored names, e-mails and profiles.")
@click.option("--rotate", is_flag=True, help="Re-encrypt from DATA_ENCRYPTION_KEY_PREVIOUS to DATA_ENCRYPTION_KEY.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as one JSON document.")
@runs("encrypt:encrypt_command")
def encrypt() -> None:
    """Encrypt names, e-mails and profiles that are stored as plain text, with DATA_ENCRYPTION_KEY.

    An interrupted run can be restarted: encrypted fields stay as they are. Exits with 1 if fields were skipped, for
    example because they look encrypted but no key decrypts them.

    Servers must run with the same key: with another key, or none, they read encrypted fields as empty and cannot write
    any. Stop those servers, set the key, run this command, and start them once it reports that the key is active.

    To replace a key, set DATA_ENCRYPTION_KEY to the new key and DATA_ENCRYPTION_KEY_PREVIOUS to the old one. Restart
    every server with both keys, then run this command with --rotate. After it exits with 0, restart the servers
    without the old key.
    """


@click.group(short_help="Inspect or remove stored translations and adjusted texts.")
def cache() -> None:
    """Inspect or remove stored translations and adjusted texts."""


@cache.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@runs("cache:stats")
def stats() -> None:
    """Print the number and size of the stored results."""


@cache.command()
@click.option("--pinned", is_flag=True, help="Also remove results of `glossator rewrite`.")
@runs("cache:clear")
def clear() -> None:
    """Remove the results that readers caused; they need new model calls afterwards."""


@click.group(short_help="List, show, close and delete accounts; reset passwords.")
def accounts() -> None:
    """Manage accounts: list, show, close and delete them, and reset forgotten passwords.

    Works on the database of the configured environment, also while servers use it: changes take effect within
    5 seconds. Exits with 1 if no account has the e-mail.
    """


@accounts.command("list")
@click.option(
    "--limit", type=click.IntRange(1, MAX_LISTED), default=50, show_default=True, help="Maximum number of accounts."
)
@click.option("--offset", type=click.IntRange(0, 2**31), default=0, help="Number of newest accounts to skip.")
@as_json_option
@runs("accounts.command:list_accounts")
def list_accounts() -> None:
    """List accounts, newest first."""


@accounts.command()
@click.argument("email")
@as_json_option
@runs("accounts.command:show")
def show() -> None:
    """Show the account with this e-mail and its open sessions."""


@accounts.command()
@click.argument("email")
@as_json_option
@runs("accounts.command:reset_password")
def reset_password() -> None:
    """Print a one-time token that sets a new password.

    The token is valid for one hour, and nothing changes until it is used; the request that uses it is printed too.
    Send it to the reader through a trusted channel: anyone who has it can take over the account.
    """


@accounts.command()
@click.argument("email")
@as_json_option
@runs("accounts.command:deactivate")
def deactivate() -> None:
    """Close the account, so that its reader cannot sign in.

    Its sessions are refused until `activate` reopens it. Nothing is deleted.
    """


@accounts.command()
@click.argument("email")
@as_json_option
@runs("accounts.command:activate")
def activate() -> None:
    """Reopen a closed account."""


@accounts.command()
@click.argument("email")
@as_json_option
@runs("accounts.command:revoke")
def revoke() -> None:
    """End all sessions of the account.

    Its reader must sign in again on every device.
    """


@accounts.command()
@click.argument("email")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@as_json_option
@runs("accounts.command:delete")
def delete() -> None:
    """Delete the account with its profile, sessions and conversations.

    This cannot be undone.
    """
