//===- EdgeOps.td - A dialect that uses ours ---------------*- tablegen -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef EDGE_EDGEOPS_TD
#define EDGE_EDGEOPS_TD

include "mlir/IR/BuiltinAttributeInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mml/Dialect/MML/IR/MMLInterfaces.td"

def Edge_Dialect : Dialect {
  let name = "edge";
  let cppNamespace = "::edge";
  let summary = "Recognition of patterns in signals";
  let dependentDialects = ["::mlir::mml::MMLDialect",
                           "::mlir::arith::ArithDialect"];
}

def Edge_CorrelateOp : Op<Edge_Dialect, "correlate", [Pure]> {
  let summary = "How well signals agree with ternary patterns";
  let description = [{
    `scores[n, p] = sum_k Q(signal)[n, k] * patterns[k, p]`, where `quantizer`,
    one of the mml dialect's for activations, makes the signal integers.

    ```mlir
    %scores = edge.correlate %signal, dense<[[1], [-1]]> : tensor<2x1xi8>
        quantizer(#mml.absmax<i8, range = [-128, 127], epsilon = 1.0e-05,
                              limit = 1.0e+09, per = token>)
        : tensor<?x2xf32> -> tensor<?x1xf32>
    ```

    Constraints:
    - (C1) each element of `patterns` is -1, 0 or 1;
    - (C2) `patterns` has rank 2, a row for each column of the signal and a
      column for each of the scores.
  }];
  let arguments = (ins
    2DTensorOf<[F32]>:$signal,
    ElementsAttrInterface:$patterns,
    MML_QuantizerAttrInterface:$quantizer
  );
  let results = (outs 2DTensorOf<[F32]>:$scores);
  let assemblyFormat = [{
    $signal `,` $patterns `quantizer` `(` $quantizer `)` attr-dict `:`
    type($signal) `->` type($scores)
  }];
  let hasVerifier = 1;
}

#endif // EDGE_EDGEOPS_TD
