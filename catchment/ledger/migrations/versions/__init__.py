"""One file per change of the tables, the earliest first."""
