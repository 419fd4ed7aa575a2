"""Closed vocabularies of foreign files: a value that is not listed is refused, never guessed."""

# OSM's oneway, its spelling by other programs, and the single letters of some road layers.
ONE_WAY: dict[str, int] = {
    **dict.fromkeys(("yes", "true", "True", "TRUE", "1", "F"), 1),
    **dict.fromkeys(("-1", "reverse", "T"), -1),
    **dict.fromkeys(("no", "false", "False", "FALSE", "0", "B", "", "reversible", "alternating"), 0),
}
