"""Yes and no as people and programs write them, in the languages that files are read in."""

_YES = "true t yes y ja j wahr waar sant sand sann 1 x ✓ ✔ ☑ on på an aan"
_NO = "false f no n nei nej nee nein falsch onwaar usann falsk 0 - ☐ off av aus uit"
TRUTHS = {word: True for word in _YES.split()} | {word: False for word in _NO.split()}
EXAMPLE = "yes or no, such as true, ja, nein or 0"
