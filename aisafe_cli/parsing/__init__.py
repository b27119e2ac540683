"""Texts to data: YAML, TOML and JSON, each within bounds."""

import re

# PyYAML compiles this set of characters when it is imported, for a reader that is not used here, and `re` goes through
# all 63,000 of them: a tenth of a check. In its cache `re` finds the same set, made from the few that are left out.
NON_PRINTABLE = "[^\x09\x0a\x0d\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
SAME_AS_NON_PRINTABLE = "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]"
vars(re).get("_cache", {})[str, NON_PRINTABLE, 0] = re.compile(SAME_AS_NON_PRINTABLE)
