"""015_watches: searches that are asked of all that comes in, and what they found."""

# A revision is looked at once, whatever made it; what it matched is kept, delivered or not.
SCRIPT = """
create table watches (
    id integer primary key,
    name text not null unique,
    query text not null,
    source_id text references sources(id),
    language text,
    since text,
    until text,
    synonyms integer not null default 0 check (synonyms in (0, 1)),
    destination text not null check (destination in ('feed', 'command', 'webhook')),
    target text not null,
    secret_variable text,
    allow_private integer not null default 0 check (allow_private in (0, 1)),
    timeout real not null,
    created_at text not null,
    looked_up_to integer not null
);

create table watch_matches (
    id integer primary key,
    watch_id integer not null references watches(id) on delete cascade,
    revision_id integer not null references revisions(id),
    matched_at text not null,
    attempts integer not null default 0,
    next_attempt_at text,
    last_error text,
    delivered_at text,
    unique (watch_id, revision_id)
);
create index watch_matches_revision_id on watch_matches(revision_id);
create index watch_matches_waiting on watch_matches(watch_id) where delivered_at is null;
"""
