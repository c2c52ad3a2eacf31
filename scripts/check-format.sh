#!/usr/bin/env bash
# Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Fails where a C++ file is not as clang-format writes it, naming the lines.
#
#   scripts/check-format.sh [--fix] [folders...]
#
# --fix formats instead. Without folders: all of ours.
set -euo pipefail

mode=(--dry-run -Werror --ferror-limit=1)
if [[ "${1:-}" == --fix ]]; then
  mode=(-i)
  shift
fi
if (($# == 0)); then
  cd "$(dirname "${BASH_SOURCE[0]}")/.."
  set -- include lib tools unittests fuzz benchmarks examples test/Support
fi
mapfile -d '' files < <(find "$@" -type f \
  \( -name '*.h' -o -name '*.cpp' -o -name '*.c' \) -print0 | sort -z)
if ((${#files[@]} == 0)); then
  echo "check-format: no C++ files in: $*" >&2
  exit 1
fi
exec clang-format-22 --style=file "${mode[@]}" "${files[@]}"
