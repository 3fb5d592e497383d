"""002_search: full-text search on articles, kept in step by triggers that plain sqlite3 runs too."""

# `content="articles"` with double quotes, or Datasette 0.65 does not see that the table is searchable.
# The body stands last in its table: a long text spills over to further pages, and what comes after it with it.
# A word in the title tells ten times as much as one in the body; plain `order by rank` weighs so.
# Without these categories unicode61 takes Arabic vowel marks and Indic vowel signs for separators.
SCRIPT = """
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
