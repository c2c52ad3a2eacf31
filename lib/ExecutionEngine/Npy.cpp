//===- Npy.cpp - NumPy's .npy files ---------------------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/ExecutionEngine/Npy.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/MemoryBuffer.h"

#include <cstring>
#include <optional>

using namespace mml::engine;
using llvm::createStringError;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;
using llvm::Twine;

static constexpr char magic[] = "\x93NUMPY";
static constexpr size_t magicSize = sizeof(magic) - 1;
/// Magic and two bytes of version.
static constexpr size_t prefixSize = magicSize + 2;
/// Far more than `maxRank` dimensions need.
static constexpr size_t maxHeaderSize = 1 << 16;

namespace {
/// What the header's dictionary says.
struct Header {
  std::optional<DType> dtype;
  std::optional<bool> fortranOrder;
  std::optional<llvm::SmallVector<int64_t>> shape;
};

/// Reads the header's dictionary, a Python literal: text, True, False and
/// tuples of integers are the only values that its three keys can have.
class HeaderParser {
public:
  explicit HeaderParser(StringRef text) : rest(text) {}

  Expected<Header> parse();

private:
  /// Takes `token` after white space, if it is next.
  bool consume(StringRef token) {
    rest = rest.ltrim();
    return rest.consume_front(token);
  }
  Error expected(const Twine &what) {
    if (rest.empty())
      return createStringError("damaged header: expected " + what +
                               " but the header ends");
    std::string got;
    llvm::raw_string_ostream os(got);
    llvm::printEscapedString(rest.take_front(16), os);
    return createStringError("damaged header: expected " + what +
                             " but got \"" + got + "\"");
  }
  Expected<StringRef> parseString();
  Error parseEntry(Header &header);
  Error parseDescr(Header &header);
  Error parseFortranOrder(Header &header);
  Error parseShape(Header &header);

  StringRef rest;
};
} // namespace

Expected<StringRef> HeaderParser::parseString() {
  rest = rest.ltrim();
  StringRef quote = rest.take_front(1);
  if (quote != "'" && quote != "\"")
    return expected("text in quotes");
  size_t end = rest.find(quote[0], 1);
  if (end == StringRef::npos)
    return expected("text with a closing quote");
  StringRef text = rest.slice(1, end);
  rest = rest.drop_front(end + 1);
  return text;
}

Error HeaderParser::parseDescr(Header &header) {
  rest = rest.ltrim();
  if (rest.starts_with("["))
    return createStringError("expected one of the element types b1, i1, i2, "
                             "i4, i8, u1, u2, u4, u8, f2, f4, f8 but got a "
                             "structure of several fields");
  Expected<StringRef> descr = parseString();
  if (!descr)
    return descr.takeError();
  header.dtype = llvm::StringSwitch<std::optional<DType>>(*descr)
                     .Cases({"|b1", "<b1"}, DType::I1)
                     .Cases({"|i1", "<i1"}, DType::I8)
                     .Cases({"|u1", "<u1"}, DType::U8)
                     .Case("<i2", DType::I16)
                     .Case("<u2", DType::U16)
                     .Case("<i4", DType::I32)
                     .Case("<u4", DType::U32)
                     .Case("<i8", DType::I64)
                     .Case("<u8", DType::U64)
                     .Case("<f2", DType::F16)
                     .Case("<f4", DType::F32)
                     .Case("<f8", DType::F64)
                     .Default(std::nullopt);
  if (header.dtype)
    return Error::success();
  std::string got;
  llvm::raw_string_ostream os(got);
  llvm::printEscapedString(descr->take_front(16), os);
  if (descr->starts_with(">"))
    return createStringError("expected little-endian data but got '" + got +
                             "'");
  return createStringError("expected one of the element types b1, i1, i2, i4, "
                           "i8, u1, u2, u4, u8, f2, f4, f8 but got '" +
                           got + "'");
}

Error HeaderParser::parseFortranOrder(Header &header) {
  if (consume("True"))
    header.fortranOrder = true;
  else if (consume("False"))
    header.fortranOrder = false;
  else
    return expected("True or False");
  return Error::success();
}

Error HeaderParser::parseShape(Header &header) {
  if (!consume("("))
    return expected("'('");
  header.shape.emplace();
  while (!consume(")")) {
    if (!header.shape->empty() && !consume(","))
      return expected("',' or ')'");
    if (consume(")")) // The comma of (3,).
      break;
    rest = rest.ltrim();
    uint64_t size;
    if (rest.empty() || !llvm::isDigit(rest.front()))
      return expected("a dimension");
    if (rest.consumeInteger(10, size) || size > INT64_MAX)
      return expected("a dimension of at most 2^63 - 1");
    rest.consume_front("L"); // Python 2 wrote some integers so.
    if (header.shape->size() == maxRank)
      return createStringError("expected at most %u dimensions", maxRank);
    header.shape->push_back(static_cast<int64_t>(size));
  }
  return Error::success();
}

Error HeaderParser::parseEntry(Header &header) {
  Expected<StringRef> key = parseString();
  if (!key)
    return key.takeError();
  if (!consume(":"))
    return expected("':'");
  if (*key == "descr" && !header.dtype)
    return parseDescr(header);
  if (*key == "fortran_order" && !header.fortranOrder)
    return parseFortranOrder(header);
  if (*key == "shape" && !header.shape)
    return parseShape(header);
  std::string got;
  llvm::raw_string_ostream os(got);
  llvm::printEscapedString(key->take_front(32), os);
  return createStringError("damaged header: expected the keys 'descr', "
                           "'fortran_order' and 'shape' once each but got '" +
                           got + "'");
}

Expected<Header> HeaderParser::parse() {
  if (!consume("{"))
    return expected("'{'");
  Header header;
  bool first = true;
  while (!consume("}")) {
    if (!first && !consume(","))
      return expected("',' or '}'");
    if (!first && consume("}")) // The comma that NumPy writes at the end.
      break;
    first = false;
    if (Error error = parseEntry(header))
      return std::move(error);
  }
  rest = rest.trim();
  if (!rest.empty())
    return expected("the header's end");
  if (!header.dtype || !header.fortranOrder || !header.shape)
    return createStringError("damaged header: expected the keys 'descr', "
                             "'fortran_order' and 'shape' but '" +
                             Twine(!header.dtype          ? "descr"
                                   : !header.fortranOrder ? "fortran_order"
                                                          : "shape") +
                             "' is missing");
  return header;
}

/// Copies data whose first dimension is contiguous into C order.
static void transposeFromFortran(const char *source, HostTensor &tensor) {
  llvm::ArrayRef<int64_t> shape = tensor.getShape();
  size_t width = getByteWidth(tensor.getDType());
  llvm::SmallVector<int64_t> strides(shape.size()), position(shape.size(), 0);
  int64_t stride = 1;
  for (size_t d = 0; d < shape.size(); ++d) {
    strides[d] = stride;
    stride *= shape[d];
  }
  int64_t offset = 0;
  for (int64_t i = 0, e = tensor.getNumElements(); i < e; ++i) {
    std::memcpy(tensor.data() + i * width, source + offset * width, width);
    for (size_t d = shape.size(); d-- > 0;) {
      offset += strides[d];
      if (++position[d] < shape[d])
        break;
      offset -= strides[d] * shape[d];
      position[d] = 0;
    }
  }
}

/// The header's text, and in `data` what follows it.
static Expected<StringRef> splitHeader(StringRef buffer, StringRef &data) {
  if (!buffer.starts_with(StringRef(magic, magicSize)))
    return createStringError("not a .npy file");
  if (buffer.size() < prefixSize)
    return createStringError("the file ends in the header");
  unsigned major = static_cast<unsigned char>(buffer[magicSize]);
  unsigned minor = static_cast<unsigned char>(buffer[magicSize + 1]);
  if (major < 1 || major > 3 || minor != 0)
    return createStringError(
        "expected version 1.0, 2.0 or 3.0 of the format but got %u.%u", major,
        minor);
  size_t lengthSize = major == 1 ? 2 : 4;
  if (buffer.size() < prefixSize + lengthSize)
    return createStringError("the file ends in the header");
  const char *length = buffer.data() + prefixSize;
  size_t headerSize = major == 1 ? llvm::support::endian::read16le(length)
                                 : llvm::support::endian::read32le(length);
  if (headerSize > maxHeaderSize)
    return createStringError(
        "expected a header of at most %zu bytes but got %zu", maxHeaderSize,
        headerSize);
  buffer = buffer.drop_front(prefixSize + lengthSize);
  if (buffer.size() < headerSize)
    return createStringError("the file ends in the header");
  data = buffer.drop_front(headerSize);
  return buffer.take_front(headerSize);
}

static Expected<HostTensor> readArray(StringRef buffer) {
  StringRef data;
  Expected<StringRef> text = splitHeader(buffer, data);
  if (!text)
    return text.takeError();
  Expected<Header> header = HeaderParser(*text).parse();
  if (!header)
    return header.takeError();
  Expected<int64_t> byteSize = getByteSize(*header->dtype, *header->shape);
  if (!byteSize)
    return byteSize.takeError();
  if (data.size() != static_cast<uint64_t>(*byteSize))
    return createStringError("expected " + Twine(*byteSize) +
                             " bytes of data for " +
                             formatType(*header->dtype, *header->shape) +
                             " but got " + Twine(data.size()));

  Expected<HostTensor> tensor =
      HostTensor::createUninitialized(*header->dtype, *header->shape);
  if (!tensor)
    return tensor.takeError();
  if (*header->fortranOrder)
    transposeFromFortran(data.data(), *tensor);
  else if (!data.empty())
    std::memcpy(tensor->data(), data.data(), data.size());
  if (*header->dtype == DType::I1)
    for (uint8_t &value : tensor->as<uint8_t>())
      if (value > 1)
        return createStringError(
            "expected booleans to be stored as 0 or 1 but got %u", value);
  return tensor;
}

Expected<HostTensor> mml::engine::readNpy(llvm::MemoryBufferRef buffer) {
  Expected<HostTensor> tensor = readArray(buffer.getBuffer());
  if (!tensor)
    return createStringError(buffer.getBufferIdentifier() + ": " +
                             llvm::toString(tensor.takeError()));
  return tensor;
}

Expected<HostTensor> mml::engine::readNpyFile(StringRef path) {
  llvm::ErrorOr<std::unique_ptr<llvm::MemoryBuffer>> buffer =
      llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                  /*RequiresNullTerminator=*/false);
  if (!buffer)
    return createStringError(path + ": " + buffer.getError().message());
  return readNpy(**buffer);
}

/// NumPy's name of an element type.
static StringRef getDescr(DType dtype) {
  switch (dtype) {
  case DType::I1:
    return "|b1";
  case DType::I8:
    return "|i1";
  case DType::I16:
    return "<i2";
  case DType::I32:
    return "<i4";
  case DType::I64:
    return "<i8";
  case DType::U8:
    return "|u1";
  case DType::U16:
    return "<u2";
  case DType::U32:
    return "<u4";
  case DType::U64:
    return "<u8";
  case DType::F16:
    return "<f2";
  case DType::F32:
    return "<f4";
  case DType::F64:
    return "<f8";
  }
  llvm_unreachable("unknown element type");
}

void mml::engine::writeNpy(llvm::raw_ostream &os, const HostTensor &tensor) {
  std::string header;
  llvm::raw_string_ostream headerOS(header);
  headerOS << "{'descr': '" << getDescr(tensor.getDType())
           << "', 'fortran_order': False, 'shape': (";
  llvm::interleaveComma(tensor.getShape(), headerOS);
  headerOS << (tensor.getShape().size() == 1 ? ",), }" : "), }");

  // `maxRank` dimensions of 20 digits fit version 1.0's 16 bits of length. The
  // header is padded with spaces and ends in a newline.
  size_t start = prefixSize + 2;
  size_t total = llvm::alignTo(start + header.size() + 1, 64);
  header.append(total - start - header.size() - 1, ' ');
  header.push_back('\n');
  char length[2];
  llvm::support::endian::write16le(length, header.size());
  os << StringRef(magic, magicSize) << '\1' << '\0'
     << StringRef(length, sizeof(length)) << header
     << StringRef(tensor.data(), tensor.getByteSize());
}
