import click


@click.command("foo")
@click.option("--without-xyz", "enable_xyz", flag_value=False)
@click.option("--with-xyz", "enable_xyz", flag_value=True, default=True)
def foo(enable_xyz):
    print(f"enable_xyz = {enable_xyz}")


foo([])
