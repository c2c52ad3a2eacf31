#!/usr/bin/env bash
# Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Prints how many compilations to run at once: one for each processor, as far
# as memory goes. A file that includes MLIR's headers takes up to 1.5 GB.
set -euo pipefail

kib_per_job=1572864
jobs=$(nproc)
kib=$(awk '/^MemAvailable:/ { print $2 }' /proc/meminfo)
# A container may have less than the machine.
limit=$(cat /sys/fs/cgroup/memory.max 2>/dev/null || echo max)
if [[ "$limit" != max ]] && ((limit / 1024 < kib)); then
  kib=$((limit / 1024))
fi
if ((kib / kib_per_job < jobs)); then
  jobs=$((kib / kib_per_job))
fi
echo $((jobs < 1 ? 1 : jobs))
