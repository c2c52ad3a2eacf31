//===- LibraryHeader.cpp - The header of a library ------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LibraryHeader.h"

#include "mml/ExecutionEngine/Library.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Config/llvm-config.h"

using namespace mml::engine;
using llvm::StringRef;

std::string mml::engine::makeIdentifier(StringRef text) {
  std::string result = text.str();
  for (char &c : result)
    if (!llvm::isAlnum(c))
      c = '_';
  if (result.empty() || llvm::isDigit(result.front()))
    result.insert(0, "_");
  return result;
}

bool mml::engine::takesBatch(const EntrySignature &signature) {
  return llvm::any_of(signature.inputs, [](const TensorSpec &spec) {
    return llvm::is_contained(spec.shape, dynamicSize);
  });
}

static StringRef getCType(DType dtype) {
  switch (dtype) {
  case DType::I1:
  case DType::U8:
    return "uint8_t";
  case DType::I8:
    return "int8_t";
  case DType::I16:
    return "int16_t";
  case DType::I32:
    return "int32_t";
  case DType::I64:
    return "int64_t";
  case DType::U16:
  case DType::F16:
    return "uint16_t";
  case DType::U32:
    return "uint32_t";
  case DType::U64:
    return "uint64_t";
  case DType::F32:
    return "float";
  case DType::F64:
    return "double";
  }
  llvm_unreachable("all element types are handled");
}

/// What C's type does not say of the elements.
static StringRef getNote(DType dtype) {
  return dtype == DType::I1    ? ", each 0 or 1"
         : dtype == DType::F16 ? ", the bits of IEEE's binary16"
                               : "";
}

namespace {
/// Prints one header.
class HeaderPrinter {
public:
  HeaderPrinter(llvm::raw_ostream &os, const LibraryDescription &library)
      : os(os), library(library), name(library.name), upper(name.upper()) {}

  void printHead();
  void printEntry(const EntrySignature &entry);
  void printFoot();

private:
  void printStatus(StringRef what, LibraryStatus value, StringRef meaning);
  void printWeights();
  void printTensor(StringRef parameter, const TensorSpec &spec);
  void printMacros(StringRef entry, StringRef parameter,
                   const TensorSpec &spec);

  llvm::raw_ostream &os;
  const LibraryDescription &library;
  StringRef name;
  std::string upper;
};
} // namespace

/// The parameters of C for tensors, `in_x`, `in_x_1`, ...
static std::vector<std::string>
makeParameters(StringRef prefix, llvm::ArrayRef<TensorSpec> specs) {
  std::vector<std::string> parameters;
  for (auto [index, spec] : llvm::enumerate(specs)) {
    std::string parameter = (prefix + makeIdentifier(spec.name)).str();
    if (llvm::is_contained(parameters, parameter))
      parameter += "_" + std::to_string(index);
    parameters.push_back(parameter);
  }
  return parameters;
}

void HeaderPrinter::printStatus(StringRef what, LibraryStatus value,
                                StringRef meaning) {
  os << "#define " << upper << '_' << what << ' ' << value << " /* " << meaning
     << " */\n";
}

void HeaderPrinter::printHead() {
  os << "/* A model as C calls it, made by MML for " << library.target << ".\n"
     << " *\n"
     << " * Tensors are row-major. Calls may overlap, in different threads, "
        "with\n"
     << " * workspaces of their own. A workspace is memory of any alignment; "
        "with one,\n"
     << " * nothing is allocated"
     << (library.usesOpenMP ? ", parallel loops of OpenMP aside" : "")
     << ". With NULL the call allocates it and frees\n"
     << " * it. */\n\n"
     << "#ifndef " << upper << "_H\n#define " << upper << "_H\n\n"
     << "#include <stddef.h>\n#include <stdint.h>\n\n"
     << "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n"
     << "/* What the functions return. */\n";
  printStatus("OK", LibraryOk, "all went well");
  printStatus("WORKSPACE_TOO_SMALL", LibraryWorkspaceTooSmall,
              "the workspace has fewer bytes than the call needs");
  printStatus("NO_MEMORY", LibraryNoMemory,
              "there is no memory for a workspace, or in a parallel loop");
  printStatus("BAD_BATCH", LibraryBadBatch,
              "the batch is negative or above INT32_MAX");
  printStatus("BAD_SHAPE", LibraryBadShape,
              "an output would not have the size of the batch");
  if (library.mayStop)
    printStatus("STOPPED", LibraryStopped,
                "the model expects something else of its inputs");
  if (library.hasWeightsBeside)
    printWeights();
  if (library.mayStop)
    os << "\n/* Why the last call of this thread stopped, if it returned "
       << upper << "_STOPPED.\n"
       << " * What a loop had allocated when it stopped is not given back. */\n"
       << "const char *" << name << "_message(void);\n";
}

void HeaderPrinter::printWeights() {
  printStatus("NO_WEIGHTS", LibraryNoWeights,
              "the weights have not been opened");
  printStatus("NO_FILE", LibraryNoFile, "the file cannot be opened");
  printStatus("BAD_WEIGHTS", LibraryBadWeights,
              "the file has other weights, or not all");
  os << "\n/* Maps the file " << name << ".weights into memory, before the "
     << "first call, and\n"
     << " * gives the memory back, after the last one. */\n"
     << "int " << name << "_open_weights(const char *path);\n"
     << "void " << name << "_close_weights(void);\n"
     << "\n/* Takes the bytes of that file from memory that is aligned to 64 "
        "bytes, and\n"
     << " * stays the caller's. */\n"
     << "int " << name << "_set_weights(const void *memory, size_t size);\n";
}

void HeaderPrinter::printTensor(StringRef parameter, const TensorSpec &spec) {
  os << " *   " << parameter << ": " << getCType(spec.dtype);
  for (int64_t size : spec.shape)
    if (size == dynamicSize)
      os << "[batch]";
    else
      os << '[' << size << ']';
  os << getNote(spec.dtype) << '\n';
}

void HeaderPrinter::printMacros(StringRef entry, StringRef parameter,
                                const TensorSpec &spec) {
  std::string prefix = (name + "_" + entry + "_" + parameter).str();
  prefix = StringRef(prefix).upper();
  os << "#define " << prefix << "_RANK " << spec.shape.size() << '\n';
  for (auto [axis, size] : llvm::enumerate(spec.shape))
    if (size != dynamicSize)
      os << "#define " << prefix << "_SIZE_" << axis << ' ' << size << '\n';
}

void HeaderPrinter::printEntry(const EntrySignature &signature) {
  std::string entry = makeIdentifier(signature.name);
  std::vector<std::string> inputs = makeParameters("in_", signature.inputs);
  std::vector<std::string> outputs = makeParameters("out_", signature.outputs);
  bool hasBatch = takesBatch(signature);

  os << "\n/* The sizes of '" << signature.name << "'"
     << (hasBatch ? ", but for the batch" : "") << ". */\n";
  for (auto [parameter, spec] : llvm::zip_equal(inputs, signature.inputs))
    printMacros(entry, parameter, spec);
  for (auto [parameter, spec] : llvm::zip_equal(outputs, signature.outputs))
    printMacros(entry, parameter, spec);

  os << "\n/* The bytes of workspace that a call needs"
     << (hasBatch ? " for a batch; 0 for none that it takes" : "") << ". */\n"
     << "size_t " << name << '_' << entry << "_workspace_size("
     << (hasBatch ? "int64_t batch" : "void") << ");\n";

  os << "\n/* Calls '" << signature.name << "':\n";
  for (auto [parameter, spec] : llvm::zip_equal(inputs, signature.inputs))
    printTensor(parameter, spec);
  os << " * and writes\n";
  for (auto [parameter, spec] : llvm::zip_equal(outputs, signature.outputs))
    printTensor(parameter, spec);
  os << " */\nint " << name << '_' << entry << '(';
  if (hasBatch)
    os << "\n    int64_t batch,";
  for (auto [parameter, spec] : llvm::zip_equal(inputs, signature.inputs))
    os << "\n    const " << getCType(spec.dtype) << " *" << parameter << ',';
  for (auto [parameter, spec] : llvm::zip_equal(outputs, signature.outputs))
    os << "\n    " << getCType(spec.dtype) << " *" << parameter << ',';
  os << "\n    void *workspace, size_t workspace_size);\n";
}

void HeaderPrinter::printFoot() {
  os << "\n#ifdef __cplusplus\n}\n#endif\n\n#endif /* " << upper << "_H */\n";
}

std::string
mml::engine::printLibraryHeader(const LibraryDescription &library,
                                llvm::ArrayRef<EntrySignature> entries) {
  std::string text;
  llvm::raw_string_ostream os(text);
  HeaderPrinter printer(os, library);
  printer.printHead();
  for (const EntrySignature &entry : entries)
    printer.printEntry(entry);
  printer.printFoot();
  return text;
}

std::string mml::engine::printLibraryCMake(const LibraryDescription &library) {
  StringRef name = library.name;
  std::string text;
  llvm::raw_string_ostream os(text);
  os << "# A model made by MML: include this file and link the target.\n"
     << "add_library(" << name << " OBJECT IMPORTED)\n"
     << "set_target_properties(" << name << " PROPERTIES\n"
     << "  IMPORTED_OBJECTS \"${CMAKE_CURRENT_LIST_DIR}/" << name << ".o\"\n"
     << "  INTERFACE_INCLUDE_DIRECTORIES \"${CMAKE_CURRENT_LIST_DIR}\")\n";
  if (library.hasWeightsBeside)
    os << "set(" << name << "_WEIGHTS \"${CMAKE_CURRENT_LIST_DIR}/" << name
       << ".weights\")\n";
  if (library.usesOpenMP)
    os << "# Its parallel loops call LLVM's OpenMP.\n"
       << "find_library(" << name << "_OPENMP NAMES omp libomp.so.5 REQUIRED\n"
       << "  PATHS /usr/lib/llvm-" << LLVM_VERSION_MAJOR << "/lib)\n"
       << "set_property(TARGET " << name
       << " PROPERTY INTERFACE_LINK_LIBRARIES ${" << name << "_OPENMP})\n";
  return text;
}
