# Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Prints the kernels that one call of a model launches, in their order.

Usage: launches.py MODEL BATCH STANDIN REPORT
"""

import sys

import runner

model, batch, standin, report = sys.argv[1:5]
process = runner.run([model, "--target", "cuda", "--batch", batch], standin, report=report)
if process.returncode != 0:
    sys.exit(process.stderr)
for launch in runner.read_report(report)["launches"]:
    print(launch["kernel"])
