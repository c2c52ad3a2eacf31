//===- MMLVectorOps.td - Operations on vectors -----------*- tablegen -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What processors compute by one instruction and upstream's dialects have no
// operation for.
//
//===----------------------------------------------------------------------===//

#ifndef MML_DIALECT_MML_IR_MMLVECTOROPS_TD
#define MML_DIALECT_MML_IR_MMLVECTOROPS_TD

include "mml/Dialect/MML/IR/MMLOpBase.td"

def MML_ByteDotOp : MML_Op<"byte_dot", [
    Pure, AllTypesMatch<["sum", "result"]>,
    AllTypesMatch<["codes", "values"]>]> {
  let summary = "Products of bytes, added to the lanes that they lie in";
  let description = [{
    Multiplies each byte of `codes`, without sign, by that of `values`, with
    sign, and adds the products to the lane of `sum` that they lie in: four to
    an i32, two to an i16. Two products that exceed an i16 leave an i16 sum
    undefined.

    On x86-64 this is `vpdpbusd` (AVX-VNNI, AVX-512VNNI) for i32, and
    `vpmaddubsw` (SSSE3, AVX2, AVX-512BW) with an addition for i16.

    ```mlir
    %r = mml.byte_dot %sum, %codes, %values : vector<16xi32>, vector<64xi8>
    ```

    Constraints:
    - (C1) `codes` and `values` have one dimension of 16, 32 or 64 bytes;
    - (C2) `sum` has one dimension and as many bytes.
  }];
  let arguments = (ins
    VectorOfNonZeroRankOf<[I16, I32]>:$sum,
    VectorOfNonZeroRankOf<[I8]>:$codes,
    VectorOfNonZeroRankOf<[I8]>:$values
  );
  let results = (outs VectorOfNonZeroRankOf<[I16, I32]>:$result);
  let assemblyFormat = [{
    $sum `,` $codes `,` $values attr-dict `:` type($sum) `,` type($codes)
  }];
  let hasVerifier = 1;
}

def MML_WordDotOp : MML_Op<"word_dot", [
    Pure, AllTypesMatch<["sum", "result"]>,
    AllTypesMatch<["words", "values"]>]> {
  let summary = "Products of words, added to the lanes that they lie in";
  let description = [{
    Multiplies each word of `words` by that of `values`, both with sign, and
    adds the two products to the i32 of `sum` that they lie in. With values of
    1 and 0 it adds every second word, widened.

    On x86-64 this is `vpdpwssd` (AVX-512VNNI, with AVX-512VL for fewer than 32
    words).

    ```mlir
    %r = mml.word_dot %sum, %words, %values : vector<16xi32>, vector<32xi16>
    ```

    Constraints:
    - (C1) `words` and `values` have one dimension of 8, 16 or 32 words;
    - (C2) `sum` has one dimension and as many bytes.
  }];
  let arguments = (ins
    VectorOfNonZeroRankOf<[I32]>:$sum,
    VectorOfNonZeroRankOf<[I16]>:$words,
    VectorOfNonZeroRankOf<[I16]>:$values
  );
  let results = (outs VectorOfNonZeroRankOf<[I32]>:$result);
  let assemblyFormat = [{
    $sum `,` $words `,` $values attr-dict `:` type($sum) `,` type($words)
  }];
  let hasVerifier = 1;
}

def MML_LookupOp : MML_Op<"lookup", [
    Pure,
    TypesMatchWith<"the result has the elements of the table and as many as "
                   "there are indices", "indices", "result",
                   "LookupOp::getResultType($_self)">]> {
  let summary = "Elements of a table at many indices";
  let description = [{
    Each element of the result is the element of `table` at the index in the low
    five bits of the element of `indices` in the same place; the other bits are
    of no matter. Bytes are looked up by bytes, words by words, f32 by i32.

    `kind` is the instruction to take, which the target must have; the result is
    the same for all of them:
    - `portable`: none; lane by lane, and slow;
    - `pshufb`: SSSE3, AVX2 or AVX-512BW for 16, 32 or 64 indices: a table of 16
      bytes at once;
    - `vpermb`: AVX-512VBMI, with AVX-512VL for fewer than 64 indices;
    - `tbl`: AArch64, 16 indices at once;
    - `vpermw`: AVX-512BW, for words;
    - `vpermi2ps`: AVX-512F, for f32.

    ```mlir
    %r = mml.lookup vpermb %table, %indices : vector<32xi8>, vector<64xi8>
    %s = mml.lookup vpermi2ps %sums, %words : vector<32xf32>, vector<16xi32>
    ```

    Constraints:
    - (C1) `table` has one dimension of 32 elements;
    - (C2) `indices` have one dimension: 16, 32 or 64 bytes with a table of
      bytes, 32 words with one of words, 16 i32 with one of f32;
    - (C3) `kind` is one for the elements of `table`.
  }];
  let arguments = (ins
    MML_LookupKindAttr:$kind,
    VectorOfNonZeroRankOf<[I8, I16, F32]>:$table,
    VectorOfNonZeroRankOf<[I8, I16, I32]>:$indices
  );
  let results = (outs VectorOfNonZeroRankOf<[I8, I16, F32]>:$result);
  let assemblyFormat = [{
    $kind $table `,` $indices attr-dict `:` type($table) `,` type($indices)
  }];
  let extraClassDeclaration = [{
    /// The number of elements of a table.
    static constexpr int64_t kTableSize = 32;
    /// What is found at `indices`: bytes for bytes, f32 for i32.
    static ::mlir::Type getResultType(::mlir::Type indices);
  }];
  let hasVerifier = 1;
}

#endif // MML_DIALECT_MML_IR_MMLVECTOROPS_TD
