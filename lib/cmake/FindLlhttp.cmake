# llhttp from Debian's node-llhttp, which ships generated C sources instead of a library. They are
# compiled from where the package puts them. Defines the static library Llhttp::llhttp.
#
# Strict mode is a compile-time choice of llhttp and is on: what it refuses, lib/wire reports.

find_path(Llhttp_SOURCE_DIR NAMES llhttp.c api.c http.c PATHS /usr /usr/local PATH_SUFFIXES share/llhttp)
find_path(Llhttp_INCLUDE_DIR NAMES llhttp.h PATHS /usr /usr/local PATH_SUFFIXES share/include/llhttp)
mark_as_advanced(Llhttp_SOURCE_DIR Llhttp_INCLUDE_DIR)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Llhttp
  REQUIRED_VARS Llhttp_SOURCE_DIR Llhttp_INCLUDE_DIR
  REASON_FAILURE_MESSAGE "install the package node-llhttp")

if(Llhttp_FOUND AND NOT TARGET Llhttp::llhttp)
  add_library(llhttp STATIC
    ${Llhttp_SOURCE_DIR}/api.c ${Llhttp_SOURCE_DIR}/http.c ${Llhttp_SOURCE_DIR}/llhttp.c)
  target_include_directories(llhttp SYSTEM PUBLIC ${Llhttp_INCLUDE_DIR})
  target_compile_definitions(llhttp PRIVATE LLHTTP_STRICT_MODE=1)
  # The state machine is unusable without optimisation, also in debug builds.
  target_compile_options(llhttp PRIVATE -O2 -w)
  add_library(Llhttp::llhttp ALIAS llhttp)
endif()
