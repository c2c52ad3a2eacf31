"""Says whether an object is smaller than another by about the bytes of a file."""
import os
import sys

beside, weights, inside = map(os.path.getsize, sys.argv[1:])
# Code differs a little, and so do the parts that files have beside it.
is_smaller = abs(inside - beside - weights) < 0.3 * weights
print("the object is smaller by the weights" if is_smaller else (beside, weights, inside))
