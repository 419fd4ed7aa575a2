"""Run the migrations on the connection that `store.open_ledger` hands over, inside its transaction."""

from alembic import context

from catchment.ledger.models import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
