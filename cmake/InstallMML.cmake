# What `cmake --install` gives: tools, libraries, headers, and how CMake and
# pkg-config find them. Everything finds the rest by its own place, so the folder
# can be moved as a whole.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# LLVM's folder of libraries, where the system's loader does not look by itself.
set(MML_LLVM_RPATH ${LLVM_LIBRARY_DIR})
set(MML_INSTALL_CMAKEDIR ${CMAKE_INSTALL_LIBDIR}/cmake/MML)

# The folder `to` of an installation as seen from its folder `from`.
function(mml_relative_folder variable from to)
  set(root /root)
  cmake_path(ABSOLUTE_PATH from BASE_DIRECTORY ${root})
  cmake_path(ABSOLUTE_PATH to BASE_DIRECTORY ${root})
  cmake_path(RELATIVE_PATH to BASE_DIRECTORY ${from} OUTPUT_VARIABLE relative)
  set(${variable} ${relative} PARENT_SCOPE)
endfunction()

# Two components, which become two Debian packages: what runs, and what other
# projects are built with.
function(mml_install_library name)
  install(TARGETS ${name} EXPORT MMLTargets
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT runtime
    NAMELINK_COMPONENT development)
endfunction()

function(mml_install_tool name)
  mml_relative_folder(libraries ${CMAKE_INSTALL_BINDIR} ${CMAKE_INSTALL_LIBDIR})
  set_target_properties(${name} PROPERTIES
    INSTALL_RPATH "$ORIGIN/${libraries};${MML_LLVM_RPATH}")
  install(TARGETS ${name} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR}
    COMPONENT runtime)
endfunction()

# The rest, once all targets are known.
function(mml_install_package)
  foreach(folder ${PROJECT_SOURCE_DIR}/include ${PROJECT_BINARY_DIR}/include)
    install(DIRECTORY ${folder}/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
      COMPONENT development FILES_MATCHING
      PATTERN *.h PATTERN *.td PATTERN *.def PATTERN *.inc
      PATTERN CMakeFiles EXCLUDE)
  endforeach()
  install(FILES ${PROJECT_SOURCE_DIR}/LICENSE
    DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/doc/mml RENAME copyright
    COMPONENT runtime)

  install(EXPORT MMLTargets NAMESPACE MML:: COMPONENT development
    DESTINATION ${MML_INSTALL_CMAKEDIR})
  configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/MMLConfig.cmake.in
    ${PROJECT_BINARY_DIR}/cmake/MMLConfig.cmake
    INSTALL_DESTINATION ${MML_INSTALL_CMAKEDIR}
    PATH_VARS CMAKE_INSTALL_INCLUDEDIR CMAKE_INSTALL_BINDIR)
  write_basic_package_version_file(
    ${PROJECT_BINARY_DIR}/cmake/MMLConfigVersion.cmake
    COMPATIBILITY SameMinorVersion)
  install(FILES
    ${PROJECT_BINARY_DIR}/cmake/MMLConfig.cmake
    ${PROJECT_BINARY_DIR}/cmake/MMLConfigVersion.cmake
    DESTINATION ${MML_INSTALL_CMAKEDIR} COMPONENT development)

  set(folder ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
  mml_relative_folder(MML_PC_LIBDIR ${folder} ${CMAKE_INSTALL_LIBDIR})
  mml_relative_folder(MML_PC_INCLUDEDIR ${folder} ${CMAKE_INSTALL_INCLUDEDIR})
  # Its types are those of MLIR's C API.
  list(GET MLIR_INCLUDE_DIRS 0 MML_MLIR_INCLUDE_DIR)
  configure_file(${PROJECT_SOURCE_DIR}/cmake/mml-c.pc.in
    ${PROJECT_BINARY_DIR}/cmake/mml-c.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/cmake/mml-c.pc DESTINATION ${folder}
    COMPONENT development)

  include(PackageMML)
endfunction()
