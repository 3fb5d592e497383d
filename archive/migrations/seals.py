"""009_seals: what the archive held when it was sealed, signed and timestamped."""

# A seal may get its timestamp later, when an authority can be reached; what it says never changes.
SCRIPT = """
create table seals (
    id integer primary key,
    sealed_at text not null,
    sha256 text not null unique,
    manifest text not null,
    public_key text,
    signature text,
    authority text,
    authority_moment text,
    authority_token blob,
    opentimestamps blob
);
create trigger seals_never_changed before update of id, sealed_at, sha256, manifest on seals begin
    select raise(abort, 'a seal never changes: only its timestamps may be added');
end;
create trigger seals_never_deleted before delete on seals begin
    select raise(abort, 'the table seals is append-only: no row of it may be deleted');
end;
"""
