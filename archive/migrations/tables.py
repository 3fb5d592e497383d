"""001_tables: the eight rooms of the main job, from sources to revisions."""

SCRIPT = """
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
