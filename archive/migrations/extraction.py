"""004_extraction: what a citation needs, how each text was found, and what was learned of each site.

New columns belong before the body: a long text spills over to further pages, and a list or a facet that reads a
column behind it reads them all. So articles and revisions are made anew and their rows moved, ids and all. The old
tables step aside by a rename (which takes the foreign keys along), so that none is ever without its parents.
"""

# Of the JSON only `tags` is filtered by, and stands with the short columns. The texts that follow the body are read
# with a single report, but for `folded_words`: the index reads it, so it comes first.
SCRIPT = """
drop trigger articles_fts_insert;
drop trigger articles_fts_delete;
drop trigger articles_fts_update;
drop table articles_fts;
alter table revisions rename to revisions_003;
alter table articles rename to articles_003;

create table site_templates (
    id integer primary key,
    source_id text not null references sources(id),
    version integer not null,
    learned_at text not null,
    page_count integer not null,
    score real,
    replaced_at text,
    template text not null,
    unique (source_id, version)
);

create table template_lessons (
    id integer primary key,
    source_id text not null references sources(id),
    layout text not null,
    url text not null,
    seen_at text not null,
    lesson blob not null,
    unique (source_id, url)
);

create table articles (
    id integer primary key,
    source_id text not null references sources(id),
    published_at text,
    title text not null,
    url text not null,
    standfirst text,
    author text,
    agency text,
    dateline text,
    section text,
    tags text,
    language text,
    published_at_precision text check (published_at_precision in ('second', 'minute', 'day')),
    published_at_from text,
    published_at_text text,
    modified_at text,
    word_count integer not null,
    is_truncated integer not null default 0 check (is_truncated in (0, 1)),
    origin text not null default 'crawl' check (origin in ('crawl', 'import')),
    state text not null default 'live' check (state in ('live', 'changed', 'moved', 'gone', 'blocked')),
    first_seen_at text not null,
    last_seen_at text not null,
    revision_count integer not null default 1,
    url_key text not null unique,
    content_sha256 text not null,
    body text not null,
    folded_words text,
    date_candidates text,
    blocks text
);
insert into articles (
    id, source_id, published_at, title, url, standfirst, author, dateline, section, language,
    published_at_precision, published_at_from, published_at_text, modified_at, word_count, origin, state,
    first_seen_at, last_seen_at, revision_count, url_key, content_sha256, body, folded_words
)
select
    id, source_id, published_at, title, url, standfirst, author, dateline, section, language,
    published_at_precision, published_at_from, published_at_text, modified_at, word_count, origin, state,
    first_seen_at, last_seen_at, revision_count, url_key, content_sha256, body,
    folded_words(title, standfirst, body)
from articles_003 order by id;

create table revisions (
    id integer primary key,
    article_id integer not null references articles(id),
    number integer not null,
    seen_at text not null,
    capture_id integer references captures(id),
    title text not null,
    standfirst text,
    author text,
    agency text,
    dateline text,
    section text,
    tags text,
    language text,
    published_at text,
    modified_at text,
    is_truncated integer not null default 0 check (is_truncated in (0, 1)),
    content_sha256 text not null,
    extractor_version text not null,
    extraction_path text check (extraction_path in ('template', 'mixed', 'single')),
    site_template_id integer references site_templates(id),
    body text not null,
    date_candidates text,
    blocks text,
    unique (article_id, number)
);
insert into revisions (
    id, article_id, number, seen_at, capture_id, title, standfirst, author, dateline, section, language,
    published_at, modified_at, content_sha256, extractor_version, body
)
select
    id, article_id, number, seen_at, capture_id, title, standfirst, author, dateline, section, language,
    published_at, modified_at, content_sha256, extractor_version, body
from revisions_003 order by id;

drop table revisions_003;
drop table articles_003;

create index articles_source_id on articles(source_id, published_at);
create index articles_published_at on articles(published_at);
create index articles_language on articles(language);
create index articles_absent on articles(state) where state != 'live';
create index articles_content_sha256 on articles(content_sha256);
create index articles_agency on articles(published_at, agency) where agency is not null;
create index articles_truncated on articles(published_at) where is_truncated = 1;
create index articles_with_posts on articles(published_at) where instr(blocks, '"kind":"embed"') > 0;
create index revisions_capture_id on revisions(capture_id);
create index revisions_site_template_id on revisions(site_template_id) where site_template_id is not null;

create virtual table articles_fts using fts5(
    title, standfirst, body, author, folded_words,
    content="articles", content_rowid="id",
    tokenize="unicode61 remove_diacritics 2 categories 'L* N* Co Mn Mc'"
);
insert into articles_fts (articles_fts, rank) values ('rank', 'bm25(10.0, 4.0, 1.0, 2.0, 1.0)');
insert into articles_fts (articles_fts) values ('rebuild');
create trigger articles_fts_insert after insert on articles begin
    insert into articles_fts (rowid, title, standfirst, body, author, folded_words)
    values (new.id, new.title, new.standfirst, new.body, new.author, new.folded_words);
end;
create trigger articles_fts_delete after delete on articles begin
    insert into articles_fts (articles_fts, rowid, title, standfirst, body, author, folded_words)
    values ('delete', old.id, old.title, old.standfirst, old.body, old.author, old.folded_words);
end;
create trigger articles_fts_update after update of title, standfirst, body, author, folded_words on articles begin
    insert into articles_fts (articles_fts, rowid, title, standfirst, body, author, folded_words)
    values ('delete', old.id, old.title, old.standfirst, old.body, old.author, old.folded_words);
    insert into articles_fts (rowid, title, standfirst, body, author, folded_words)
    values (new.id, new.title, new.standfirst, new.body, new.author, new.folded_words);
end;
"""
