"""The tables of the archive: the SQL that writes and reads the rows of each, on a connection that somebody else opened."""
