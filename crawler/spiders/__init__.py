"""One spider a catalogue entry."""
