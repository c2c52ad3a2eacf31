#!/usr/bin/env bash
# Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Builds the site of docs/ with Debian's mkdocs, which needs no network. A link
# that leads nowhere and a page that the navigation lacks are errors.
#
#   scripts/build-site.sh [output folder] [source folder]
set -euo pipefail
source_dir="${2:-$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)}"
output="$(realpath -m "${1:-$source_dir/build/site}")"
log="$(mktemp)"
trap 'rm -f "$log"' EXIT
# mkdocs of another Python's packages would lack the theme.
if ! env -u PYTHONPATH /usr/bin/mkdocs build --strict --clean \
  --config-file "$source_dir/mkdocs.yml" --site-dir "$output" >"$log" 2>&1; then
  grep -v '^INFO' "$log" >&2
  exit 1
fi
"$(dirname "${BASH_SOURCE[0]}")/check-links.py" "$output"
# Not an error to mkdocs.
for page in "$source_dir"/docs/*.md; do
  if ! grep -q ": $(basename "$page")\$" "$source_dir/mkdocs.yml"; then
    printf 'build-site: %s is not in mkdocs.yml\n' "docs/$(basename "$page")" >&2
    exit 1
  fi
done
