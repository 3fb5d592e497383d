"""017_source_pages: what is asked of one source is answered from indexes, and not from rows that lie behind the texts.

A source's page, its health and its coverage look at each of its reports and addresses. `leads_not_archived` has those few
that failed or were left out.
"""

SCRIPT = """
drop index if exists articles_source_id;
create index articles_source_id on articles(
    source_id, published_at, origin, first_seen_at, published_at_precision, word_count
);
drop index if exists leads_source_id;
create index leads_source_id on leads(source_id, state, published_hint, first_seen_at);
create index leads_not_archived on leads(source_id, state)
    where state in ('failed', 'skipped') or attempts > 0;
"""
