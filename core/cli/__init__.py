"""The same laboratory without a screen. `command_table` lists the commands; each has a file here."""
