"""The [X Service] boxes of the case study's drawing. They never import each other: facts travel over the bus."""
