"""What joins the items of a list: commas, slashes, "and" and "or" in many languages (`vocabulary/conjunctions.yml`)."""

from __future__ import annotations

import re

from parsers.folding import load_words

CONJUNCTIONS = "|".join(map(re.escape, load_words("conjunctions")))
"""A regular expression of the conjunctions; what stands around them is its user's to say."""

ARABIC_AND = r"\s+و\s*"
"""In Arabic "and" is a letter before the word that it joins."""

AND = re.compile(rf",?\s+(?:{CONJUNCTIONS}|&|\+)\s+|{ARABIC_AND}", re.IGNORECASE)
"""A conjunction between two words, or a sign that stands for one."""

JOINER = re.compile(rf"[\s,;/|•·–—&+-]*(?:(?:{CONJUNCTIONS})\b)?[\s,;/|:-]*", re.IGNORECASE)
"""What joins two contacts of one kind: a comma, a slash, an "or"."""
