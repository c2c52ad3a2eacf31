// RUN: mml-opt %s --split-input-file --verify-diagnostics

// Constants whose trits are not there, or are none. What is behind the name of a
// resource is checked with the operation that holds it.

// ConstantOp (C1): no data
func.func @f() -> tensor<5x!mml.trit> {
  // expected-error @below {{expected resource 'codes' to have data}}
  %0 = mml.constant #mml.trits<dense_resource<codes> : tensor<2xui8>> : tensor<5x!mml.trit>
  return %0 : tensor<5x!mml.trit>
}

// -----

// ConstantOp (C1): data that end early
func.func @f() -> tensor<5x!mml.trit> {
  // expected-error @below {{expected 2 bytes of trits but got 1}}
  %0 = mml.constant #mml.trits<dense_resource<codes> : tensor<2xui8>> : tensor<5x!mml.trit>
  return %0 : tensor<5x!mml.trit>
}
{-#
  dialect_resources: { builtin: { codes: "0x4000000000" } }
#-}

// -----

// ConstantOp (C1): too many data
func.func @f() -> tensor<5x!mml.trit> {
  // expected-error @below {{expected 2 bytes of trits but got 3}}
  %0 = mml.constant #mml.trits<dense_resource<codes> : tensor<2xui8>> : tensor<5x!mml.trit>
  return %0 : tensor<5x!mml.trit>
}
{-#
  dialect_resources: { builtin: { codes: "0x40000000000000" } }
#-}

// -----

// ConstantOp (C1), TritsAttr (C3): code 3
func.func @f() -> tensor<5x!mml.trit> {
  // expected-error @below {{expected codes of trits 0, 1 and 2 but got 3 at trit 1}}
  %0 = mml.constant #mml.trits<dense_resource<codes> : tensor<2xui8>> : tensor<5x!mml.trit>
  return %0 : tensor<5x!mml.trit>
}
{-#
  dialect_resources: { builtin: { codes: "0x400000000C00" } }
#-}

// -----

// ConstantOp (C1), TritsAttr (C3): code 3 in the last byte
func.func @f() -> tensor<5x!mml.trit> {
  // expected-error @below {{expected codes of trits 0, 1 and 2 but got 3 at trit 4}}
  %0 = mml.constant #mml.trits<dense_resource<codes> : tensor<2xui8>> : tensor<5x!mml.trit>
  return %0 : tensor<5x!mml.trit>
}
{-#
  dialect_resources: { builtin: { codes: "0x400000000003" } }
#-}

// -----

// ConstantOp (C1), TritsAttr (C3): a set bit behind the last trit
func.func @f() -> tensor<5x!mml.trit> {
  // expected-error @below {{expected zero bits after the last of 5 trits but got byte 0x04}}
  %0 = mml.constant #mml.trits<dense_resource<codes> : tensor<2xui8>> : tensor<5x!mml.trit>
  return %0 : tensor<5x!mml.trit>
}
{-#
  dialect_resources: { builtin: { codes: "0x400000000004" } }
#-}

// -----

// ConstantOp (C1), TritsAttr (C3)
func.func @f() -> tensor<5x!mml.trit> {
  // expected-error @below {{expected codes of trits 0, 1 and 2 but got 3 at trit 0}}
  %0 = mml.constant #mml.trits<dense<[3, 0]> : tensor<2xui8>> : tensor<5x!mml.trit>
  return %0 : tensor<5x!mml.trit>
}

// -----

// ConstantOp (C1), TritsAttr (C3): all bytes are one
func.func @f() -> tensor<16x!mml.trit> {
  // expected-error @below {{expected codes of trits 0, 1 and 2 but got 3 at trit 0}}
  %0 = mml.constant #mml.trits<dense<255> : tensor<4xui8>> : tensor<16x!mml.trit>
  return %0 : tensor<16x!mml.trit>
}

// -----

// ConstantOp (C1), TritsAttr (C3): all bytes are one, which is too much for the last
func.func @f() -> tensor<5x!mml.trit> {
  // expected-error @below {{expected zero bits after the last of 1 trits but got byte 0x55}}
  %0 = mml.constant #mml.trits<dense<85> : tensor<2xui8>> : tensor<5x!mml.trit>
  return %0 : tensor<5x!mml.trit>
}

// -----

// ConstantOp (C1): packed trits that end early
func.func @f() -> tensor<9x3x!mml.trit, #mml.tiled<rows = 4>> {
  // expected-error @below {{expected 16 bytes of trits but got 4}}
  %0 = mml.constant #mml.trits<dense_resource<codes> : tensor<16xui8>> : tensor<9x3x!mml.trit, #mml.tiled<rows = 4>>
  return %0 : tensor<9x3x!mml.trit, #mml.tiled<rows = 4>>
}
{-#
  dialect_resources: { builtin: { codes: "0x4000000000000000" } }
#-}
