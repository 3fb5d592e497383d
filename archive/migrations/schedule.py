"""003_schedule: what crawls on a schedule know of each other: pauses, validators, refusals, backfills."""

# What a month of unattended crawls needs to know: who refuses us, what an endpoint said last, how far a
# backfill came, and which leads are due, newest first, without sorting a million of them.
SCRIPT = """
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
