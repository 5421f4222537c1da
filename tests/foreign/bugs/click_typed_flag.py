import click


@click.command()
@click.option("-v", "--verbose", type=click.BOOL, default=False, is_flag=True)
def main(verbose):
    assert verbose, "said -v, got quiet"


main(["-v"])
