import foreign_engine

foreign_engine.start()
print("started")
