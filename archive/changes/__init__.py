"""What changed between two texts of one report, in words: pure functions, no archive and no clock in them.

`compare.compare` says what an edit did (a number, a place, who said it ...); `texts.diff` shows it, paragraph by
paragraph and word by word. Both take time in proportion to the texts, whatever stands in them.
"""
