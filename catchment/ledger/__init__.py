"""The oversized-class ledger (大班额台账): a class above the standard is entered, remedied, written off, and watched.

lifecycle   an entry and what a return or a step makes of it: pure functions
chain       the history as a hash chain, and the entries that follow from it
models      the tables of the database; migrations/ makes them
store       a ledger in SQLite or PostgreSQL: one writer at a time, every change one transaction
snapshots   recording a class return, and correcting it
steps       what people do: plan, ask, exempt, remark, visit, name a closing
checking    whether anybody has tampered with it
increments  zero increment between two returns
splitting   classes and rooms that a grade lacks
export      the tables of catchment/tables/ledger.py
commands    the verbs of the command line

The rules are in docs/method/ledger.md.
"""
