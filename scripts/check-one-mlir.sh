#!/usr/bin/env bash
# Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Fails where a program holds a second LLVM or MLIR. Linking one of their static
# archives beside the shared library gives each type two identities, and casts
# and option registrations then fail at run time in ways that are hard to read.
#
#   scripts/check-one-mlir.sh programs...
set -euo pipefail

if (($# == 0)); then
  echo "check-one-mlir: no programs given" >&2
  exit 1
fi
failed=0
for program in "$@"; do
  if [[ ! -x "$program" ]]; then
    echo "$program: expected a program" >&2
    exit 1
  fi
  copies=$(llvm-nm-22 --defined-only --demangle "$program" |
    grep -E ' (mlir::MLIRContext::MLIRContext|llvm::LLVMContext::LLVMContext)\(' || true)
  if [[ -n "$copies" ]]; then
    printf '%s: expected LLVM and MLIR in shared libraries only but it defines:\n%s\n' \
      "$program" "$copies" >&2
    failed=1
  fi
  libraries=$(ldd "$program")
  for library in libMLIR libLLVM; do
    count=$(grep -cE "^\s*${library}[-.]" <<<"$libraries" || true)
    if ((count > 1)); then
      printf '%s: expected one %s but it loads %d:\n%s\n' \
        "$program" "$library" "$count" "$libraries" >&2
      failed=1
    fi
  done
done
exit $failed
