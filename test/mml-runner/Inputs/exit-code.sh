# Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# exit-code.sh CODE COMMAND...: runs the command; fails unless it ends with CODE
# and has written one line to the standard error.
code=$1
shift
errors=$("$@" 2>&1 >/dev/null </dev/null)
actual=$?
printf '%s\n' "$errors" >&2
if [ "$actual" != "$code" ]; then
  echo "expected exit code $code but got $actual" >&2
  exit 1
fi
if [ "$(printf '%s\n' "$errors" | wc -l)" != 1 ]; then
  echo "expected one line on the standard error" >&2
  exit 1
fi
