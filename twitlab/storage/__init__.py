"""The boxes at the bottom of the drawing: everything that is kept lives behind one of these stores."""
