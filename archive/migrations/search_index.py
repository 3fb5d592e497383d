"""014_search_index: the index holds words in one form, and what waits to be put into it is known."""

# The words are made in Python, which plain sqlite3 does not have. So triggers, which any program runs, only write down
# which reports changed, with the text that the index has of them: `archive.searchindex` needs it to take that out again.
# What the program itself writes, it indexes before it commits.
# Of a plain view with these names, FTS5 would read the texts as they are; the content is what `snippet` shows.
SCRIPT = """
drop trigger articles_fts_insert;
drop trigger articles_fts_delete;
drop trigger articles_fts_update;
drop table articles_fts;
create virtual table articles_fts using fts5(
    title, standfirst, body, author, folded_words,
    content="articles", content_rowid="id",
    tokenize="unicode61 remove_diacritics 2 categories 'L* N* Co Mn Mc'"
);
insert into articles_fts (articles_fts, rank) values ('rank', 'bm25(10.0, 4.0, 1.0, 2.0, 1.0)');

create table search_normalisers (
    version text primary key,
    since text not null
);

create table search_pending (
    article_id integer primary key,
    is_indexed integer not null check (is_indexed in (0, 1)),
    language text,
    title text,
    standfirst text,
    body text,
    author text,
    folded_words text
);

create trigger articles_fts_insert after insert on articles begin
    insert or ignore into search_pending (article_id, is_indexed) values (new.id, 0);
end;
create trigger articles_fts_delete after delete on articles begin
    insert or ignore into search_pending
        (article_id, is_indexed, language, title, standfirst, body, author, folded_words)
    values (old.id, 1, old.language, old.title, old.standfirst, old.body, old.author, old.folded_words);
end;
create trigger articles_fts_update
after update of language, title, standfirst, body, author, folded_words on articles begin
    insert or ignore into search_pending
        (article_id, is_indexed, language, title, standfirst, body, author, folded_words)
    values (old.id, 1, old.language, old.title, old.standfirst, old.body, old.author, old.folded_words);
end;
"""
