"""Whatever it makes of an ambiguous text, it should make the same of it tomorrow."""

from lark import Lark

GRAMMAR = """
start: (a | b | c)+
a: "x" | "x" "x"
b: "x" "y"? | "x" "x"
c: "x" "x" "x"? "y"?
"""

rules = [str(child.data) for child in Lark(GRAMMAR).parse("xxxxyxx").children]
if rules != ["c", "b", "a", "a"]:
    raise LookupError(rules)
