# Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Prints what the loop around an instruction of PTX consists of.

Usage: main_loop.py KERNEL INSTRUCTION < kernels.ptx

KERNEL is a part of the kernel's name. Of the loops with the instruction in them,
without loops around them, the smallest is printed: a line is an instruction without its operands, and how
often it stands there.
"""

import collections
import re
import sys

kernel, wanted = sys.argv[1:3]
text = sys.stdin.read()
bodies = re.findall(rf"\.entry \w*{kernel}\w*\([^)]*\)[^{{]*\{{(.*?)\n\}}", text, re.S)
assert len(bodies) == 1, "one kernel has the name"

# Blocks of instructions, by their labels, and where they go on.
blocks, successors, current = {"entry": []}, collections.defaultdict(list), "entry"
is_open = True
for line in bodies[0].splitlines():
    label = re.match(r"(\$\w+):", line)
    branch = re.match(r"\t(@!?%\w+ +)?bra(?:\.uni)? +\t?(\$\w+);", line)
    if label or not is_open:
        name = label.group(1) if label else f"after {current}"
        if is_open:
            successors[current].append(name)
        blocks[name], current, is_open = [], name, True
    # Operands may go on in a line of their own.
    if re.match(r"\t[a-z@]", line):
        blocks[current].append(re.sub(r"^@!?%\w+ +", "", line.strip()).split()[0].rstrip(";"))
    if branch:
        successors[current].append(branch.group(2))
        if branch.group(1):
            name = f"{current} on"
            successors[current].append(name)
            blocks[name], current = [], name
        else:
            is_open = False


def reach(start):
    """The blocks that come after `start`."""
    found, work = set(), [start]
    while work:
        for target in successors[work.pop()]:
            if target not in found:
                found.add(target)
                work.append(target)
    return found


# Blocks that come after each other are a loop.
after = {name: reach(name) for name in blocks}
loops = [{other for other in blocks if other in after[name] and name in after[other]}
         for name in blocks if any(wanted in instruction for instruction in blocks[name])]
loops = [loop for loop in loops if loop]
if not loops:
    sys.exit(f"no loop has {wanted}")
counts = collections.Counter(name for block in min(loops, key=len) for name in blocks[block])
for name in sorted(counts):
    print(name, counts[name])
