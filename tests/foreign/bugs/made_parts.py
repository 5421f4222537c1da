import foreign_parts

print(foreign_parts.assemble())
