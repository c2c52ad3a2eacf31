// RUN: mml-opt %s --split-input-file --verify-diagnostics

// Discardable attributes of the wrong kind, in the wrong place, or unknown.

// expected-error @below {{'func.func' op expected 'mml.signature' to be a function type but got "x"}}
func.func private @f() attributes {mml.signature = "x"}

// -----

// expected-error @below {{expected 'mml.signature' to be a function type but got tensor<4xf32>}}
func.func private @f() attributes {mml.signature = tensor<4xf32>}

// -----

// expected-error @below {{expected 'mml.signature' to hold ranked tensors but got 'f32'}}
func.func private @f() attributes {mml.signature = (tensor<4xf32>) -> f32}

// -----

// expected-error @below {{expected 'mml.signature' to hold ranked tensors but got 'tensor<*xf32>'}}
func.func private @f() attributes {mml.signature = (tensor<*xf32>) -> ()}

// -----

// expected-error @below {{expected 'mml.input_names' to be an array of strings but got "x"}}
func.func private @f() attributes {mml.input_names = "x"}

// -----

// expected-error @below {{expected 'mml.input_names' to be an array of strings but got ["x", 1]}}
func.func private @f() attributes {mml.input_names = ["x", 1]}

// -----

// expected-error @below {{expected 'mml.output_names' to be an array of strings but got 1 : i64}}
func.func private @f() attributes {mml.output_names = 1}

// -----

// expected-error @below {{expected 'mml.ordered_sums' to be a unit attribute but got 1 : i64}}
func.func private @f() attributes {mml.ordered_sums = 1}

// -----

// expected-error @below {{expected 'mml.batched' to be a unit attribute but got true}}
func.func private @f() attributes {mml.batched = true}

// -----

// expected-error @below {{expected 'mml.macs' to be an integer but got "many"}}
func.func private @f() attributes {mml.macs = "many"}

// -----

// expected-error @below {{'func.func' op does not know the attribute 'mml.speed'}}
func.func private @f() attributes {mml.speed = 1}

// -----

// expected-error @below {{'func.func' op expected 'mml.resource' to be a dense_resource but got [1]}}
func.func private @f() attributes {mml.resource = [1]}

// -----

// expected-error @below {{'memref.global' op expected 'mml.resource' to be a dense_resource but got dense<0> : tensor<2xi8>}}
memref.global constant @g : memref<2xi8> {mml.resource = dense<0> : tensor<2xi8>}

// -----

// expected-error @below {{'memref.global' op does not take the attribute 'mml.macs'}}
memref.global constant @g : memref<2xi8> {mml.macs = 1}

// -----

func.func @f() {
  // expected-error @below {{'arith.constant' op expected 'mml.resource' on a global}}
  %0 = arith.constant {mml.resource = dense<0> : tensor<2xi8>} 0 : index
  return
}

// -----

// expected-error @below {{'builtin.module' op does not take the attribute 'mml.signature'}}
module attributes {mml.signature = () -> ()} {
}

// -----

// expected-error @below {{expected 'mml.layers' to be an array of dictionaries with a string 'name', and integers 'macs' and 'bytes' at most, but got [{macs = 1 : i64}]}}
func.func private @f() attributes {mml.layers = [{macs = 1 : i64}]}

// -----

// expected-error @below {{expected 'mml.layers' to be an array of dictionaries with a string 'name', and integers 'macs' and 'bytes' at most, but got [{macs = 1.000000e+00 : f32, name = "a"}]}}
func.func private @f() attributes {mml.layers = [{name = "a", macs = 1.0 : f32}]}

// -----

// expected-error @below {{expected 'mml.layers' to be an array of dictionaries}}
func.func private @f() attributes {mml.layers = [{name = "a", time = 1 : i64}]}

// -----

// expected-error @below {{expected 'mml.layers' to be an array of dictionaries}}
func.func private @f() attributes {mml.layers = "a"}
