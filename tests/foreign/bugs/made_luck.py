import foreign_luck

print(foreign_luck.draw())
