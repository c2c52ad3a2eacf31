#!/usr/bin/env bash
# Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Compiles the contractions that make_contractions.py wrote to FOLDER, links
# them to contractions.c, and runs the program by RUN.
#
#   [BREAK=SCRIPT] check-contractions.sh FOLDER CLANG RUN OPTIONS...
#
# CLANG and RUN are words, the latter none where the program runs as it is.
# OPTIONS are mml-runner's. With BREAK, a script of sed, the code goes through
# assembly, which the script has to change.
set -euo pipefail
folder=$1
read -ra clang <<<"$2"
read -ra run <<<"$3"
inputs=$(dirname "${BASH_SOURCE[0]}")

emit() { mml-runner "$folder/contractions.mlir" "$@"; }
if [[ -n "${BREAK:-}" ]]; then
  code=$folder/contractions.s
  emit "${@:4}" --emit asm -o "$folder/whole.s"
  sed -E "$BREAK" "$folder/whole.s" >"$code"
  if cmp -s "$folder/whole.s" "$code"; then
    echo "there is nothing to break"
    exit 0
  fi
else
  code=$folder/contractions.o
  emit "${@:4}" --emit obj -o "$code"
fi
clang "${clang[@]}" -O1 -I "$folder" "$inputs/contractions.c" "$code" \
  -o "$folder/contractions"
"${run[@]}" "$folder/contractions"
