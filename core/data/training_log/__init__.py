"""The log of a training, in the forms that people have, as two series."""
