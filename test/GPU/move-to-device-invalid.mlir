// RUN: mml-opt %s --mml-move-to-device --split-input-file --verify-diagnostics

// expected-error @below {{expected a constant, as nothing else gets into the memory of a GPU}}
memref.global "private" @variable : memref<4xf32> = dense<1.0>

// -----

// expected-error @below {{expected a constant, as nothing else gets into the memory of a GPU}}
memref.global "private" @uninitialized : memref<4xf32> = uninitialized

// -----

// expected-error @below {{expected a constant, as nothing else gets into the memory of a GPU}}
memref.global constant @unbound : memref<4xf32>

// -----

func.func @entry(%x: memref<4xf32>) attributes {mml.signature = (tensor<4xf32>) -> ()} {
  // expected-error @below {{expected a function of the module that no loader calls but got 'entry'}}
  call @entry(%x) : (memref<4xf32>) -> ()
  return
}

// -----

func.func private @library(memref<4xf32>)
func.func @caller(%x: memref<4xf32>) {
  // expected-error @below {{expected a function of the module that no loader calls but got 'library'}}
  call @library(%x) : (memref<4xf32>) -> ()
  return
}
