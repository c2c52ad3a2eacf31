# Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# The suite of test files: shell commands in RUN lines, with our tools and
# LLVM's test tools on the path.

import os
import platform
import shutil
import sys

import lit.formats

sys.path.insert(0, os.path.join(config.mml_source_dir, "test", "Support"))
import sanitizers

config.name = "MML"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
# Folders of what tests read or run; Unit is a suite of its own.
config.excludes = ["Inputs", "Data", "Support"]
config.test_source_root = os.path.join(config.mml_source_dir, "test")
config.test_exec_root = os.path.join(config.mml_build_dir, "test")
# A test that takes longer hangs; all but the random equations take seconds.
lit_config.maxIndividualTestTime = 900

# mml-opt, mml-translate and mml-runner of this build come first; FileCheck,
# not, count, split-file, mlir-opt and llvm-nm are those of the LLVM we link.
config.environment["PATH"] = os.pathsep.join(
    [os.path.join(config.mml_build_dir, "bin"), config.llvm_tools_dir,
     config.environment["PATH"]])
# Messages are compared in English.
config.environment["LC_ALL"] = "C.UTF-8"
# What was drawn at random can be drawn again.
if "MML_TEST_SEED" in os.environ:
    config.environment["MML_TEST_SEED"] = os.environ["MML_TEST_SEED"]
# FileCheck shows what it read where it fails.
config.environment["FILECHECK_OPTS"] = "--dump-input=fail --dump-input-filter=error --dump-input-context=10"

config.substitutions.append(("%mml_src", config.mml_source_dir))
config.substitutions.append(("%mml_build", config.mml_build_dir))
config.substitutions.append(("%llvm_tools", config.llvm_tools_dir))
config.substitutions.append(("%mml_lit", os.path.join(config.llvm_tools_dir, "lit")))
# Programs for AArch64, linked on any machine: they run by `qemu-aarch64`.
config.substitutions.append(("%aarch64_clang", "--target=aarch64-linux-gnu -fuse-ld=lld -static"))
# C programs that use the C API, by the strictest rules.
config.substitutions.append(("%c99", " ".join([
    "clang-22 -std=c99 -Wall -Wextra -Werror -pedantic", config.mml_sanitizers,
    f"-I{config.mml_source_dir}/include -isystem {config.llvm_tools_dir}/../include",
    f"-L{config.mml_build_dir}/lib -Wl,-rpath,{config.mml_build_dir}/lib"])))
# The folder of a CUDA driver that interprets PTX.
config.substitutions.append(("%cuda_standin", os.path.join(config.mml_build_dir, "test", "cuda")))
# Models with their inputs and with what Keras answers.
config.substitutions.append(("%goldens", os.path.join(config.test_source_root, "Data", "goldens")))


def processor_features():
    """The names that Linux gives to what this processor can do."""
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        for line in file:
            key, _, value = line.partition(":")
            if key.strip() in ("flags", "Features"):
                return set(value.split())
    return set()


# `REQUIRES: host-x86_64, avx512f` asks for the machine to run on; what is only
# compiled needs none of them, as LLVM has all of its targets.
machine = platform.machine()
config.available_features.add(f"host-{machine}")
names = processor_features()
if machine == "x86_64":
    wanted = {"avx2": "avx2", "avx512f": "avx512f", "avx512bw": "avx512bw",
              "avx512_vnni": "avx512vnni", "avx512vbmi": "avx512vbmi",
              "avx_vnni": "avxvnni", "amx_int8": "amx-int8"}
else:
    wanted = {"asimddp": "dotprod", "i8mm": "i8mm"}
config.available_features.update(
    feature for name, feature in wanted.items() if name in names)

# CUDA's assembler, where the toolkit is installed.
if shutil.which("ptxas"):
    config.available_features.add("ptxas")

# Benchmarks are an option of the build.
if os.path.exists(os.path.join(config.mml_build_dir, "bin", "mml-bench")):
    config.available_features.add("bench")
# mml-bench-layers is built.
if config.mml_benchmarks:
    config.available_features.add("benchmarks")

if config.mml_sanitizers:
    config.available_features.add("sanitized")
if config.mml_sanitized:
    config.available_features.add("asan")
sanitizers.set_environment(config)
