# Helper functions shared by every folder of the project.

# Warnings and include paths, the same for all of our targets.
function(mml_target_defaults target)
  target_include_directories(${target} PRIVATE
    ${PROJECT_SOURCE_DIR}/include ${PROJECT_BINARY_DIR}/include)
  # Upstream headers are not ours to warn about.
  target_include_directories(${target} SYSTEM PRIVATE
    ${LLVM_INCLUDE_DIRS} ${MLIR_INCLUDE_DIRS})
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wno-unused-parameter)
  if(MML_ENABLE_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
endfunction()

# mml_add_library(NAME sources... [DEPENDS targets...] [LINK libs...])
# A static library under the alias MML::NAME. It links what LINK names; the
# LLVM and MLIR shared libraries are the targets `LLVM` and `MLIR`.
function(mml_add_library name)
  cmake_parse_arguments(ARG "" "" "DEPENDS;LINK" ${ARGN})
  add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  add_library(MML::${name} ALIAS ${name})
  mml_target_defaults(${name})
  target_link_libraries(${name} PUBLIC ${ARG_LINK})
  if(ARG_DEPENDS)
    add_dependencies(${name} ${ARG_DEPENDS})
  endif()
endfunction()

# All tools, for what needs them built.
add_custom_target(mml-tools)

# mml_add_tool(NAME sources... [LINK libs...]): an executable in build/bin.
function(mml_add_tool name)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  mml_target_defaults(${name})
  target_link_libraries(${name} PRIVATE ${ARG_LINK})
  set_target_properties(${name} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
  add_dependencies(mml-tools ${name})
endfunction()

# mml_add_unittest(NAME sources... [LINK libs...]): a gtest program in
# build/unittests, found and run by the lit suite, which knows it by its name:
# one that ends in `Tests`.
function(mml_add_unittest name)
  if(NOT name MATCHES "Tests$")
    message(FATAL_ERROR "the name of a unit test program ends in 'Tests' but got '${name}'")
  endif()
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  mml_target_defaults(${name})
  target_link_libraries(${name} PRIVATE ${ARG_LINK} GTest::gtest GTest::gtest_main)
  set_target_properties(${name} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/unittests)
  add_dependencies(mml-unittests ${name})
endfunction()
