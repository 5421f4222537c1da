import click


@click.command()
@click.option("--bump/--no-bump", default=None)
def main(bump):
    if bump is not None:
        raise ValueError(f"nobody said anything, and bump is {bump}")


main([])
