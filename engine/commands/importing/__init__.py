"""`portfolio import`: the command, how each sheet would be read, and the options that change it."""
