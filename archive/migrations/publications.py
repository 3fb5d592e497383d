"""018_publications: a copy that was made to be published says so."""

# Of an archive it stays empty. A copy has one row, which it got when it was made.
SCRIPT = """
create table publications (
    id integer primary key check (id = 1),
    made_at text not null,
    version text not null,
    as_of text,
    rules text not null,
    left_out text not null
);
"""
