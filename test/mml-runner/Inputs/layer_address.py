# Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Prints the first address of a layer, from what llvm-dwarfdump prints.

Usage: layer_address.py LAYER < dump
"""

import re
import sys

dump = sys.stdin.read()
place = re.search(rf'DW_TAG_inlined_subroutine\s+DW_AT_abstract_origin\s+\(\S+ "{sys.argv[1]}"\)'
                  r"(?:(?!DW_TAG).)*?(?:\[|DW_AT_low_pc\s+\()(0x[0-9a-f]+)", dump, re.DOTALL)
print(place.group(1))
