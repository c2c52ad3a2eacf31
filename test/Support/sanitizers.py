# Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What both suites tell the sanitizers that the build is made with."""

import os


def set_environment(config):
    """Sets the environment of tests that are compiled with sanitizers."""
    for option in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"):
        if config.mml_sanitizers and option in os.environ:
            config.environment[option] = os.environ[option]
    if "thread" in config.mml_sanitizers:
        # Only what our code does is reported: LLVM and OpenMP are not
        # instrumented, of which the latter says by its own tool what waits for
        # what. Readers of HDF5 are forked processes.
        options = "ignore_noninstrumented_modules=1:die_after_fork=0:"
        config.environment["TSAN_OPTIONS"] = options + os.environ.get("TSAN_OPTIONS", "")
        config.environment["OMP_TOOL_LIBRARIES"] = os.path.join(
            config.llvm_tools_dir, os.pardir, "lib", "libarcher.so"
        )
