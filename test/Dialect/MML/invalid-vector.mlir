// RUN: mml-opt %s --split-input-file --verify-diagnostics

// What operations on vectors refuse. Each case names the operation and the
// constraint of its definition.

// ByteDotOp (C1)
func.func @f(%sum: vector<2xi32>, %bytes: vector<8xi8>) {
  // expected-error @below {{'mml.byte_dot' op expected codes of 16, 32 or 64 bytes but got 'vector<8xi8>'}}
  %0 = mml.byte_dot %sum, %bytes, %bytes : vector<2xi32>, vector<8xi8>
  return
}

// -----

// ByteDotOp (C2)
func.func @f(%sum: vector<8xi32>, %bytes: vector<16xi8>) {
  // expected-error @below {{'mml.byte_dot' op expected a sum of 16 bytes but got 'vector<8xi32>'}}
  %0 = mml.byte_dot %sum, %bytes, %bytes : vector<8xi32>, vector<16xi8>
  return
}

// -----

// LookupOp (C1)
func.func @f(%table: vector<16xi8>, %indices: vector<16xi8>) {
  // expected-error @below {{'mml.lookup' op expected a table of 32 elements but got 'vector<16xi8>'}}
  %0 = mml.lookup portable %table, %indices : vector<16xi8>, vector<16xi8>
  return
}

// -----

// LookupOp (C2)
func.func @f(%table: vector<32xi8>, %indices: vector<8xi8>) {
  // expected-error @below {{'mml.lookup' op expected 16, 32 or 64 indices of i8 but got 'vector<8xi8>'}}
  %0 = mml.lookup tbl %table, %indices : vector<32xi8>, vector<8xi8>
  return
}

// -----

// LookupOp (C2)
func.func @f(%table: vector<32xi16>, %indices: vector<32xi8>) {
  // expected-error @below {{'mml.lookup' op expected 32 indices of i16 but got 'vector<32xi8>'}}
  %0 = mml.lookup vpermw %table, %indices : vector<32xi16>, vector<32xi8>
  return
}

// -----

// LookupOp (C2)
func.func @f(%table: vector<32xi16>, %indices: vector<16xi16>) {
  // expected-error @below {{'mml.lookup' op expected 32 indices of i16 but got 'vector<16xi16>'}}
  %0 = mml.lookup vpermw %table, %indices : vector<32xi16>, vector<16xi16>
  return
}

// -----

// LookupOp (C2)
func.func @f(%table: vector<32xf32>, %indices: vector<8xi32>) {
  // expected-error @below {{'mml.lookup' op expected 16 indices of i32 but got 'vector<8xi32>'}}
  %0 = mml.lookup vpermi2ps %table, %indices : vector<32xf32>, vector<8xi32>
  return
}

// -----

// LookupOp (C2)
func.func @f(%table: vector<32xf32>, %indices: vector<16xi8>) {
  // expected-error @below {{'mml.lookup' op expected 16 indices of i32 but got 'vector<16xi8>'}}
  %0 = mml.lookup portable %table, %indices : vector<32xf32>, vector<16xi8>
  return
}

// -----

// LookupOp (C2)
func.func @f(%table: vector<32xi8>, %indices: vector<16xi32>) {
  // expected-error @below {{'mml.lookup' op expected 16, 32 or 64 indices of i8 but got 'vector<16xi32>'}}
  %0 = mml.lookup portable %table, %indices : vector<32xi8>, vector<16xi32>
  return
}

// -----

// LookupOp (C3)
func.func @f(%table: vector<32xi16>, %indices: vector<32xi16>) {
  // expected-error @below {{'mml.lookup' op expected a kind for a table of 'i16' but got vpermb}}
  %0 = mml.lookup vpermb %table, %indices : vector<32xi16>, vector<32xi16>
  return
}

// -----

// LookupOp (C3)
func.func @f(%table: vector<32xi16>, %indices: vector<32xi16>) {
  // expected-error @below {{'mml.lookup' op expected a kind for a table of 'i16' but got vpermi2ps}}
  %0 = mml.lookup vpermi2ps %table, %indices : vector<32xi16>, vector<32xi16>
  return
}

// -----

// LookupOp (C3)
func.func @f(%table: vector<32xf32>, %indices: vector<16xi32>) {
  // expected-error @below {{'mml.lookup' op expected a kind for a table of 'f32' but got vpermb}}
  %0 = mml.lookup vpermb %table, %indices : vector<32xf32>, vector<16xi32>
  return
}

// -----

// LookupOp (C3)
func.func @f(%table: vector<32xi8>, %indices: vector<32xi8>) {
  // expected-error @below {{'mml.lookup' op expected a kind for a table of 'i8' but got vpermw}}
  %0 = mml.lookup vpermw %table, %indices : vector<32xi8>, vector<32xi8>
  return
}

// -----

// LookupOp (C3)
func.func @f(%table: vector<32xi8>, %indices: vector<64xi8>) {
  // expected-error @below {{'mml.lookup' op expected a kind for a table of 'i8' but got vpermi2ps}}
  %0 = mml.lookup vpermi2ps %table, %indices : vector<32xi8>, vector<64xi8>
  return
}

// -----

// WordDotOp (C1)
func.func @f(%sum: vector<2xi32>, %words: vector<4xi16>) {
  // expected-error @below {{'mml.word_dot' op expected 8, 16 or 32 words but got 'vector<4xi16>'}}
  %0 = mml.word_dot %sum, %words, %words : vector<2xi32>, vector<4xi16>
  return
}

// -----

// WordDotOp (C2)
func.func @f(%sum: vector<8xi32>, %words: vector<32xi16>) {
  // expected-error @below {{'mml.word_dot' op expected a sum of 16 lanes but got 'vector<8xi32>'}}
  %0 = mml.word_dot %sum, %words, %words : vector<8xi32>, vector<32xi16>
  return
}
