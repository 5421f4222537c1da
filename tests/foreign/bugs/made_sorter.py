import foreign_sorter

print(len(foreign_sorter.ordered(list(range(300)))))
