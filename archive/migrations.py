"""The only definition of the schema, as named migrations: old archives always open.

The schema is a public interface: people write SQL against it. Names are the field's terms, times are UTC text
`YYYY-MM-DDTHH:MM:SSZ`, booleans 0 or 1. A foreign key points to an earlier table only. What is derived (the
full-text index) can be rebuilt from what is not.
"""

from __future__ import annotations

from sqlite_utils import Database, Migrations

migrations = Migrations("conflict-archive")

_TABLES = """
create table sources (
    id text primary key,
    name text not null,
    homepage text not null,
    conflict text,
    country text,
    kind text,
    languages text,
    time_zone text
);

create table runs (
    id integer primary key,
    source_id text not null references sources(id),
    started_at text not null,
    finished_at text,
    finish_reason text,
    version text not null,
    found integer not null default 0,
    stored integer not null default 0,
    changed integer not null default 0,
    unchanged integer not null default 0,
    duplicate integer not null default 0,
    not_an_article integer not null default 0,
    too_old integer not null default 0,
    too_new integer not null default 0,
    robots integer not null default 0,
    blocked integer not null default 0,
    gone integer not null default 0,
    failed integer not null default 0,
    known integer not null default 0,
    waiting integer not null default 0,
    refused integer not null default 0,
    requests integer not null default 0,
    stats text
);
create index runs_source_id on runs(source_id, started_at);

create table endpoints (
    id integer primary key,
    source_id text not null references sources(id),
    url text not null unique,
    kind text not null check (kind in ('feed', 'sitemap', 'listing')),
    status integer,
    etag text,
    last_modified text,
    last_checked_at text,
    last_new_at text,
    failures integer not null default 0,
    last_error text
);
create index endpoints_source_id on endpoints(source_id);

create table leads (
    id integer primary key,
    source_id text not null references sources(id),
    url text not null,
    url_key text not null unique,
    via text not null check (via in ('feed', 'sitemap', 'listing', 'manual')),
    endpoint_id integer references endpoints(id),
    first_seen_at text not null,
    published_hint text,
    modified_hint text,
    state text not null default 'waiting' check (state in ('waiting', 'stored', 'failed', 'skipped')),
    outcome text,
    attempts integer not null default 0,
    last_attempt_at text,
    next_attempt_at text,
    last_error text
);
create index leads_source_id on leads(source_id, state);
create index leads_endpoint_id on leads(endpoint_id);

create table captures (
    id integer primary key,
    run_id integer not null references runs(id),
    lead_id integer references leads(id),
    url text not null,
    final_url text not null,
    status integer not null,
    content_type text,
    fetched_at text not null,
    payload_sha256 text not null,
    payload_bytes integer not null,
    warc_file text not null,
    warc_offset integer not null
);
create index captures_run_id on captures(run_id);
create index captures_lead_id on captures(lead_id);
create index captures_url on captures(url);
create index captures_payload_sha256 on captures(payload_sha256);

create table articles (
    id integer primary key,
    source_id text not null references sources(id),
    published_at text,
    title text not null,
    url text not null,
    standfirst text,
    author text,
    dateline text,
    section text,
    language text,
    published_at_precision text check (published_at_precision in ('second', 'minute', 'day')),
    published_at_from text,
    published_at_text text,
    modified_at text,
    word_count integer not null,
    origin text not null default 'crawl' check (origin in ('crawl', 'import')),
    state text not null default 'live' check (state in ('live', 'changed', 'moved', 'gone', 'blocked')),
    first_seen_at text not null,
    last_seen_at text not null,
    revision_count integer not null default 1,
    url_key text not null unique,
    content_sha256 text not null,
    body text not null
);
create index articles_source_id on articles(source_id, published_at);
create index articles_published_at on articles(published_at);
create index articles_language on articles(language);
create index articles_absent on articles(state) where state != 'live';
create index articles_content_sha256 on articles(content_sha256);

create table revisions (
    id integer primary key,
    article_id integer not null references articles(id),
    number integer not null,
    seen_at text not null,
    capture_id integer references captures(id),
    title text not null,
    standfirst text,
    author text,
    dateline text,
    section text,
    language text,
    published_at text,
    modified_at text,
    content_sha256 text not null,
    extractor_version text not null,
    body text not null,
    unique (article_id, number)
);
create index revisions_capture_id on revisions(capture_id);
"""

# `content="articles"` with double quotes, or Datasette 0.65 does not see that the table is searchable.
# The body stands last in its table: a long text spills over to further pages, and what comes after it with it.
# A word in the title tells ten times as much as one in the body; plain `order by rank` weighs so.
# Without these categories unicode61 takes Arabic vowel marks and Indic vowel signs for separators.
_SEARCH = """
create virtual table articles_fts using fts5(
    title, standfirst, body, author,
    content="articles", content_rowid="id",
    tokenize="unicode61 remove_diacritics 2 categories 'L* N* Co Mn Mc'"
);
insert into articles_fts (articles_fts, rank) values ('rank', 'bm25(10.0, 4.0, 1.0, 2.0)');
create trigger articles_fts_insert after insert on articles begin
    insert into articles_fts (rowid, title, standfirst, body, author)
    values (new.id, new.title, new.standfirst, new.body, new.author);
end;
create trigger articles_fts_delete after delete on articles begin
    insert into articles_fts (articles_fts, rowid, title, standfirst, body, author)
    values ('delete', old.id, old.title, old.standfirst, old.body, old.author);
end;
create trigger articles_fts_update after update of title, standfirst, body, author on articles begin
    insert into articles_fts (articles_fts, rowid, title, standfirst, body, author)
    values ('delete', old.id, old.title, old.standfirst, old.body, old.author);
    insert into articles_fts (rowid, title, standfirst, body, author)
    values (new.id, new.title, new.standfirst, new.body, new.author);
end;
"""

# What a month of unattended crawls needs to know: who refuses us, what an endpoint said last, how far a
# backfill came, and which leads are due, newest first, without sorting a million of them.
_SCHEDULE = """
alter table sources add column domains text;
alter table sources add column identity text;
alter table sources add column paused_until text;
alter table sources add column pause_reason text;
alter table sources add column pauses integer not null default 0;

alter table runs add column kind text not null default 'crawl' check (kind in ('crawl', 'backfill'));

alter table endpoints add column outcome text
    check (outcome in ('read', 'not_modified', 'robots', 'blocked', 'gone', 'failed'));
alter table endpoints add column last_read_at text;
alter table endpoints add column payload_sha256 text;
alter table endpoints add column asked_in_full_at text;
alter table endpoints add column modified_hint text;
alter table endpoints add column dropped_alive integer not null default 0;
alter table endpoints add column lies integer not null default 0 check (lies in (0, 1));

alter table leads add column etag text;
alter table leads add column last_modified text;
create index leads_due on leads(source_id, coalesce(published_hint, modified_hint, first_seen_at) desc)
    where state = 'waiting' or next_attempt_at is not null;

create table refusals (
    run_id integer not null references runs(id),
    rule text not null,
    links integer not null,
    primary key (run_id, rule)
) without rowid;

create table backfills (
    id integer primary key,
    source_id text not null references sources(id),
    endpoint_url text not null,
    since text not null,
    until text not null,
    state text not null default 'running' check (state in ('running', 'finished')),
    page integer not null default 0,
    next_url text,
    reached_day text,
    reports integer not null default 0,
    started_at text not null,
    updated_at text not null,
    unique (source_id, endpoint_url, since, until)
);
"""


@migrations(name="001_tables")
def tables(db: Database) -> None:
    """The eight rooms of the main job, from sources to revisions."""
    for statement in _statements(_TABLES):
        db.execute(statement)


@migrations(name="002_search")
def search(db: Database) -> None:
    """Full-text search on articles, kept in step by triggers that plain sqlite3 runs too."""
    for statement in _statements(_SEARCH):
        db.execute(statement)


@migrations(name="003_schedule")
def schedule(db: Database) -> None:
    """What crawls on a schedule know of each other: pauses, validators, refusals, backfills."""
    for statement in _statements(_SCHEDULE):
        db.execute(statement)


def _statements(script: str) -> list[str]:
    """Split a script; `executescript` would commit the migration's own transaction."""
    statements, lines = [], []
    for line in script.strip().splitlines():
        lines.append(line)
        inside_trigger = any(part.startswith("create trigger") for part in lines)
        if line == "end;" or (line.endswith(";") and not inside_trigger):
            statements.append("\n".join(lines))
            lines = []
    return [statement for statement in statements if statement.strip()]
