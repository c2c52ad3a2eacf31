//===- MMLBytecode.cpp - Attributes in bytecode ---------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MMLBytecode.h"

#include "mlir/Bytecode/BytecodeImplementation.h"

using namespace mlir;
using namespace mlir::mml;

namespace {

/// What an attribute begins with. Files in the world hold these numbers.
enum AttributeCode : uint64_t {
  /// type, storage
  Trits = 0,
};

/// An attribute without a form of its own is stored as its text. A text that
/// names a resource is read as that of a new one, without its bytes.
struct MMLBytecodeInterface : BytecodeDialectInterface {
  explicit MMLBytecodeInterface(Dialect *dialect)
      : BytecodeDialectInterface(dialect) {}

  LogicalResult writeAttribute(Attribute attribute,
                               DialectBytecodeWriter &writer) const override {
    auto trits = dyn_cast<TritsAttr>(attribute);
    if (!trits)
      return failure();
    writer.writeVarInt(Trits);
    writer.writeType(trits.getType());
    writer.writeAttribute(trits.getStorage());
    return success();
  }

  Attribute readAttribute(DialectBytecodeReader &reader) const override {
    uint64_t code;
    if (failed(reader.readVarInt(code)))
      return {};
    if (code != Trits) {
      reader.emitError() << "expected an attribute of the mml dialect but got "
                            "the unknown code "
                         << code;
      return {};
    }
    RankedTensorType type;
    ElementsAttr storage;
    if (failed(reader.readType(type)) || failed(reader.readAttribute(storage)))
      return {};
    return TritsAttr::getChecked([&] { return reader.emitError(); },
                                 type.getContext(), type, storage);
  }
};

} // namespace

void mlir::mml::addBytecodeInterface(MMLDialect &dialect) {
  dialect.addInterfaces<MMLBytecodeInterface>();
}
