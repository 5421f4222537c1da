import foreign_mute

foreign_mute.speak()
