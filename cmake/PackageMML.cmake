# Debian packages, by `cpack` in the build folder: `mml` has what runs, `mml-dev`
# what other projects are built with.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME mml)
set(CPACK_PACKAGE_VENDOR "the MML project")
set(CPACK_PACKAGE_CONTACT "the MML project <mml@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Compiler for ternary neural networks")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_COMPONENTS_ALL runtime development)
set(CPACK_STRIP_FILES TRUE)

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_ENABLE_COMPONENT_DEPENDS ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_NAME mml)
set(CPACK_COMPONENT_RUNTIME_DESCRIPTION
  "Tools, shared libraries, and a plug-in for mlir-opt.")
# dpkg-shlibdeps finds the packages of the libraries that ours load; our own are
# in the package itself. It takes LLVM's for a link of a package without any.
# OpenMP's is loaded by name, for models that have parallel loops.
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${PROJECT_BINARY_DIR}/lib)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_DEPENDS
  "libllvm${LLVM_VERSION_MAJOR}, libomp-${LLVM_VERSION_MAJOR}-dev")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME mml-dev)
set(CPACK_COMPONENT_DEVELOPMENT_DEPENDS runtime)
set(CPACK_COMPONENT_DEVELOPMENT_DESCRIPTION
  "Headers, definitions for mlir-tblgen, and files for CMake and pkg-config.")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS
  "libmlir-${LLVM_VERSION_MAJOR}-dev, llvm-${LLVM_VERSION_MAJOR}-dev, mlir-${LLVM_VERSION_MAJOR}-tools")
include(CPack)
