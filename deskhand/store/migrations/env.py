"""How Alembic reaches the database: over the connection that `migrate` holds, inside its transaction."""

from alembic import context

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=context.config.attributes.get("metadata"),
    include_object=context.config.attributes.get("include_object"),
    render_as_batch=True,
)
context.run_migrations()
