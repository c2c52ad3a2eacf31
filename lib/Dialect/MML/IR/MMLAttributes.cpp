//===- MMLAttributes.cpp - Trits, activations and equations ---------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/Dialect/MML/IR/MMLDialect.h"

#include "CustomDirectives.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/ADT/SmallSet.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::mml;
namespace ternary = ::mml::ternary;

#include "mml/Dialect/MML/IR/MMLAttrInterfaces.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "mml/Dialect/MML/IR/MMLAttributes.cpp.inc"

void MMLDialect::registerAttributes() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "mml/Dialect/MML/IR/MMLAttributes.cpp.inc"
      >();
}

//===----------------------------------------------------------------------===//
// TritsAttr
//===----------------------------------------------------------------------===//

static constexpr int64_t kMaxTrits = int64_t(1) << 40;

/// A constant that says one value for all trits is short whatever its size;
/// more trits than this are not written out.
static constexpr int64_t kMaxSplatTrits = int64_t(1) << 30;

/// The number of bytes that the trits of `type` take in memory.
static int64_t getStorageBytes(RankedTensorType type) {
  auto layout = dyn_cast_or_null<LayoutAttrInterface>(type.getEncoding());
  if (!layout)
    return llvm::divideCeil(type.getNumElements(), 4);
  RankedTensorType storage = layout.getStorageType(type.getShape());
  return storage.getNumElements() *
         (storage.getElementTypeBitWidth() / CHAR_BIT);
}

LogicalResult TritsAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                RankedTensorType type, ElementsAttr storage) {
  // (C1)
  if (!type || !isa<TritType>(type.getElementType()) || !type.hasStaticShape())
    return emitError() << "expected a static tensor of trits but got " << type;
  int64_t count = 1;
  for (int64_t size : type.getShape())
    if (llvm::MulOverflow(count, size, count) || count >= kMaxTrits)
      return emitError() << "expected fewer than 2^40 trits but got " << type;
  // (C2)
  auto storageType = dyn_cast<RankedTensorType>(storage.getShapedType());
  if (!storageType)
    return emitError() << "expected trits in a tensor but got "
                       << storage.getShapedType();
  if (storageType.getElementType().isSignlessInteger(8)) {
    if (type.getEncoding())
      return emitError() << "expected the bytes of layout "
                         << type.getEncoding() << " but got " << storageType;
    if (storageType.getShape() != type.getShape())
      return emitError() << "expected trits of shape [" << type.getShape()
                         << "] but got [" << storageType.getShape() << "]";
    auto dense = dyn_cast<DenseIntElementsAttr>(storage);
    if (!dense)
      return emitError() << "expected one trit an element in a dense attribute";
    // (C3)
    auto verifyTrit = [&](const APInt &value) -> LogicalResult {
      if (value.getSExtValue() >= -1 && value.getSExtValue() <= 1)
        return success();
      return emitError() << "expected trits of -1, 0 or 1 but got "
                         << value.getSExtValue();
    };
    if (dense.isSplat())
      return verifyTrit(dense.getSplatValue<APInt>());
    for (const APInt &value : dense.getValues<APInt>())
      if (failed(verifyTrit(value)))
        return failure();
    return success();
  }
  if (!storageType.getElementType().isUnsignedInteger(8) ||
      storageType.getRank() != 1)
    return emitError() << "expected trits as i8 elements or as ui8 bytes in a "
                          "tensor of rank 1 but got "
                       << storageType;
  if (!isa<DenseResourceElementsAttr, DenseIntElementsAttr>(storage))
    return emitError() << "expected the bytes of trits in a dense or a "
                          "dense_resource attribute";
  int64_t expected = getStorageBytes(type);
  if (storageType.getNumElements() != expected)
    return emitError() << "expected " << expected << " bytes for " << type
                       << " but got " << storageType.getNumElements();
  return success();
}

TritsAttr TritsAttr::get(RankedTensorType type, StringRef name,
                         ternary::TritView trits) {
  ArrayRef<uint8_t> bytes = trits.data();
  auto storageType = RankedTensorType::get(
      {static_cast<int64_t>(bytes.size())},
      IntegerType::get(type.getContext(), 8, IntegerType::Unsigned));
  return get(type, createResource(
                       storageType, name,
                       ArrayRef(reinterpret_cast<const char *>(bytes.data()),
                                bytes.size())));
}

std::optional<ArrayRef<char>> TritsAttr::getBytes() const {
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(getStorage())) {
    AsmResourceBlob *blob = resource.getRawHandle().getBlob();
    if (!blob)
      return std::nullopt;
    return blob->getData();
  }
  return cast<DenseIntElementsAttr>(getStorage()).getRawData();
}

LogicalResult
TritsAttr::verifyContents(function_ref<InFlightDiagnostic()> emitError) const {
  if (getStorage().getElementType().isSignlessInteger(8))
    return success(); // Checked when the attribute was made.
  auto resource = dyn_cast<DenseResourceElementsAttr>(getStorage());
  std::optional<ArrayRef<char>> bytes = getBytes();
  if (!bytes)
    return emitError() << "expected resource '"
                       << resource.getRawHandle().getKey() << "' to have data";
  bool isSplat = !resource && getStorage().isSplat();
  int64_t expected = isSplat ? 1 : getStorageBytes(getType());
  if (static_cast<int64_t>(bytes->size()) != expected)
    return emitError() << "expected " << expected << " bytes of trits but got "
                       << bytes->size();
  if (getType().getEncoding())
    return success();
  // The last byte may hold fewer trits than the others; where all bytes are the
  // same, it is valid only if they are.
  int64_t count = getType().getNumElements();
  if (isSplat)
    count = count % 4 == 0 ? 4 : count % 4;
  auto trits = ternary::TritView::fromBytes(
      count, ArrayRef(reinterpret_cast<const uint8_t *>(bytes->data()),
                      bytes->size()));
  if (!trits)
    return emitError() << llvm::toString(trits.takeError());
  return success();
}

FailureOr<ternary::TritArray> TritsAttr::getTrits() const {
  if (getType().getEncoding())
    return failure();
  if (getStorage().isSplat() && getType().getNumElements() > kMaxSplatTrits)
    return failure();
  auto checked = [](llvm::Expected<ternary::TritArray> trits)
      -> FailureOr<ternary::TritArray> {
    if (trits)
      return std::move(*trits);
    llvm::consumeError(trits.takeError());
    return failure();
  };
  if (getStorage().getElementType().isSignlessInteger(8))
    return checked(ternary::TritArray::fromTrits(llvm::to_vector(
        cast<DenseIntElementsAttr>(getStorage()).getValues<int8_t>())));
  std::optional<ArrayRef<char>> bytes = getBytes();
  if (!bytes)
    return failure();
  SmallVector<char> splat;
  if (getStorage().isSplat()) {
    splat.assign(getStorageBytes(getType()), bytes->front());
    bytes = splat;
  }
  return checked(ternary::TritArray::fromBytes(
      getType().getNumElements(),
      ArrayRef(reinterpret_cast<const uint8_t *>(bytes->data()),
               bytes->size())));
}

FailureOr<TritsAttr> TritsAttr::withLayout(LayoutAttrInterface layout,
                                           StringRef name) const {
  FailureOr<ternary::TritArray> trits = getTrits();
  if (failed(trits))
    return failure();
  auto type = RankedTensorType::get(getType().getShape(),
                                    getType().getElementType(), layout);
  int64_t numBytes = getStorageBytes(type);
  auto storageType = RankedTensorType::get(
      {numBytes}, IntegerType::get(getContext(), 8, IntegerType::Unsigned));
  auto pack = [&](MutableArrayRef<char> storage) {
    layout.pack(type.getShape(), *trits, storage);
  };
  return get(type, createResource(storageType, name, numBytes, pack));
}

StringRef TritsAttr::getResourceName(StringRef fallback) const {
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(getStorage()))
    return resource.getRawHandle().getKey();
  return fallback;
}

//===----------------------------------------------------------------------===//
// ActivationAttr
//===----------------------------------------------------------------------===//

FailureOr<ActivationAttr>
ActivationAttr::get(function_ref<InFlightDiagnostic()> emitError,
                    MLIRContext *context, ternary::Activation kind,
                    ArrayRef<std::pair<StringRef, double>> given) {
  // (C2)
  llvm::SmallSet<StringRef, 4> names;
  for (StringRef name : llvm::make_first_range(given))
    if (!names.insert(name).second)
      return emitError() << "activation '" << ternary::getInfo(kind).name
                         << "' got the parameter '" << name << "' twice";
  auto values = ternary::resolveParams(kind, given);
  if (!values)
    return emitError() << llvm::toString(values.takeError());
  auto attr = getChecked(emitError, context, kind,
                         DenseF64ArrayAttr::get(context, *values));
  if (!attr)
    return failure();
  return attr;
}

bool ActivationAttr::isRowWise() const {
  return ternary::getInfo(getKind()).extent !=
         ternary::ActivationExtent::Elementwise;
}

bool ActivationAttr::isIdentity() const {
  return getKind() == ternary::Activation::Linear;
}

bool ActivationAttr::halvesAxis() const {
  return ternary::getInfo(getKind()).extent ==
         ternary::ActivationExtent::HalvedRow;
}

LogicalResult
ActivationAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                       ternary::Activation kind, DenseF64ArrayAttr parameters) {
  // (C2)
  if (llvm::Error error = ternary::verifyParams(kind, parameters.asArrayRef()))
    return emitError() << llvm::toString(std::move(error));
  return success();
}

Attribute ActivationAttr::parse(AsmParser &parser, Type) {
  StringRef name;
  if (parser.parseLess())
    return {};
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseKeyword(&name))
    return {};
  std::optional<ternary::Activation> kind = ternary::parseActivation(name);
  // (C1)
  if (!kind) {
    parser.emitError(loc) << llvm::toString(
        ternary::makeUnknownActivationError(name));
    return {};
  }
  SmallVector<std::pair<StringRef, double>> given;
  auto parseParameter = [&]() -> ParseResult {
    auto &[parameter, value] = given.emplace_back();
    return failure(parser.parseKeyword(&parameter) || parser.parseEqual() ||
                   parseDouble(parser, value));
  };
  if (succeeded(parser.parseOptionalLParen()))
    if (parser.parseCommaSeparatedList(parseParameter) || parser.parseRParen())
      return {};
  if (parser.parseGreater())
    return {};
  FailureOr<ActivationAttr> attr = get([&] { return parser.emitError(loc); },
                                       parser.getContext(), *kind, given);
  return failed(attr) ? ActivationAttr() : *attr;
}

void ActivationAttr::print(AsmPrinter &printer) const {
  const ternary::ActivationInfo &info = ternary::getInfo(getKind());
  printer << '<' << info.name;
  SmallVector<std::pair<StringRef, double>> changed;
  for (auto [parameter, value] :
       llvm::zip(info.params, getParameters().asArrayRef()))
    if (parameter.defaultValue != value)
      changed.emplace_back(parameter.name, value);
  if (!changed.empty()) {
    printer << '(';
    llvm::interleaveComma(changed, printer, [&](const auto &entry) {
      printer << entry.first << " = ";
      printDouble(printer, entry.second);
    });
    printer << ')';
  }
  printer << '>';
}

//===----------------------------------------------------------------------===//
// EquationAttr
//===----------------------------------------------------------------------===//

ParseResult mlir::mml::parseEquation(AsmParser &parser, EquationAttr &attr) {
  SMLoc loc = parser.getCurrentLocation();
  std::string text;
  if (parser.parseString(&text))
    return failure();
  // (C1) (C2)
  llvm::Expected<::mml::einsum::Equation> equation =
      ::mml::einsum::Equation::parse(text);
  if (equation) {
    attr = EquationAttr::get(parser.getContext(), *equation);
    return success();
  }
  llvm::handleAllErrors(
      equation.takeError(), [&](const ::mml::einsum::EquationError &error) {
        // The characters of the string are those of the source where none of
        // them in front of the fault was escaped.
        const char *source = loc.getPointer() + 1;
        size_t column = error.getColumn();
        bool isPlain = StringRef(text).take_front(column) ==
                       StringRef(source, std::min(column, text.size()));
        parser.emitError(isPlain ? SMLoc::getFromPointer(source + column) : loc)
            << error.getMessage();
      });
  return failure();
}

void mlir::mml::printEquation(AsmPrinter &printer, EquationAttr attr) {
  printer << '"' << attr.getValue().str() << '"';
}

Attribute EquationAttr::parse(AsmParser &parser, Type) {
  EquationAttr attr;
  if (parser.parseLess() || parseEquation(parser, attr) ||
      parser.parseGreater())
    return {};
  return attr;
}

void EquationAttr::print(AsmPrinter &printer) const {
  printer << '<';
  printEquation(printer, *this);
  printer << '>';
}
