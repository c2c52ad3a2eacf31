//===- LayerName.cpp - Which layer an operation comes from ----------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LayerName.h"

#include "llvm/ADT/Twine.h"
#include "llvm/Support/Path.h"

using namespace mlir;

StringAttr mlir::mml::getLayerName(Location location) {
  if (auto name = location->findInstanceOf<NameLoc>())
    return name.getName();
  if (auto place = location->findInstanceOf<FileLineColLoc>())
    return StringAttr::get(
        location.getContext(),
        llvm::sys::path::filename(place.getFilename().getValue()) + ":" +
            llvm::Twine(place.getLine()));
  return {};
}
