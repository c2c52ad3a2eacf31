# Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# The gtest programs that mml_add_unittest made, each as tests of its own.

import os
import sys

import lit.formats

sys.path.insert(0, os.path.join(config.mml_source_dir, "test", "Support"))
import sanitizers

config.name = "MML-Unit"
config.test_format = lit.formats.GoogleTest(".", "Tests")
config.test_exec_root = os.path.join(config.mml_build_dir, "unittests")
config.test_source_root = config.test_exec_root
sanitizers.set_environment(config)
