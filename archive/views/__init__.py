"""What people ask of an archive: pure functions of a connection, for the command line and the pages alike."""
