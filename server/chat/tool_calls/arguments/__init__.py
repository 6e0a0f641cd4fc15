"""How models write the arguments of a call, where that is not one JSON object."""
