"""008_imports: captures that come from the WARC files of others: which files were read, and how far."""

# A check constraint can't be altered, and a table to which others point can't be made anew within a transaction. So
# the columns that it stands on are: the old one steps aside, its values move, and it goes, its constraint with it.
SCRIPT = """
alter table runs rename column kind to kind_007;
alter table runs add column kind text not null default 'crawl' check (kind in ('crawl', 'backfill', 'import'));
update runs set kind = kind_007 where kind_007 <> 'crawl';
alter table runs drop column kind_007;

alter table leads rename column via to via_007;
alter table leads add column via text not null default 'manual'
    check (via in ('feed', 'sitemap', 'listing', 'manual', 'warc'));
update leads set via = via_007 where via_007 <> 'manual';
alter table leads drop column via_007;

create table import_files (
    id integer primary key,
    path text not null,
    size integer,
    wanted text not null,
    state text not null default 'reading' check (state in ('reading', 'done')),
    offset integer not null default 0,
    records integer not null default 0,
    started_at text not null,
    updated_at text not null
);
create index import_files_path on import_files(path);

create table imported_captures (
    capture_id integer primary key references captures(id),
    import_file_id integer not null references import_files(id),
    record_offset integer not null,
    record_id text,
    payload_digest text
);
create index imported_captures_import_file_id on imported_captures(import_file_id);
create index imported_captures_record_id on imported_captures(record_id) where record_id is not null;
create index imported_captures_payload_digest on imported_captures(payload_digest)
    where payload_digest is not null;
"""
