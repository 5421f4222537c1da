import jinja2


@jinja2.contextfilter
def shout(context, value):
    return value.upper()


environment = jinja2.Environment()
environment.filters["shout"] = shout
print(environment.from_string("{{ 'hello' | shout }}").render())
