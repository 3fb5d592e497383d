"""Seals: what an archive held at a moment, in one short document that can be signed, timestamped and given away."""
