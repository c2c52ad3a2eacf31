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

# What a shared library of ours needs so that a process holds it once, and finds
# it wherever the build or the installed folder is moved to.
function(mml_shared_library_defaults target)
  set_target_properties(${target} PROPERTIES
    LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib
    INSTALL_RPATH "$ORIGIN;${MML_LLVM_RPATH}")
  # MLIR keeps pointers to registered passes, which nothing takes back: a
  # library that is closed stays where it is.
  target_link_options(${target} PRIVATE
    LINKER:-z,nodelete LINKER:-Bsymbolic-functions LINKER:--as-needed)
  # Sanitized libraries leave their runtime to the program.
  if(NOT CMAKE_CXX_FLAGS MATCHES "-fsanitize=")
    target_link_options(${target} PRIVATE LINKER:-z,defs)
  endif()
endfunction()

# mml_add_library(NAME sources... [PART_OF LIBRARY] [VERSION VERSION]
#                 [DEPENDS targets...] [LINK libs...])
# A shared library under the alias MML::NAME. It links what LINK names; the LLVM
# and MLIR shared libraries are the targets `LLVM` and `MLIR`. With PART_OF, the
# sources go into that shared library, defined before, and NAME stands for it:
# who links a part gets the whole, so that nothing is in a process twice.
function(mml_add_library name)
  cmake_parse_arguments(ARG "" "PART_OF;VERSION" "DEPENDS;LINK" ${ARGN})
  if(ARG_PART_OF)
    set(compiled obj.${name})
    set(library ${ARG_PART_OF})
    add_library(${compiled} OBJECT ${ARG_UNPARSED_ARGUMENTS})
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE ${library})
    target_sources(${library} PRIVATE $<TARGET_OBJECTS:${compiled}>)
    set_property(TARGET ${name} PROPERTY MML_PART_OF ${library})
    foreach(other IN LISTS ARG_LINK)
      # Other parts of the same library are there already.
      set(whole)
      if(TARGET ${other})
        get_target_property(whole ${other} MML_PART_OF)
      endif()
      if(NOT whole STREQUAL library)
        target_link_libraries(${library} PUBLIC ${other})
      endif()
    endforeach()
  else()
    set(compiled ${name})
    add_library(${name} SHARED ${ARG_UNPARSED_ARGUMENTS})
    target_link_libraries(${name} PUBLIC ${ARG_LINK})
    target_compile_features(${name} INTERFACE cxx_std_17)
    target_include_directories(${name} INTERFACE
      $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
    mml_shared_library_defaults(${name})
    # Between versions that differ in the second number C++ does not mix.
    set(version ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
    if(DEFINED ARG_VERSION)
      set(version ${ARG_VERSION})
    endif()
    set_target_properties(${name} PROPERTIES
      VERSION ${PROJECT_VERSION} SOVERSION ${version})
    add_dependencies(mml-tools ${name})
  endif()
  add_library(MML::${name} ALIAS ${name})
  mml_target_defaults(${compiled})
  if(ARG_DEPENDS)
    add_dependencies(${compiled} ${ARG_DEPENDS})
  endif()
  mml_install_library(${name})
endfunction()

# All tools and libraries, for what needs them built.
add_custom_target(mml-tools)

# mml_add_tool(NAME sources... [INSTALL] [LINK libs...]): an executable in
# build/bin, which users get where INSTALL is given.
function(mml_add_tool name)
  cmake_parse_arguments(ARG "INSTALL" "" "LINK" ${ARGN})
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  mml_target_defaults(${name})
  target_link_libraries(${name} PRIVATE ${ARG_LINK})
  set_target_properties(${name} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
  add_dependencies(mml-tools ${name})
  if(ARG_INSTALL)
    mml_install_tool(${name})
  endif()
endfunction()

# mml_add_plugin(NAME sources... [LINK libs...]): a shared object in build/lib that
# other programs load.
function(mml_add_plugin name)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  add_library(${name} MODULE ${ARG_UNPARSED_ARGUMENTS})
  add_library(MML::${name} ALIAS ${name})
  mml_target_defaults(${name})
  target_link_libraries(${name} PRIVATE ${ARG_LINK})
  mml_shared_library_defaults(${name})
  set_target_properties(${name} PROPERTIES PREFIX "")
  add_dependencies(mml-tools ${name})
  mml_install_library(${name})
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
