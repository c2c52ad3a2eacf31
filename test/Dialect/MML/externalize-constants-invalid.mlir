// RUN: mml-opt %s --mml-externalize-constants --split-input-file --verify-diagnostics

// expected-error @below {{'memref.global' op expected 68 bytes in resource 'nothing' but got 0}}
memref.global "private" constant @g : memref<17xf32> = dense_resource<nothing>

// -----

// expected-error @below {{'memref.global' op expected 68 bytes in resource 'short' but got 4}}
memref.global "private" constant @g : memref<17xf32> = dense_resource<short>
{-#
  dialect_resources: { builtin: { short: "0x040000000000803F" } }
#-}

// -----

// expected-error @below {{'memref.global' op expected a dense or a dense_resource value}}
memref.global "private" constant @g : memref<17xf32> = sparse<0, 1.0>

// -----

// expected-error @below {{'memref.global' op expected at most 4294967296 bytes of one value but got 400000000000}}
memref.global "private" constant @g : memref<100000000000xf32> = dense<1.0>
