"""016_search_keys: the index holds the source, the language and the day of each report, and facets need no texts.

What is taken out of the index has to be what was put in, so that what waits remembers these too. `folded_words`, behind
whose words they stand, no longer weighs in the ranking.
"""

SCRIPT = """
drop trigger articles_fts_delete;
drop trigger articles_fts_update;
alter table search_pending add column source_id text;
alter table search_pending add column published_at text;
insert into articles_fts (articles_fts, rank) values ('rank', 'bm25(10.0, 4.0, 1.0, 2.0, 0.0)');

create trigger articles_fts_delete after delete on articles begin
    insert or ignore into search_pending
        (article_id, is_indexed, source_id, language, published_at, title, standfirst, body, author, folded_words)
    values (old.id, 1, old.source_id, old.language, old.published_at, old.title, old.standfirst, old.body, old.author,
        old.folded_words);
end;
create trigger articles_fts_update
after update of source_id, language, published_at, title, standfirst, body, author, folded_words on articles begin
    insert or ignore into search_pending
        (article_id, is_indexed, source_id, language, published_at, title, standfirst, body, author, folded_words)
    values (old.id, 1, old.source_id, old.language, old.published_at, old.title, old.standfirst, old.body, old.author,
        old.folded_words);
end;

create index articles_facets on articles(id, source_id, language, published_at);
"""
