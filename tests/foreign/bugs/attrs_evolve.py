import attr


@attr.s
class Inner:
    x = attr.ib()


@attr.s
class Outer:
    inner = attr.ib()


outer = attr.evolve(Outer(Inner(1)), inner={"x": 2})
assert isinstance(outer.inner, dict), outer
