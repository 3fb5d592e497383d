"""`archive seal`."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from archive.commands.common import archive_path, clock, db_option, json_option, print_json, show_moment
from archive.errors import ArchiveError, InvalidInput
from archive.open import reading
from archive.sealing.checking import Checked, check_seals
from archive.sealing.manifest import PARTS
from archive.sealing.opentimestamps import CALENDARS
from archive.sealing.sealing import Sealed, Wishes, seal
from archive.sealing.signature import new_key
from archive.text.counting import counted

_ALONE = (
    "Nobody else vouches for this seal yet. Whoever can rewrite the archive can rewrite it too, so keep its hash where\n"
    "they can't: send it to somebody, print it, publish it; or sign it (--key), and have it timestamped (--tsa, --ots)."
)
_FILE = click.Path(dir_okay=False, path_type=Path)


def wish_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that say what a seal is to have, which reach the command as one `wishes`."""

    @click.option("--key", metavar="FILE", type=_FILE, help="Sign with this Ed25519 private key (PEM).")
    @click.option("--tsa", metavar="URL", help="Have it timestamped by this authority (RFC 3161).")
    @click.option("--tsa-ca", metavar="FILE", type=_FILE,
                  help="Certificates (PEM) that vouch for the authority; without it its signature is not checked.")  # fmt: skip
    @click.option("--ots", is_flag=True, help="Have it timestamped by OpenTimestamps (Bitcoin).")
    @click.option("--calendar", "calendars", metavar="URL", multiple=True,
                  help="A calendar for --ots, instead of the usual ones.")  # fmt: skip
    @click.option("--rehash", is_flag=True, help="Hash all WARC files anew, also those that have not grown.")
    @functools.wraps(command)
    def with_wishes(
        *args: Any, key: Path | None, tsa: str | None, tsa_ca: Path | None, ots: bool, calendars: tuple[str, ...],
        rehash: bool, **options: Any,
    ) -> None:  # fmt: skip
        wanted = calendars or (CALENDARS if ots else ())
        command(*args, wishes=Wishes(key, tsa, tsa_ca, wanted, rehash), **options)

    return with_wishes


@click.command("seal", short_help="Seal what the archive holds now, so that later changes show.")
@wish_options
@click.option(
    "--new-key", "key_to_be", metavar="FILE", type=_FILE, help="Make a key for --key, and do nothing else."
)
@click.option("--check", is_flag=True, help="Make no seal; tell whether the archive is what its seals say.")
@json_option
@db_option
@click.pass_context
def command(
    ctx: click.Context, *, wishes: Wishes, key_to_be: Path | None, check: bool, as_json: bool
) -> None:
    """Write down the hashes of all that the archive holds, in a small file that can be signed, timestamped and kept
    elsewhere. It works offline; a timestamp that can't be had is told, with exit code 1, and the seal stands without.

    \b
    Examples:
      archive seal --new-key seal.pem                  once; keep it elsewhere than the archive
      archive seal --key seal.pem --tsa https://freetsa.org/tsr --tsa-ca freetsa.pem
      archive seal --check
    """
    if wishes.roots is not None and wishes.authority is None and not check:
        raise InvalidInput(
            "--tsa-ca says whom to believe of the authority that --tsa names, and there is none"
        )
    if key_to_be is not None:
        click.echo(f"{key_to_be}: a new key; its public part is ed25519 {new_key(key_to_be)}")
        return
    path = archive_path(ctx)
    if check:
        _check(path, wishes.roots, as_json=as_json)
        return
    sealed = seal(path, wishes, clock=clock(ctx))
    if as_json:
        print_json(_plain(sealed))
    else:
        _print(sealed, is_believed=wishes.roots is not None)
    for sentence in sealed.lacking:
        click.echo(f"Note: {sentence}", err=True)
    if any(sentence.startswith("no ") for sentence in sealed.lacking):
        ctx.exit(1)


def _print(sealed: Sealed, *, is_believed: bool) -> None:
    row, manifest = sealed.row, sealed.manifest
    counts = ", ".join(f"{manifest.part(part)[0]} {part}" for part in PARTS)
    click.echo(
        f"sealed {show_moment(row.sealed_at)}: {counts}, {counted(len(manifest.files()), 'WARC file')}"
    )
    click.echo(f"  manifest   {sealed.file}")
    click.echo(f"             {row.sha256}")
    if row.signature:
        click.echo(f"  signed     by ed25519 {row.public_key}")
    if row.authority_moment:
        how = "checked against --tsa-ca" if is_believed else "its signature was not checked (--tsa-ca)"
        click.echo(f"  timestamp  {show_moment(row.authority_moment)} by {row.authority}, {how}")
    if row.opentimestamps:
        click.echo("  timestamp  promised by OpenTimestamps; `ots upgrade` completes it in some hours")
    if not (row.signature or row.authority_token or row.opentimestamps):
        click.echo(f"\n{_ALONE}")


def _plain(sealed: Sealed) -> dict[str, object]:
    row = sealed.row
    return {
        "sealed_at": row.sealed_at,
        "sha256": row.sha256,
        "file": str(sealed.file),
        "public_key": row.public_key,
        "authority": row.authority,
        "authority_moment": row.authority_moment,
        "opentimestamps": row.opentimestamps is not None,
        "lacking": list(sealed.lacking),
        "manifest": dict(sealed.manifest.plain),
    }


class SealBroken(ArchiveError):
    """The archive is not what a seal says that it was."""


def _check(path: Path, roots: Path | None, *, as_json: bool) -> None:
    with reading(path) as conn:
        found = check_seals(conn, roots=roots)
    if as_json:
        print_json(
            [
                {"sealed_at": each.row.sealed_at, "sha256": each.row.sha256, "problems": each.problems}
                for each in found
            ]
        )
    else:
        for each in found:
            _print_checked(each)
    broken = sum(bool(each.problems) for each in found)
    if broken:
        raise SealBroken(f"{broken} of {len(found)} seals do not hold")
    if not as_json:
        click.echo(_all_hold(len(found)))


def _all_hold(number: int) -> str:
    if number < 2:
        return "1 seal, and it holds." if number else "There is no seal yet."
    return f"{number} seals, and all hold."


def _print_checked(each: Checked) -> None:
    state = "; ".join(each.problems) or f"holds{', ' if each.row.vouched else ''}{each.row.vouched}"
    click.echo(f"{show_moment(each.row.sealed_at)}  {each.row.sha256[:15]}  {state}")
