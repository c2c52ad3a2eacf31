#!/usr/bin/env bash
# Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Installs what building, testing and benchmarking MML needs and this system
# lacks, by apt, as root or through sudo. Where nothing is missing it prints
# nothing, needs no rights and touches no network.
#
#   scripts/install-deps.sh [--check] [extra packages...]
#
# --check only reports what is missing and fails if anything is.
set -euo pipefail
# dpkg needs the system folders, which a user's PATH may not hold.
export PATH="${PATH:-/usr/local/bin:/usr/bin:/bin}:/usr/local/sbin:/usr/sbin:/sbin"

packages=(
  # The compiler, and LLVM and MLIR as shared libraries with their tools.
  # llvm-22-tools has lit and FileCheck, mlir-22-tools has mlir-tblgen. Each is
  # named although some depend on others: recommendations are not installed.
  clang-22 lld-22 llvm-22 llvm-22-dev llvm-22-tools libmlir-22-dev
  mlir-22-tools libomp-22-dev
  # What the model reader reads with.
  libhdf5-dev libzip-dev zlib1g-dev
  # The build.
  cmake ninja-build ccache pkg-config make
  # The tests: gtest, lit's time limit, and the two style checkers.
  libgtest-dev python3 python3-psutil clang-format-22 clang-tidy-22
  # The tests of code for AArch64: its C library, and what runs its programs.
  libc6-dev-arm64-cross libgcc-12-dev-arm64-cross qemu-user
  # The site of docs/.
  mkdocs mkdocs-material
  # The Debian packages: what finds the packages that ours depend on.
  dpkg-dev file
  # The benchmarks.
  libbenchmark-dev libopenblas-dev libdnnl-dev
)

say() { printf '%s\n' "$*"; }
die() {
  printf 'install-deps: %s\n' "$*" >&2
  exit 1
}

# What CMake is told to look for is Debian's layout; say so where it is not.
if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  die "this system has no apt; MML is built on Debian 12, elsewhere install" \
    "by hand what matches these packages: ${packages[*]}"
fi

check=false
if [[ "${1:-}" == --check ]]; then
  check=true
  shift
fi
packages+=("$@")

# One query for all; a package that dpkg has never heard of prints no line.
declare -A installed=()
while read -r name status; do
  if [[ "$status" == installed ]]; then
    installed[$name]=1
  fi
done < <(dpkg-query -W -f '${Package} ${db:Status-Status}\n' \
  "${packages[@]}" 2>/dev/null || true)
missing=()
for package in "${packages[@]}"; do
  if [[ -z "${installed[$package]:-}" ]]; then
    missing+=("$package")
  fi
done
if ((${#missing[@]} == 0)); then
  exit 0
fi
if $check; then
  die "missing packages: ${missing[*]}"
fi

# Root installs directly, others through sudo.
if [[ "$(id -u)" == 0 ]]; then
  as_root=()
elif command -v sudo >/dev/null; then
  as_root=(sudo)
else
  die "missing packages: ${missing[*]}; installing them needs root or sudo:" \
    "run 'apt-get install ${missing[*]}' as root, then try again"
fi

apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get
  -o Acquire::Retries=3 -o DPkg::Lock::Timeout=300)
log="$(mktemp)"
trap 'rm -f "$log"' EXIT

# Runs apt, which is only worth reading where it fails.
quietly() {
  if ! "$@" >"$log" 2>&1 </dev/null; then
    cat "$log" >&2
    return 1
  fi
}

say "Installing ${#missing[@]} packages by apt: ${missing[*]}"
if ((${#as_root[@]} != 0)) && ! sudo -n true 2>/dev/null; then
  # Asks once, visibly, before the output of apt is put away.
  sudo -v || die "sudo was refused; installing needs root or sudo"
fi
say "  updating the package lists"
quietly "${apt[@]}" update || die "apt could not update its package lists"

unknown=()
for package in "${missing[@]}"; do
  candidate="$(apt-cache policy "$package" | sed -n 's/^ *Candidate: //p')"
  if [[ -z "$candidate" || "$candidate" == "(none)" ]]; then
    unknown+=("$package")
  fi
done
if ((${#unknown[@]} != 0)); then
  system="$(sed -n 's/^PRETTY_NAME="\(.*\)"/\1/p' /etc/os-release || true)"
  die "the package sources of this system (${system:-unknown}) do not have:" \
    "${unknown[*]}. MML is built on Debian 12; LLVM 22 is in its security" \
    "updates (suite bookworm-security, component main)"
fi

say "  downloading and installing; where LLVM is among them this takes minutes"
quietly "${apt[@]}" install -y --no-install-recommends "${missing[@]}" ||
  die "apt could not install: ${missing[*]}"
say "  done"
