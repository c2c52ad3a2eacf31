# Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What Linux says of the machine that is measured on."""
import os
import pathlib

# Where the system does not tell the size of the last-level cache.
ASSUMED_CACHE = 64 << 20
CACHES = pathlib.Path("/sys/devices/system/cpu/cpu0/cache")
UNITS = {"K": 10, "M": 20, "G": 30}
# What decides which kernels of a library run.
FEATURES = ("avx2", "avx_vnni", "avx512f", "avx512_vnni", "avx512vbmi",
            "avx512_bf16", "avx512_fp16", "amx_int8", "amx_bf16", "asimddp",
            "i8mm", "sve")


def processor_fields():
    """What /proc/cpuinfo says of the first processor."""
    fields = {}
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        for line in file:
            key, _, value = line.partition(":")
            fields.setdefault(key.strip(), value.strip())
    return fields


def describe():
    fields = processor_fields()
    flags = set(fields.get("flags", fields.get("Features", "")).split())
    return {"processor": fields.get("model name", "unknown"),
            "features": [name for name in FEATURES if name in flags],
            "cores": len(os.sched_getaffinity(0)),
            "load_average": os.getloadavg()[0]}


def parse_size(text):
    """Bytes of a size like 32K."""
    shift = UNITS.get(text[-1:], 0)
    return int(text[:-1] if shift else text) << shift


def last_level_cache(folder=CACHES):
    """(bytes, where the number is from) of the cache of the highest level that
    holds data."""
    largest = (0, 0)
    for index in folder.glob("index*"):
        try:
            if (index / "type").read_text().strip() == "Instruction":
                continue
            level = int((index / "level").read_text())
            size = parse_size((index / "size").read_text().strip())
        except (OSError, ValueError):
            continue
        largest = max(largest, (level, size))
    if largest[1] == 0:
        return ASSUMED_CACHE, "assumed, as the system does not tell it"
    return largest[1], "as the system says"


def available_memory():
    """Bytes that programs can still have."""
    with open("/proc/meminfo", encoding="utf-8") as file:
        for line in file:
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) << 10
    return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
