#!/bin/sh
# Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# What a reduction looks for: a module with a layer. 1 means that it is there.
grep -q mml.dense "$1" && exit 1
exit 0
