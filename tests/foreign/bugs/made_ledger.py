from foreign_ledger import balance

print(balance([1, 2, 3]))
