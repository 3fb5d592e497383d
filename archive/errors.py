"""Everything that the archive raises on purpose.

ArchiveError
├── ArchiveUnreadable    the database file is absent, corrupt, or not an archive
├── ArchiveUnwritable    nothing can be stored: a full disk, a lock that another program holds, damage
├── ArchiveTooNew        a later version of this program wrote it
├── InvalidInput         a date, an option or an imported line can't be used as given
├── NotFound             no article (or source) has that id
├── SealUnreadable       a seal's manifest, key, signature or timestamp is damaged, or is none
├── NotSealed            no seal covers what is to be proved
├── NotTimestamped       an authority gave no timestamp that holds
├── NotDelivered         what a watch found can't be brought where it is to go
├── BackupUnusable       a folder holds no finished backup, a damaged one, or one of another archive
├── BackupFailed         a backup or a restored archive can't be written, or is not what was written
└── NotPublished         a copy to be published can't be written, or would hold what is to be left out

Each message is one sentence that says what is wrong and where, fit to be shown to a user as it is.
"""


class ArchiveError(Exception):
    """The root: catch this to catch whatever the archive says is wrong."""


class ArchiveUnreadable(ArchiveError):
    """The database file is absent, corrupt, or not an archive."""


class ArchiveUnwritable(ArchiveError):
    """Nothing can be stored: a full disk, a lock that another program holds, damage."""


class ArchiveTooNew(ArchiveError):
    """The database was written by a later version of this program."""


class InvalidInput(ArchiveError):
    """A date, an option or an imported line can't be used as given."""


class NotFound(ArchiveError):
    """No row has the id that was asked for."""


class SealUnreadable(ArchiveError):
    """A seal's manifest, key, signature or timestamp is damaged, or is none."""


class NotTimestamped(ArchiveError):
    """A timestamping authority could not be reached, refused, or gave a token that does not hold."""


class NotSealed(ArchiveError):
    """No seal covers what is to be proved."""


class NotDelivered(ArchiveError):
    """What a watch found can't be brought where it is to go: it's kept, and tried again."""


class BackupUnusable(ArchiveError):
    """A folder holds no finished backup, a damaged one, or one of another archive."""


class BackupFailed(ArchiveError):
    """A backup or a restored archive can't be written, or is not what was written."""


class NotPublished(ArchiveError):
    """A copy to be published can't be written, or would hold what is to be left out: there is none."""
