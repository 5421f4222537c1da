"""Print the metadata, or all of it."""

import click


@click.command()
@click.option("--all", "everything", flag_value="like", default=False)
def main(everything):
    if everything is not None:
        raise click.ClickException(f"--all cannot be {everything!r}")


main([])
