#!/bin/bash
# Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Builds, runs the tests of GPUs on the first GPU of this machine, and measures
# layers on it beside what it does at best and, with CUDA's toolkit, cuBLASLt.
#
#   benchmarks/gpu.sh [--build FOLDER] [--tests | --figures] [OPTIONS of mml-bench-gpu]
#
# With --build, what is in that build folder is used as it is. --tests and
# --figures do one of both. The table goes to the standard output. The exit code
# is 0 only if all answers were right and all figures could be measured.

set -euo pipefail

build= do_tests=1 do_figures=1
while [ $# -gt 0 ]; do
  case $1 in
  --build) build=$(cd "${2:?--build needs a folder}" && pwd); shift ;;
  --tests) do_figures= ;;
  --figures) do_tests= ;;
  --help | -h) sed -n '6,15s/^# \{0,1\}//p' "$0"; exit 0 ;;
  *) break ;;
  esac
  shift
done

cd "$(dirname "$0")/.."
if [ -z "$build" ]; then
  make build >&2
  build=$PWD/build
fi
export PATH="$build/bin:$PATH"

status=0
if [ -n "$do_tests" ]; then
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
  # The stand-in of the tests is nowhere on the path of libraries: this is the
  # driver of the machine.
  gpu=test/Integration/GPU/Inputs
  python3 $gpu/on_hardware.py "$folder" test 200 || status=1
fi
if [ -n "$do_figures" ]; then
  mml-bench-gpu "$@" || status=1
fi
exit $status
