"""007_revisits: at which ages a source's reports are looked at again."""

SCRIPT = """
alter table sources add column revisit text;
"""
