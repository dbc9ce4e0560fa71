"""Files of others and our own: reading and refusing them in plain words, writing them whole or not at all."""
