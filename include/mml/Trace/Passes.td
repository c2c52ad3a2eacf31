//===- Passes.td - Passes that run models ------------------*- tablegen -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_TRACE_PASSES_TD
#define MML_TRACE_PASSES_TD

include "mlir/Pass/PassBase.td"

def TracePass : Pass<"mml-trace", "::mlir::ModuleOp"> {
  let summary = "Run a model and find the first operation that computes otherwise";
  let description = [{
    Compiles the module by two pipelines, runs both on the same inputs, and says
    of each value that an operation computes, in the order of the core form, what
    it holds: the least and the largest number, the mean of |x|, how many are NaN
    or infinite, and a CRC-32 of its bytes. The first value that differs is an
    error at its operation, with the index, both numbers, their distance in ulps,
    and whether what the operation reads agrees. The module stays as it is.
    `mml-opt` has this pass; the plug-in does not, as it runs code.

    Values are those of `mml-record-values`, by the same names. Without `pipeline`
    and `target`, the one side is what `mml-runner` runs on this machine; without
    `against`, the other is the portable reference: one byte a trit, as loops. A
    pipeline is the text of one, `mml-cpu{kernel=lookup}`, and may enter later
    forms again: `mml-cpu{stop-after=vector},my-pass,mml-cpu`. Integers have to be
    equal; floats may differ by `tolerance`, relative to the largest number of
    the expected value.

    Values that are recorded are not fused with what follows. So where all agree,
    both sides are run once more without records, and their outputs compared.

    A float that is some ulps off may be rounded to another integer, and then all
    that follows differs. With `isolate`, each operation of the traced side reads
    what the other side has computed, so that the first value that differs is of an
    operation that does, and none differs because of another one.

    With `reference`, values are compared with files instead: NAME.npy, where a
    slash in a name leads into a folder (`dense_3/contract.npy`). The name of a
    layer stands for the last of its values (`dense_3.npy`), and outputs have
    their names.

    ```
    mml-opt model.mlir --mml-trace -o /dev/null
    mml-opt model.mlir --mml-trace="target=cuda tolerance=1e-4" -o /dev/null
    mml-opt model.mlir --mml-trace="against={mml-cpu{kernel=addsub}}" -o /dev/null
    mml-opt model.mlir --mml-trace="inputs=x.npy reference=folder" -o /dev/null
    ```
  }];
  let options = [
    Option<"target", "target", "::mlir::mml::TraceTarget",
           /*default=*/"::mlir::mml::TraceTarget::CPU",
           "What the traced side runs on",
           [{::llvm::cl::values(
               clEnumValN(::mlir::mml::TraceTarget::CPU, "cpu",
                          "this machine's cores"),
               clEnumValN(::mlir::mml::TraceTarget::CUDA, "cuda",
                          "the first GPU"))}]>,
    Option<"kernel", "kernel", "::mlir::mml::KernelKind",
           /*default=*/"::mlir::mml::KernelKind::Auto",
           "The kernel of the traced side on cores",
           [{::llvm::cl::values(
               clEnumValN(::mlir::mml::KernelKind::Auto, "auto",
                          "the one that is expected to be the fastest"),
               clEnumValN(::mlir::mml::KernelKind::AddSub, "addsub",
                          "additions and subtractions under masks"),
               clEnumValN(::mlir::mml::KernelKind::Dot, "dot",
                          "dot product instructions"),
               clEnumValN(::mlir::mml::KernelKind::Lookup, "lookup",
                          "tables of the sums of three activations"),
               clEnumValN(::mlir::mml::KernelKind::Mixed, "mixed",
                          "both of these on ports of their own"),
               clEnumValN(::mlir::mml::KernelKind::Reference, "reference",
                          "one byte a trit, as linalg loops"))}]>,
    Option<"pipeline", "pipeline", "std::string", /*default=*/"\"\"",
           "The passes of the traced side (default: as `target` and `kernel` "
           "say)">,
    Option<"against", "against", "std::string", /*default=*/"\"\"",
           "The passes of the other side (default: the portable reference)">,
    Option<"reference", "reference", "std::string", /*default=*/"\"\"",
           "A folder of .npy files to compare with, in place of another side">,
    Option<"rangesOnly", "ranges-only", "bool", /*default=*/"false",
           "Compare with nothing">,
    Option<"isolate", "isolate", "bool", /*default=*/"false",
           "Give each operation what the other side has computed">,
    Option<"entry", "entry", "std::string", /*default=*/"\"\"",
           "The function to run (default: the only one)">,
    ListOption<"inputs", "inputs", "std::string",
               "An .npy file for each input, in order, or NAME=FILE; without "
               "them, random data">,
    Option<"batch", "batch", "int64_t", /*default=*/"4",
           "The size of dynamic dimensions of random data">,
    Option<"seed", "seed", "uint64_t", /*default=*/"0",
           "What random data follow from">,
    Option<"tolerance", "tolerance", "double", /*default=*/"1e-5",
           "How much floats may differ, relative to the largest number of the "
           "expected value">,
    Option<"values", "values", "std::string", /*default=*/"\"\"",
           "A folder for the values of the traced side, as `reference` reads "
           "them">,
    Option<"report", "report", "std::string", /*default=*/"\"-\"",
           "Where the ranges of values go; - is the standard error">
  ];
}

#endif // MML_TRACE_PASSES_TD
