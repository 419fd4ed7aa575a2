"""Migrations of the ledger's database (Alembic); they run when a ledger is opened."""
