"""Proofs: for one report, all that an outsider needs to check what the archive has of it, without this program."""
